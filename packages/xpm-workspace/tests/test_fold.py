from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_workspace.events import AnyEvent, JobEnded, JobStarted, Progress, UnknownEvent
from xpm_workspace.fold import Evidence, JobStory, SchedulerView, conclude, fold_story, resolve
from xpm_workspace.lifecycle import JobState
from xpm_workspace.markers import Marker, parse_done, parse_failed

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def view(state: str, minutes: float = 0, *, alive: bool = True, reason: str | None = None) -> SchedulerView:
    return SchedulerView(state=state, at=at(minutes), alive=alive, reason=reason)


STARTED = fold_story(JobStory(), [JobStarted(at=at(0), pid=1, host="h", attempt=1)])
ENDED_WELL = fold_story(STARTED, [JobEnded(at=at(5), state="DONE", exit_code=0)])
ENDED_BADLY = fold_story(STARTED, [JobEnded(at=at(5), state="ERROR", reason="TIMEOUT", exit_code=-15)])
DONE = Marker("DONE", at="2026-01-01T12:05:00Z")
FAILED = Marker("ERROR", "MEMORY", -9, "too much", at="2026-01-01T12:05:00Z")


@pytest.mark.parametrize(
    ("evidence", "status"),
    [
        ({}, "UNSCHEDULED"),
        # A marker says all.
        ({"marker": DONE}, "DONE"),
        ({"marker": DONE, "alive": True, "view": view("RUNNING", 9)}, "DONE"),
        ({"marker": DONE, "view": view("WAITING", 9)}, "DONE"),
        ({"marker": FAILED, "alive": True}, "ERROR(MEMORY)"),
        ({"marker": FAILED, "story": ENDED_WELL, "view": view("DONE", 9)}, "ERROR(MEMORY)"),
        # A live scheduler has put it back into the queue since.
        ({"marker": FAILED, "view": view("WAITING", 9)}, "WAITING"),
        ({"marker": FAILED, "view": view("WAITING", 1)}, "ERROR(MEMORY)"),
        ({"marker": FAILED, "view": view("WAITING", 9, alive=False)}, "ERROR(MEMORY)"),
        ({"marker": FAILED, "view": view("RUNNING", 9)}, "ERROR(MEMORY)"),
        # Then a live process.
        ({"alive": True}, "RUNNING"),
        ({"alive": True, "story": ENDED_BADLY, "view": view("ERROR", reason="FAILED")}, "RUNNING"),
        # Then the job journal; only a marker makes DONE.
        ({"story": STARTED}, "ERROR(LOST)"),
        ({"story": STARTED, "view": view("RUNNING", 9)}, "ERROR(LOST)"),
        ({"story": ENDED_WELL}, "ERROR(LOST)"),
        ({"story": ENDED_WELL, "view": view("DONE", 9)}, "ERROR(LOST)"),
        ({"story": ENDED_BADLY}, "ERROR(TIMEOUT)"),
        ({"story": ENDED_BADLY, "view": view("READY", 9)}, "READY"),
        ({"story": ENDED_BADLY, "view": view("SCHEDULED", 9)}, "SCHEDULED"),
        ({"story": ENDED_BADLY, "view": view("READY", 9, alive=False)}, "ERROR(TIMEOUT)"),
        # Then the run journal.
        ({"view": view("WAITING"), "folder": False}, "WAITING"),
        ({"view": view("WAITING", alive=False), "folder": False}, "UNSCHEDULED"),
        ({"view": view("SCHEDULED")}, "SCHEDULED"),
        ({"view": view("SCHEDULED", alive=False)}, "UNSCHEDULED"),
        ({"view": view("SCHEDULED", alive=False), "process": True}, "ERROR(LOST)"),
        ({"view": view("SCHEDULED", alive=False), "process": True, "alive": None}, "SCHEDULED"),
        ({"view": view("RUNNING")}, "RUNNING"),
        ({"view": view("RUNNING", alive=False)}, "ERROR(LOST)"),
        ({"view": view("ERROR", reason="DEPENDENCY"), "folder": False}, "ERROR(DEPENDENCY)"),
        ({"view": view("ERROR", reason="SADNESS")}, "ERROR(FAILED)"),
        ({"view": view("LEVITATING")}, "UNSCHEDULED"),
        ({"view": view("DONE")}, "UNSCHEDULED"),
        ({"view": view("DONE"), "folder": False}, "UNSCHEDULED"),
        ({"view": view("DONE"), "folder": False, "transient": "REMOVE"}, "DONE"),
    ],
)
def test_order_of_truth(evidence: dict[str, Any], status: str) -> None:
    assert str(resolve(Evidence(**evidence))) == status


