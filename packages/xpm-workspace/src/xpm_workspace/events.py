"""Events of the journals, typed. An event of another kind, or of an odd shape, is an `UnknownEvent`.

Two journals know them: the run's (`RunStarted`, `JobStateChanged`, `RunEnded`, and `JobSubmitted` in
`jobs.jsonl`), written by the scheduler; and the job's (`JobStarted`, `Progress`, `JobEnded`), written by the
job process.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Union

import msgspec

#: A time with its zone; one without would not compare with the others.
Moment = Annotated[datetime, msgspec.Meta(tz=True)]

#: Larger numbers are mistakes, and do not fit into a database.
MAX_NUMBER = 2**53

#: A number of anything.
Number = Annotated[int, msgspec.Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", omit_defaults=True):
    """What all events have."""

    #: When it happened, UTC.
    at: Moment | None = None


class RunStarted(Event, frozen=True, tag="run-started"):
    """A scheduler began a run of an experiment."""

    #: Machine it runs on.
    hostname: str | None = None
    #: Its process on that machine.
    pid: Number | None = None


class RunEnded(Event, frozen=True, tag="run-ended"):
    """The scheduler left its run in good order."""

    #: `done`, `failed`, `detached` or `interrupted`.
    status: str


class JobSubmitted(Event, frozen=True, tag="job"):
    """The experiment asked for a job. Comes again when it asks again with other tags."""

    #: `task id/identifier`.
    job: str
    #: Name to value.
    tags: dict[str, Any] = {}
    #: Ids of the jobs it waits for.
    depends_on: tuple[str, ...] = ()
    #: `NONE`, `TRANSIENT` or `REMOVE`.
    transient: str = "NONE"
    #: Name of the launcher.
    launcher: str | None = None


class JobStateChanged(Event, frozen=True, tag="job-state"):
    """The scheduler moved a job to another state."""

    #: `task id/identifier`.
    job: str
    #: The new state, a `lifecycle.JobState`.
    state: str
    #: A `lifecycle.FailureReason`, with `ERROR`.
    reason: str | None = None
    #: The `lifecycle.JobEvent` that led there.
    transition: str | None = None
    #: Which try this is, from 1.
    attempt: Number | None = None


class JobStarted(Event, frozen=True, tag="started"):
    """The job process runs the task."""

    #: The process.
    pid: Number | None = None
    #: Machine it runs on.
    host: str | None = None
    #: Which try this is, from 1.
    attempt: Number | None = None


class Progress(Event, frozen=True, tag="progress"):
    """How far the task is, at one level of its nested loops."""

    #: 0 for the outer loop.
    level: Number = 0
    #: Between 0 and 1.
    value: float = 0.0
    #: What is being done.
    desc: str | None = None


class JobEnded(Event, frozen=True, tag="ended"):
    """The job process is about to leave."""

    #: `DONE` or `ERROR`.
    state: str
    #: A `lifecycle.FailureReason`, with `ERROR`.
    reason: str | None = None
    #: Exit code; negative for a signal.
    exit_code: Number | None = None
    #: Number of the signal that ended it.
    signal: Number | None = None
    #: Most memory it held at once.
    peak_memory_bytes: Number | None = None
    #: Processor time, user and system, children included.
    cpu_time_s: float | None = None
    #: Wall clock.
    duration_s: float | None = None


class UnknownEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a kind this version does not know, or with fields of other types than it expects."""

    #: Its name.
    event: str
    #: When it happened, if it says so.
    at: datetime | None
    #: All its fields.
    fields: dict[str, Any]


KnownEvent = Union[  # noqa: UP007  msgspec needs the runtime union on 3.10 as well
    RunStarted, RunEnded, JobSubmitted, JobStateChanged, JobStarted, Progress, JobEnded
]
AnyEvent = Union[KnownEvent, UnknownEvent]  # noqa: UP007

_known = msgspec.json.Decoder(KnownEvent)
_any = msgspec.json.Decoder()


def parse_event(line: bytes) -> AnyEvent | None:
    """Return the event on a line; `None` when the line is not an event at all."""
    try:
        event: AnyEvent = _known.decode(line)
    except msgspec.ValidationError:
        return _parse_unknown(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return event


def _parse_unknown(line: bytes) -> UnknownEvent | None:
    try:
        fields = _any.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    if not isinstance(fields, dict) or not isinstance(fields.get("event"), str):
        return None
    at = None
    if isinstance(fields.get("at"), str):
        try:
            at = msgspec.convert(fields["at"], Moment)
        except msgspec.ValidationError:
            at = None
    return UnknownEvent(event=fields["event"], at=at, fields=fields)
