"""Every pair of the life-cycle table is reached by a dialogue with the engine, and no other pair is legal."""

from __future__ import annotations

import itertools

import pytest

from xpm_scheduler.events import (
    Ended,
    Event,
    Finding,
    Inspected,
    KillRequested,
    Launched,
    RetryRequested,
    Started,
    StopRequested,
)
from xpm_scheduler.testing import Dialogue, submitted
from xpm_workspace.lifecycle import (
    TRANSITIONS,
    FailureReason,
    IllegalTransition,
    JobEvent,
    JobState,
    Status,
    advance,
)

S, E = JobState, JobEvent


def inspected(finding: Finding, job_id: str = "j") -> Inspected:
    return Inspected(job_id=job_id, finding=finding)


SUBMIT = submitted("j", resumable=True)
TRANSIENT = submitted("j", transient=True)
FREE, DONE, RUNNING = (inspected(f) for f in (Finding.FREE, Finding.DONE, Finding.RUNNING))
LAUNCHED, STARTED, ENDED = Launched(job_id="j"), Started(job_id="j"), Ended(job_id="j")
FAILED = Ended(job_id="j", reason=FailureReason.FAILED)
LATER = Ended(job_id="j", reason=FailureReason.TIMEOUT)
KILL, RETRY, STOP = KillRequested(job_id="j"), RetryRequested(job_id="j"), StopRequested()
#: `j` needs `d`, which nobody has run yet, or which failed.
NEEDS = (submitted("d"), submitted("j < d"), inspected(Finding.FREE, "d"))
LOST_NEED = Ended(job_id="d", reason=FailureReason.FAILED)
#: Another job holds the only slot.
QUEUED = (submitted("d", "j"), inspected(Finding.FREE, "d"), FREE)

#: What leads to each pair: the last event is the one that makes the step.
STORIES: dict[tuple[JobState, JobEvent], tuple[Event, ...]] = {
    (S.UNSCHEDULED, E.SUBMIT): (SUBMIT,),
    (S.UNSCHEDULED, E.FIND_DONE): (TRANSIENT, DONE),
    (S.UNSCHEDULED, E.FIND_RUNNING): (TRANSIENT, RUNNING),
    (S.WAITING, E.FIND_DONE): (SUBMIT, DONE),
    (S.WAITING, E.FIND_RUNNING): (SUBMIT, RUNNING),
    (S.WAITING, E.SATISFY): (SUBMIT, FREE),
    (S.WAITING, E.MISS): (*NEEDS, FREE, LOST_NEED),
    (S.WAITING, E.FAIL): (*NEEDS, FREE, KILL),
    (S.WAITING, E.WITHDRAW): (*NEEDS, FREE, STOP),
    (S.READY, E.FIND_DONE): (SUBMIT, FREE, DONE),
    (S.READY, E.FIND_RUNNING): (SUBMIT, FREE, RUNNING),
    (S.READY, E.LAUNCH): (SUBMIT, FREE, LAUNCHED),
    (S.READY, E.FAIL): (SUBMIT, FREE, FAILED),
    (S.READY, E.WITHDRAW): (*QUEUED, STOP),
    (S.SCHEDULED, E.START): (SUBMIT, FREE, LAUNCHED, STARTED),
    (S.SCHEDULED, E.FINISH): (SUBMIT, FREE, LAUNCHED, ENDED),
    (S.SCHEDULED, E.FAIL): (SUBMIT, FREE, LAUNCHED, FAILED),
    (S.SCHEDULED, E.RESUME): (SUBMIT, FREE, LAUNCHED, LATER),
    (S.RUNNING, E.FINISH): (SUBMIT, FREE, LAUNCHED, STARTED, ENDED),
    (S.RUNNING, E.FAIL): (SUBMIT, FREE, LAUNCHED, STARTED, FAILED),
    (S.RUNNING, E.RESUME): (SUBMIT, FREE, LAUNCHED, STARTED, LATER),
    (S.ERROR, E.SUBMIT): (SUBMIT, FREE, FAILED, RETRY),
}
#: A failed job goes through `WAITING` when it is retried; the engine never finds it done or running before.
OUTSIDE_THE_ENGINE = {(S.ERROR, E.FIND_DONE), (S.ERROR, E.FIND_RUNNING)}


@pytest.mark.parametrize("pair", STORIES, ids=lambda pair: f"{pair[0].value}-{pair[1].value}")
def test_the_story_of_each_pair(pair: tuple[JobState, JobEvent]) -> None:
    *before, last = STORIES[pair]
    story = Dialogue({"direct": 1})
    for event in before:
        (story >> event).fast_forward()
    if before:
        assert story.engine.status("j").state is pair[0]
    said = story.engine.handle(last)
    story.engine.validate()
    changes = [change for change in said[0].changes if change.job_id == "j"]  # type: ignore[union-attr]
    assert changes[0].event is pair[1]
    assert changes[0].status.state is TRANSITIONS[pair]


def test_no_pair_is_left_out() -> None:
    assert set(STORIES) | OUTSIDE_THE_ENGINE == set(TRANSITIONS)


@pytest.mark.parametrize("state", list(S))
def test_all_other_pairs_are_refused(state: JobState) -> None:
    status = Status(state=state, reason=FailureReason.FAILED if state is S.ERROR else None)
    for event in E:
        if (state, event) in TRANSITIONS:
            assert advance(status, event).state is TRANSITIONS[state, event]
        else:
            with pytest.raises(IllegalTransition, match=f"{event.name} cannot happen in state {state.value}"):
                advance(status, event)


def test_done_is_the_end() -> None:
    assert not any(state is S.DONE for state, _ in TRANSITIONS)
    assert len(list(itertools.product(S, E))) > len(TRANSITIONS)
