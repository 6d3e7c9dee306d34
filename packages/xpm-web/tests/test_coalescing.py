from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from xpm_web.coalescing import MAX_JOBS, Batch
from xpm_workspace.lifecycle import JobState, Status
from xpm_workspace.records import Changes, ExperimentRecord, JobRecord


def job(number: int, state: JobState = JobState.RUNNING) -> JobRecord:
    return JobRecord(job_id=f"t/{number}", task_id="t", identifier=str(number), status=Status(state=state))


def changes(position: str, *jobs: JobRecord, removed: tuple[str, ...] = (), reset: bool = False) -> Changes:
    return Changes(position=position, jobs=jobs, removed_jobs=removed, reset=reset)


def test_the_last_word_counts() -> None:
    first = Batch(changes("1", job(1), job(2)))
    both = first.then(Batch(changes("2", job(1, JobState.DONE), removed=("t/2",))))
    assert both.position == "2"
    assert [record.state for record in both.data.jobs] == [JobState.DONE]
    assert both.data.removed_jobs == ("t/2",)
    back = both.then(Batch(changes("3", job(2))))
    assert back.data.removed_jobs == () and len(back.data.jobs) == 2
    assert [record.state for record in first.data.jobs] == [JobState.RUNNING] * 2  # as it was


def test_experiments_come_and_go() -> None:
    record = ExperimentRecord(experiment_id="xp")
    come = Batch(Changes(position="1", experiments=(record,)))
    gone = come.then(Batch(Changes(position="2", removed_experiments=("xp",))))
    assert come.data.experiments == (record,)
    assert (gone.data.experiments, gone.data.removed_experiments) == ((), ("xp",))


def test_too_much_is_a_reset() -> None:
    batch = Batch(changes("0"))
    for number in range(MAX_JOBS + 1):
        batch = batch.then(Batch(changes(str(number), job(number))))
    assert batch.data.reset and batch.data.jobs == ()
    assert batch.then(Batch(changes("end", job(1)))).data.reset


def test_what_is_sent() -> None:
    batch = Batch(changes("a:7", job(1)))
    event, position, data, *rest = batch.message.decode().split("\n")
    assert (event, position, rest) == ("event: changes", "id: a:7", ["", ""])
    content = json.loads(data.removeprefix("data: "))
    assert content["jobs"][0]["job_id"] == "t/1"
    assert set(content) == {"jobs"}
    assert batch.message is batch.message  # made once for all visitors


STATES = st.sampled_from([None, JobState.WAITING, JobState.RUNNING, JobState.DONE])


@given(st.lists(st.tuples(st.integers(0, 5), STATES), max_size=12), st.integers(0, 12))
def test_putting_together_loses_nothing(steps: list[tuple[int, JobState | None]], cut: int) -> None:
    batches = [
        Batch(changes(str(n), job(number, state)) if state else changes(str(n), removed=(f"t/{number}",)))
        for n, (number, state) in enumerate(steps)
    ]
    shown: dict[str, JobState | None] = {f"t/{number}": state for number, state in steps}
    left, right = Batch(changes("-")), Batch(changes("-"))
    for batch in batches[:cut]:
        left = left.then(batch)
    for batch in batches[cut:]:
        right = right.then(batch)
    data = left.then(right).data
    assert {record.job_id: record.state for record in data.jobs} | dict.fromkeys(data.removed_jobs) == shown
