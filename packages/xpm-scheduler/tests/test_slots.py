from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_scheduler.slots import SlotQueue


def test_order_of_arrival_then_capacity() -> None:
    queue = SlotQueue(2)
    for job_id in "abc":
        queue.push(job_id)
    assert [queue.pop(), queue.pop(), queue.pop()] == ["a", "b", None]
    queue.free("a")
    assert queue.pop() == "c"


def test_discarded_jobs_are_skipped_and_may_come_back() -> None:
    queue = SlotQueue(None)
    queue.push("a")
    queue.discard("a")
    assert queue.pop() is None
    queue.push("a")
    assert queue.pop() == "a"


def test_occupied_beyond_the_capacity() -> None:
    queue = SlotQueue(1)
    queue.occupy("x")
    queue.occupy("y")
    queue.push("a")
    assert queue.pop() is None
    queue.free("x")
    assert queue.pop() is None
    queue.free("y")
    assert queue.pop() == "a"


def test_no_slot_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one slot"):
        SlotQueue(0)


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 50)), unique_by=lambda x: x[1]))
def test_priority_first_then_arrival(jobs: list[tuple[int, int]]) -> None:
    queue = SlotQueue(None)
    for priority, number in jobs:
        queue.push(str(number), priority)
    popped = [queue.pop() for _ in jobs]
    assert popped == [str(n) for _, n in sorted(jobs, key=lambda x: -x[0])]
