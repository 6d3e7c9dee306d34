"""What can be asked of the API: one type for each operation. They check requests, and document them.

Fields that are in the path of an operation come from there, the others from the query.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

#: Ids are folder names in the workspace, never paths.
Name = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*$"),
]
JobId = Annotated[
    str,
    msgspec.Meta(
        min_length=3,
        max_length=401,
        pattern=r"^[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*/[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*$",
        description="`task id/identifier`",
    ),
]
Order = Literal[
    "submitted", "started", "ended", "duration", "state", "task", "memory", "id",
    "-submitted", "-started", "-ended", "-duration", "-state", "-task", "-memory", "-id",
]  # fmt: skip

#: Most jobs of one page.
MAX_PAGE = 500
#: Most bytes of one part of a log.
MAX_LOG_BYTES = 1 << 20
#: Longest time that a request for more of a log waits.
MAX_WAIT_S = 25


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing in particular."""


class ExperimentAsk(Ask, frozen=True, kw_only=True):
    """An experiment."""

    experiment_id: Annotated[Name, msgspec.Meta(description="The experiment.")]


class GraphAsk(ExperimentAsk, frozen=True, kw_only=True):
    """How the jobs of a run depend on each other."""

    run_id: Annotated[Name | None, msgspec.Meta(description="The run; by default, the current one.")] = None
    detail: Annotated[
        Literal["auto", "jobs", "tasks"],
        msgspec.Meta(
            description="A node for each job, or one for all jobs of a task; `auto` chooses by their number."
        ),
    ] = "auto"


class JobsAsk(Ask, frozen=True, kw_only=True):
    """Some jobs."""

    filter: Annotated[
        str, msgspec.Meta(max_length=4000, description="An expression of the filter language.")
    ] = ""
    experiment_id: Annotated[
        Name | None, msgspec.Meta(description="Only jobs of this experiment's current run.")
    ] = None
    run_id: Annotated[Name | None, msgspec.Meta(description="Of this run of the experiment instead.")] = None
    order: Annotated[Order, msgspec.Meta(description="What they are ordered by; `-` reverses.")] = (
        "-submitted"
    )
    offset: Annotated[int, msgspec.Meta(ge=0, le=1 << 40, description="How many to leave out.")] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE, description="How many at most.")] = 100
    total: Annotated[bool, msgspec.Meta(description="Count all that fit.")] = False


class JobAsk(Ask, frozen=True, kw_only=True):
    """A job."""

    task_id: Annotated[Name, msgspec.Meta(description="First part of the job's id.")]
    identifier: Annotated[Name, msgspec.Meta(description="Second part of the job's id.")]

    @property
    def job_id(self) -> str:
        """Id of the job."""
        return f"{self.task_id}/{self.identifier}"


class LogAsk(JobAsk, frozen=True, kw_only=True):
    """A part of a log."""

    stream: Annotated[Literal["out", "err"], msgspec.Meta(description="Which log.")] = "out"
    offset: Annotated[
        int,
        msgspec.Meta(
            ge=-(1 << 40), le=1 << 60, description="Where to begin, in bytes; negative counts from the end."
        ),
    ] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LOG_BYTES, description="How many bytes at most.")] = 65536
    wait: Annotated[
        float,
        msgspec.Meta(
            ge=0, le=MAX_WAIT_S, description="If there is nothing yet, wait so many seconds for something."
        ),
    ] = 0


class ServiceAsk(ExperimentAsk, frozen=True, kw_only=True):
    """A service."""

    service_id: Annotated[Name, msgspec.Meta(description="The service.")]


class EventsAsk(Ask, frozen=True, kw_only=True):
    """From where on changes are wanted."""

    since: (
        Annotated[
            str, msgspec.Meta(max_length=200, description="A position; `Last-Event-ID` counts before it.")
        ]
        | None
    ) = None


class ActBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Jobs to act on."""

    #: The jobs.
    job_ids: Annotated[tuple[JobId, ...], msgspec.Meta(min_length=1, max_length=1000)]
    #: Do it; without, the answer says what would be done.
    perform: bool = False
