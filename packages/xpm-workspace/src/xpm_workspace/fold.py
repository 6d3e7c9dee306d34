"""Decides the state of a job from what the disk says. Pure: no I/O; the evidence is gathered by others.

The one order of truth: terminal marker in the job folder > live job process > job journal > run journal.

Two things to know about it:

* evidence is about one attempt. When a scheduler that is alive has put a failed job back into its queue,
later than the
  failure, then the failure belongs to an earlier attempt and no longer counts. Success always counts;
* only a marker (or the removal of the folder of a transient job) makes `DONE`. A job whose journal ends well
but
  whose marker is missing was cut short: it is `LOST`, and is run again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from math import isfinite

import msgspec

from xpm_workspace.events import AnyEvent, JobEnded, JobStarted, Progress
from xpm_workspace.lifecycle import FailureReason, JobState, Status
from xpm_workspace.markers import Marker
from xpm_workspace.times import seconds_of

#: Nested loops deeper than this are not followed.
MAX_LEVELS = 10


class ProgressLevel(msgspec.Struct, frozen=True, kw_only=True):
    """How far one of the nested loops of a task is."""

    #: 0 for the outer loop.
    level: int
    #: Between 0 and 1.
    value: float
    #: What is being done.
    desc: str | None = None


class JobStory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a job journal says, about the last attempt."""

    #: How often the job process started.
    attempts: int = 0
    #: When the last attempt started.
    started_at: datetime | None = None
    #: Where it runs or ran.
    host: str | None = None
    #: Its process there.
    pid: int | None = None
    #: From the outer loop to the inner one.
    progress: tuple[ProgressLevel, ...] = ()
    #: How the last attempt ended, as its process saw it.
    ended: JobEnded | None = None


class SchedulerView(msgspec.Struct, frozen=True, kw_only=True):
    """What a run journal says last about a job."""

    #: A `JobState`.
    state: str
    #: A `FailureReason`, with `ERROR`.
    reason: str | None = None
    #: When it was written.
    at: datetime | None = None
    #: Which try, from 1.
    attempt: int | None = None
    #: Whether the scheduler that wrote it still runs.
    alive: bool = False


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known about a job."""

    #: Whether its folder exists.
    folder: bool = True
    #: What its folder says about its end.
    marker: Marker | None = None
    #: Whether its process lives; `None` when that cannot be known from here.
    alive: bool | None = False
    #: Whether a process was recorded for it.
    process: bool = False
    #: Its journal.
    story: JobStory = JobStory()
    #: The word of the scheduler; of several, of a live one rather than a dead one, and the latest.
    view: SchedulerView | None = None
    #: Its `TransientMode` in that run.
    transient: str = "NONE"


class JobFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is concluded from the evidence."""

    #: Where the job stands.
    status: Status
    #: When its (last) process started.
    started_at: datetime | None
    #: When it ended.
    ended_at: datetime | None
    #: Exit code; negative for a signal.
    exit_code: int | None
    #: One line about a failure.
    message: str | None
    #: Most memory it held at once.
    peak_memory_bytes: int | None
    #: Processor time.
    cpu_time_s: float | None
    #: How often it was started.
    attempts: int
    #: From the outer loop to the inner one.
    progress: tuple[ProgressLevel, ...]
    #: Machine it runs or ran on.
    host: str | None


def fold_story(story: JobStory, events: Iterable[AnyEvent]) -> JobStory:
    """Return the story with more events of the job journal."""
    for event in events:
        if isinstance(event, Progress):
            story = _with_progress(story, event)
        elif isinstance(event, JobStarted):
            story = JobStory(
                attempts=max(story.attempts + 1, event.attempt or 0),
                started_at=event.at,
                host=event.host,
                pid=event.pid,
            )
        elif isinstance(event, JobEnded):
            story = msgspec.structs.replace(story, ended=event)
    return story


def _with_progress(story: JobStory, event: Progress) -> JobStory:
    if not isfinite(event.value) or not 0 <= event.level < MAX_LEVELS:
        return story
    value = min(max(event.value, 0.0), 1.0)
    # When a loop goes on, the loops inside it begin again.
    outer = tuple(level for level in story.progress if level.level < event.level)
    present = ProgressLevel(level=event.level, value=value, desc=event.desc)
    return msgspec.structs.replace(story, progress=(*outer, present))


