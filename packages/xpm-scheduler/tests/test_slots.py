from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_scheduler.slots import SlotQueue


def pop(queue: SlotQueue) -> str | None:
    """Give a slot to the next job, as the engine does."""
    place = queue.head()
    if place is None:
        return None
    queue.occupy(place[2])
    return place[2]


def test_order_of_arrival_then_capacity() -> None:
    queue = SlotQueue(2)
    for job_id in "abc":
        queue.push(job_id)
    assert [pop(queue), pop(queue), pop(queue)] == ["a", "b", None]
    queue.free("a")
    assert pop(queue) == "c"


def test_discarded_jobs_are_skipped_and_may_come_back() -> None:
    queue = SlotQueue(None)
    queue.push("a")
    queue.discard("a")
    assert pop(queue) is None
    queue.push("a")
    assert pop(queue) == "a"


def test_occupied_beyond_the_capacity() -> None:
    queue = SlotQueue(1)
    queue.occupy("x")
    queue.occupy("y")
    queue.push("a")
    assert pop(queue) is None
    queue.free("x")
    assert pop(queue) is None
    queue.free("y")
    assert pop(queue) == "a"


def test_places_of_queues_with_the_same_arrivals_can_be_compared() -> None:
    arrivals = count()
    one, other = SlotQueue(1, arrivals), SlotQueue(1, arrivals)
    one.push("a")
    other.push("b")
    one.push("c")
    places = [one.head(), other.head()]
    assert None not in places and places == sorted(places, key=str)
    other.push("d", priority=1)
    assert other.head() == (-1, 3, "d")
    one.occupy("a")
    assert one.head() is None and not one.has_room


def test_no_slot_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one slot"):
        SlotQueue(0)


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 50)), unique_by=lambda x: x[1]))
def test_priority_first_then_arrival(jobs: list[tuple[int, int]]) -> None:
    queue = SlotQueue(None)
    for priority, number in jobs:
        queue.push(str(number), priority)
    popped = [pop(queue) for _ in jobs]
    assert popped == [str(n) for _, n in sorted(jobs, key=lambda x: -x[0])]
