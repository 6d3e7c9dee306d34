"""What goes into the engine (events) and what comes out (instructions). Frozen values, no behaviour. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from xpm_scheduler.plan import JobPlan
from xpm_workspace.lifecycle import FailureReason, JobEvent, Status


class Finding(Enum):
    """What an inspection of a job folder tells."""

    #: It ended well.
    DONE = "done"
    #: A live process, on this machine or another one, runs it.
    RUNNING = "running"
    #: Nobody runs it: it never ran, or failed, or was lost.
    FREE = "free"


# --- Events: what happened


@dataclass(frozen=True, kw_only=True, slots=True)
class Submitted:
    """The experiment asks for jobs; those already known are ignored."""

    #: Dependencies come before the jobs that need them.
    plans: tuple[JobPlan, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspected:
    """The driver looked at a job's folder: after `Inspect`, or when a launch found somebody faster."""

    job_id: str
    finding: Finding


@dataclass(frozen=True, kw_only=True, slots=True)
class Launched:
    """The launcher accepted the job."""

    job_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Denied:
    """A token that the job needs is taken: it waits, without a slot."""

    job_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TokensFreed:
    """Tokens may have come back: those that were denied try again."""

    #: Which of them; `None` for all.
    job_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Started:
    """The job's process runs."""

    job_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """The job's process is gone, or could not be started."""

    job_id: str
    #: Why it failed; `None` when it ended well.
    reason: FailureReason | None = None
    #: Whether the task asked to be resumed (`GracefulTimeout`) or its allocation was taken from it.
    interrupted: bool = False
    #: Whether it turned out that nobody runs it: the scheduler that was about to start it is gone.
    never_ran: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class KillRequested:
    """Somebody wants the job stopped."""

    job_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryRequested:
    """Somebody wants a failed job to run again."""

    job_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StopRequested:
    """No further job starts; running ones go on."""


Event: TypeAlias = (
    Submitted
    | Inspected
    | Launched
    | Denied
    | TokensFreed
    | Started
    | Ended
    | KillRequested
    | RetryRequested
    | StopRequested
)


# --- Instructions: what the driver must do


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspect:
    """Look at the folders of these jobs; answer with one `Inspected` for each."""

    job_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """Start the job; answer `Launched`, `Denied`, `Ended`, or `Inspected` when somebody was faster."""

    job_id: str
    #: 1 for the first try in this process.
    attempt: int
    #: Where: one of those that its plan names.
    launcher: str = "direct"


@dataclass(frozen=True, kw_only=True, slots=True)
class Follow:
    """Attach to the process that runs the job; answer `Ended` when it is gone."""

    job_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Kill:
    """Stop the job's process; its end is reported with `Ended`."""

    job_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One step of one job."""

    job_id: str
    event: JobEvent
    status: Status
    attempt: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Publish:
    """Write these changes to the run journal, then tell those who listen. One for each call of the engine."""

    changes: tuple[Change, ...]


Instruction: TypeAlias = Inspect | Launch | Follow | Kill | Publish
