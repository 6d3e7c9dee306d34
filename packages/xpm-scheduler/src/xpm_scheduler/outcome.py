"""What the end of a process means for its job. Pure."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from xpm_scheduler.events import Ended
from xpm_scheduler.job_run import EXIT_DISK
from xpm_workspace.lifecycle import FailureReason
from xpm_workspace.markers import Marker

_REASON_OF_SIGNAL: dict[int, FailureReason] = {
    signal.SIGTERM: FailureReason.CANCELLED,
    signal.SIGINT: FailureReason.CANCELLED,
    signal.SIGHUP: FailureReason.CANCELLED,
    signal.SIGXCPU: FailureReason.TIMEOUT,
    # Whoever sends SIGKILL leaves no word; the job is lost, not wrong.
    signal.SIGKILL: FailureReason.LOST,
}

#: A marker of failure without a word is what a job leaves that had no space for one.
_FULL = "it could not write why it failed: the disk may be full, or read-only"


@dataclass(frozen=True, kw_only=True, slots=True)
class Exit:
    """How a process ended. Both fields are `None` when it was not our child: nobody can tell."""

    #: Exit code, 0 to 255.
    code: int | None = None
    #: Signal number that killed it.
    signal: int | None = None
    #: Whether the kernel killed processes for want of memory while it ran.
    memory_was_short: bool = False
    #: Whether the job's folder was removed while it ran.
    folder_gone: bool = False

    @classmethod
    def of_returncode(cls, returncode: int) -> Exit:
        """Read the convention of `subprocess`: a negative code is a signal."""
        return cls(signal=-returncode) if returncode < 0 else cls(code=returncode)

    @property
    def known(self) -> bool:
        """Whether somebody can tell how it ended."""
        return self.returncode is not None

    @property
    def returncode(self) -> int | None:
        """In the convention of `subprocess`: a negative code is a signal."""
        return self.code if self.signal is None else -self.signal

    def __str__(self) -> str:
        if self.signal is not None:
            try:
                return f"killed by {signal.Signals(self.signal).name}"
            except ValueError:
                return f"killed by signal {self.signal}"
        return "process gone" if self.code is None else f"exit code {self.code}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How a job ended, with what to tell about it."""

    event: Ended
    #: One line; empty when it ended well.
    message: str = ""


def conclude(job_id: str, marker: Marker | None, exit: Exit) -> Outcome:
    """Decide how a job ended: its marker says; without one, the way its process went."""
    if marker is not None:
        reason = marker.status.reason
        if reason is None:
            return Outcome(event=Ended(job_id=job_id))
        interrupted = bool(marker.extra.get("resume"))
        return Outcome(
            event=Ended(job_id=job_id, reason=reason, interrupted=interrupted),
            message=marker.message or _FULL,
        )
    if exit.folder_gone:
        return Outcome(
            event=Ended(job_id=job_id, reason=FailureReason.LOST),
            message="its folder was removed while it ran; what it wrote is lost",
        )
    if exit.code == EXIT_DISK:
        return Outcome(event=Ended(job_id=job_id, reason=FailureReason.FAILED), message=_FULL)
    if exit.memory_was_short:
        return Outcome(
            event=Ended(job_id=job_id, reason=FailureReason.MEMORY),
            message=f"{exit}, while the kernel killed processes for want of memory",
        )
    if exit.signal is not None:
        reason = _REASON_OF_SIGNAL.get(exit.signal, FailureReason.FAILED)
    elif exit.code:
        reason = FailureReason.FAILED
    else:
        # Gone, or even exit code 0, but without a marker: the task did not reach its end.
        reason = FailureReason.LOST
    return Outcome(event=Ended(job_id=job_id, reason=reason), message=f"{exit}, no marker was left")