def test_facts_of_a_failure() -> None:
    story = fold_story(STARTED, [Progress(value=0.5), JobEnded(at=at(5), state="ERROR", peak_memory_bytes=7)])
    facts = conclude(Evidence(marker=FAILED, story=story))
    assert (facts.started_at, facts.ended_at) == (at(0), at(5))
    assert (facts.exit_code, facts.message, facts.peak_memory_bytes) == (-9, "too much", 7)
    assert facts.host == "h"
    assert facts.progress[0].value == 0.5


def test_a_job_that_waits_shows_nothing_of_its_past() -> None:
    facts = conclude(Evidence(marker=FAILED, story=ENDED_BADLY, view=view("WAITING", 9)))
    assert (facts.started_at, facts.ended_at, facts.exit_code and None, facts.message) == (None,) * 4
    assert facts.attempts == 1


def test_an_attempt_starts_afresh() -> None:
    story = fold_story(ENDED_BADLY, [JobStarted(at=at(9), attempt=2)])
    assert (story.attempts, story.ended, story.started_at) == (2, None, at(9))
    assert fold_story(story, [JobStarted(at=at(10))]).attempts == 3


def test_progress() -> None:
    def progress(*events: Progress) -> list[tuple[int, float, str | None]]:
        return [(p.level, p.value, p.desc) for p in fold_story(STARTED, events).progress]

    assert progress(Progress(level=0, value=0.1), Progress(level=1, value=0.9, desc="batch")) == [
        (0, 0.1, None),
        (1, 0.9, "batch"),
    ]
    assert progress(Progress(level=1, value=0.9), Progress(level=0, value=0.2)) == [(0, 0.2, None)]
    assert progress(Progress(value=7.0), Progress(level=1, value=-3.0)) == [(0, 1.0, None), (1, 0.0, None)]
    odd = (Progress(value=float("nan")), Progress(level=-1), Progress(level=10**9, value=0.5))
    assert progress(*odd) == []


moments = st.integers(0, 1000).map(at)
events: st.SearchStrategy[AnyEvent] = st.one_of(
    st.builds(JobStarted, at=st.none() | moments, attempt=st.none() | st.integers(1, 5)),
    st.builds(Progress, at=moments, level=st.integers(-1, 12), value=st.floats(), desc=st.none() | st.text()),
    st.builds(
        JobEnded,
        at=st.none() | moments,
        state=st.sampled_from(["DONE", "ERROR", "?"]),
        reason=st.none() | st.sampled_from(["FAILED", "TIMEOUT", "?"]),
    ),
    st.builds(UnknownEvent, event=st.just("x"), at=st.none(), fields=st.just({})),
)


@given(st.lists(events, max_size=12), st.data())
def test_pieces_give_the_same_as_the_whole(whole: list[AnyEvent], data: st.DataObject) -> None:
    split = data.draw(st.integers(0, len(whole)))
    assert fold_story(fold_story(JobStory(), whole[:split]), whole[split:]) == fold_story(JobStory(), whole)


@given(
    st.builds(
        Evidence,
        folder=st.booleans(),
        marker=st.none()
        | st.binary(max_size=9).map(lambda b: parse_done(b, 0))
        | st.binary(max_size=9).map(lambda b: parse_failed(b, 0)),
        alive=st.none() | st.booleans(),
        process=st.booleans(),
        story=st.lists(events, max_size=4).map(lambda e: fold_story(JobStory(), e)),
        view=st.none()
        | st.builds(
            SchedulerView,
            state=st.sampled_from([*(s.value for s in JobState), "?"]),
            reason=st.none() | st.just("?"),
            at=st.none() | moments,
            alive=st.booleans(),
        ),
        transient=st.sampled_from(["NONE", "REMOVE"]),
    )
)
def test_any_evidence_has_a_conclusion(evidence: Evidence) -> None:
    facts = conclude(evidence)
    removed = evidence.transient == "REMOVE" and not evidence.folder
    if facts.status.state is JobState.DONE:
        assert removed or (evidence.marker is not None and evidence.marker.state == "DONE")
    if not facts.status.state.final:
        assert facts.ended_at is None