def resolve(evidence: Evidence) -> Status:
    """Return where the job stands, by the order of truth."""
    marker, view = evidence.marker, evidence.view
    if marker is not None:
        status = marker.status
        requeued = _is_later(view, _moment(marker.at), JobState.WAITING, JobState.READY)
        return _state_of(view) if status.reason and requeued else status
    if evidence.alive:
        return Status(state=JobState.RUNNING)
    if evidence.story.attempts or evidence.story.ended:
        return _from_story(evidence)
    return _from_view(evidence)


def _from_story(evidence: Evidence) -> Status:
    story, view = evidence.story, evidence.view
    last = (story.ended.at if story.ended else None) or story.started_at
    # The folder of a resumable task keeps the journal of earlier attempts.
    if _is_later(view, last, JobState.WAITING, JobState.READY, JobState.SCHEDULED):
        return _state_of(view)
    if story.ended is not None and story.ended.state == JobState.ERROR:
        return _error(story.ended.reason)
    return Status(state=JobState.ERROR, reason=FailureReason.LOST)


def _from_view(evidence: Evidence) -> Status:
    view = evidence.view
    status = _state_of(view)
    unscheduled = Status(state=JobState.UNSCHEDULED)
    if view is None or status.state is JobState.ERROR:
        return status
    if status.state is JobState.DONE:
        # Without its marker a job is not done, unless it was made to disappear after a good end.
        return status if evidence.transient == "REMOVE" and not evidence.folder else unscheduled
    if view.alive:
        return status
    if not status.state.active:
        return unscheduled
    if evidence.process and evidence.alive is None:  # in the queue of a cluster, as far as we know
        return status
    if evidence.process or status.state is JobState.RUNNING:
        return Status(state=JobState.ERROR, reason=FailureReason.LOST)
    return unscheduled


def _is_later(view: SchedulerView | None, moment: datetime | None, *states: JobState) -> bool:
    if view is None or not view.alive or view.state not in states:
        return False
    return moment is None or (view.at is not None and view.at > moment)


def _state_of(view: SchedulerView | None) -> Status:
    if view is None:
        return Status(state=JobState.UNSCHEDULED)
    if view.state == JobState.ERROR:
        return _error(view.reason)
    try:
        return Status(state=JobState(view.state))
    except ValueError:  # a state of a later version
        return Status(state=JobState.UNSCHEDULED)


def _error(reason: str | None) -> Status:
    try:
        return Status(state=JobState.ERROR, reason=FailureReason(reason))
    except ValueError:
        return Status(state=JobState.ERROR, reason=FailureReason.FAILED)


def conclude(evidence: Evidence) -> JobFacts:
    """Return everything that follows from the evidence."""
    status = resolve(evidence)
    story, marker, view = evidence.story, evidence.marker, evidence.view
    begun = status.state.final or status.state is JobState.RUNNING
    ended = story.ended if status.state.final else None
    started_at = story.started_at if begun else None
    if started_at is None and view and status.state is JobState.RUNNING and view.state == status.state:
        started_at = view.at
    return JobFacts(
        status=status,
        started_at=started_at,
        ended_at=_ended_at(evidence, status),
        exit_code=_first(marker.exit_code if marker else None, ended.exit_code if ended else None),
        message=marker.message if marker and status.state.final else None,
        peak_memory_bytes=ended.peak_memory_bytes if ended else None,
        cpu_time_s=ended.cpu_time_s if ended else None,
        attempts=story.attempts,
        progress=story.progress if begun else (),
        host=story.host if begun else None,
    )


def _ended_at(evidence: Evidence, status: Status) -> datetime | None:
    if not status.state.final:
        return None
    if evidence.marker is not None:
        return _moment(evidence.marker.at)
    if evidence.story.ended is not None:
        return evidence.story.ended.at
    view = evidence.view
    return view.at if view is not None and view.state in (JobState.DONE, JobState.ERROR) else None


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def _moment(at: str | None) -> datetime | None:
    seconds = seconds_of(at)
    return None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc)
