"""The life of a job: one table from (state, event) to the next state.

Pure: no I/O, no import outside the standard library. The engine, the fold and the monitors all read
this table; nobody else decides which state follows which.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from os import PathLike


class JobState(str, Enum):
    """Where a job stands."""

    #: Known, but nobody asked for it to run.
    UNSCHEDULED = "UNSCHEDULED"
    #: Asked for; some of its dependencies are not done.
    WAITING = "WAITING"
    #: All dependencies are done; waits for a free slot or a token.
    READY = "READY"
    #: Handed to a launcher; its process has not reported yet.
    SCHEDULED = "SCHEDULED"
    #: Its process runs the task.
    RUNNING = "RUNNING"
    #: Ended well; its results can be used.
    DONE = "DONE"
    #: Ended badly, or will never start; the reason says why.
    ERROR = "ERROR"

    @property
    def final(self) -> bool:
        """Whether nothing more happens by itself."""
        return self in (JobState.DONE, JobState.ERROR)

    @property
    def active(self) -> bool:
        """Whether a process exists, or may exist, for the job."""
        return self in (JobState.SCHEDULED, JobState.RUNNING)

    # The questions of experimaestro 2.x, as it asked them.

    def notstarted(self) -> bool:
        """Whether nothing of the job was handed to a launcher yet."""
        return not self.final and not self.active

    def running(self) -> bool:
        """Whether its process runs the task, or was handed to a launcher."""
        return self.active

    def finished(self) -> bool:
        """Whether it ended, well or badly."""
        return self.final

    def is_error(self) -> bool:
        """Whether it ended badly."""
        return self is JobState.ERROR

    @classmethod
    def from_path(cls, folder: str | PathLike[str], name: str) -> JobState:
        """Return what a job folder says by itself (`folder_state.state_of_folder`).

        Args:
            folder: the job's folder.
            name: last part of the task id, which its files are named after.
        """
        from xpm_workspace.folder_state import state_of_folder  # only here is a file looked at

        return state_of_folder(folder, name)


class FailureReason(str, Enum):
    """Why a job is in state `ERROR`."""

    #: The task's code raised, or its process exited with a non-zero code.
    FAILED = "FAILED"
    #: A job that it needs did not end well, so it never started.
    DEPENDENCY = "DEPENDENCY"
    #: It reached its time limit.
    TIMEOUT = "TIMEOUT"
    #: Somebody stopped it.
    CANCELLED = "CANCELLED"
    #: It was killed for using too much memory.
    MEMORY = "MEMORY"
    #: Its process disappeared without leaving a marker.
    LOST = "LOST"


class JobEvent(str, Enum):
    """What can happen to a job."""

    #: An experiment asks for it.
    SUBMIT = "submit"
    #: Its folder says that it ended well, here or in another experiment.
    FIND_DONE = "find-done"
    #: A live process already runs it, started by another scheduler or an earlier one.
    FIND_RUNNING = "find-running"
    #: The last job that it waited for is done.
    SATISFY = "satisfy"
    #: A job that it needs ended badly.
    MISS = "miss"
    #: It was given to a launcher.
    LAUNCH = "launch"
    #: Its process reported that the task runs.
    START = "start"
    #: Its process ended and left a marker that says done.
    FINISH = "finish"
    #: It ended in any other way; comes with a `FailureReason`.
    FAIL = "fail"
    #: It goes back to the queue: interrupted, and resumable.
    RESUME = "resume"
    #: Nobody needs it any more, and it has not started.
    WITHDRAW = "withdraw"


_S, _E = JobState, JobEvent

#: The life cycle. A pair that is not here is illegal.
TRANSITIONS: dict[tuple[JobState, JobEvent], JobState] = {
    (_S.UNSCHEDULED, _E.SUBMIT): _S.WAITING,
    (_S.UNSCHEDULED, _E.FIND_DONE): _S.DONE,
    (_S.UNSCHEDULED, _E.FIND_RUNNING): _S.RUNNING,
    (_S.WAITING, _E.FIND_DONE): _S.DONE,
    (_S.WAITING, _E.FIND_RUNNING): _S.RUNNING,
    (_S.WAITING, _E.SATISFY): _S.READY,
    (_S.WAITING, _E.MISS): _S.ERROR,
    (_S.WAITING, _E.FAIL): _S.ERROR,
    (_S.WAITING, _E.WITHDRAW): _S.UNSCHEDULED,
    (_S.READY, _E.FIND_DONE): _S.DONE,
    (_S.READY, _E.FIND_RUNNING): _S.RUNNING,
    (_S.READY, _E.LAUNCH): _S.SCHEDULED,
    (_S.READY, _E.FAIL): _S.ERROR,
    (_S.READY, _E.WITHDRAW): _S.UNSCHEDULED,
    (_S.SCHEDULED, _E.START): _S.RUNNING,
    (_S.SCHEDULED, _E.FINISH): _S.DONE,
    (_S.SCHEDULED, _E.FAIL): _S.ERROR,
    (_S.SCHEDULED, _E.RESUME): _S.WAITING,
    (_S.RUNNING, _E.FINISH): _S.DONE,
    (_S.RUNNING, _E.FAIL): _S.ERROR,
    (_S.RUNNING, _E.RESUME): _S.WAITING,
    (_S.ERROR, _E.SUBMIT): _S.WAITING,
    (_S.ERROR, _E.FIND_DONE): _S.DONE,
    (_S.ERROR, _E.FIND_RUNNING): _S.RUNNING,
}


@dataclass(frozen=True, kw_only=True)
class Status:
    """A state and, for `ERROR`, its reason. Comparable and hashable."""

    #: Where the job stands.
    state: JobState
    #: Why it failed; set exactly when the state is `ERROR`.
    reason: FailureReason | None = None

    def __post_init__(self) -> None:
        if (self.state is JobState.ERROR) != (self.reason is not None):
            raise ValueError(
                f"a reason goes with ERROR and with nothing else, not {self.state} {self.reason}"
            )

    def __str__(self) -> str:
        return self.state.value if self.reason is None else f"{self.state.value}({self.reason.value})"


class IllegalTransition(Exception):
    """An event arrived that the job's state does not allow; the state was left as it was.

    This is a defect of ours, never of the user: the message holds the job's story so that it can be reported.
    """


#: The statuses without a reason; thousands of jobs share them.
_PLAIN = {state: Status(state=state) for state in JobState if state is not JobState.ERROR}


def advance(status: Status, event: JobEvent, reason: FailureReason | None = None) -> Status:
    """Return the status that follows `status` on `event`.

    Args:
        status: where the job stands now.
        event: what happened.
        reason: why, when the event leads to `ERROR`; a `MISS` is always `DEPENDENCY`.

    Raises:
        IllegalTransition: the table has no such pair.
    """
    following = TRANSITIONS.get((status.state, event))
    if following is None:
        raise IllegalTransition(f"{event.name} cannot happen in state {status}.")
    if following is not JobState.ERROR:
        return _PLAIN[following]
    if event is JobEvent.MISS:
        reason = FailureReason.DEPENDENCY
    return Status(state=following, reason=reason or FailureReason.FAILED)
