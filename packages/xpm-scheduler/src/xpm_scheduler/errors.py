"""What can go wrong when an experiment runs.

SchedulerError                 root of all of them
├── FailedExperiment           some jobs did not end well
├── SchedulerCrash             a defect of ours stopped the scheduler
├── WorkspaceFailed            the workspace cannot be written any more (an OSError as well)
├── NoExperiment               a call that only makes sense inside an experiment
└── LauncherNotFound           no launcher of that name is installed

GracefulExperimentExit         raised by the user's code to leave the experiment quietly
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from xpm_scheduler.job import Job


#: What to do, by the number of the system's error.
_ADVICE = {
    errno.ENOSPC: "make room on that disk",
    errno.EDQUOT: "ask for a larger quota, or make room",
    errno.EFBIG: "raise the limit of file sizes (`ulimit -f`)",
    errno.EROFS: "make that disk writable",
    errno.EACCES: "make it writable for you",
    errno.EPERM: "make it writable for you",
    errno.ENOENT: "see what became of it",
}


class SchedulerError(Exception):
    """Root of the errors of this package."""


class FailedExperiment(SchedulerError):
    """Some jobs did not end well; their logs say why. Mend the cause, then run the experiment again.

    Attributes:
        failed: the jobs that failed by themselves, in the order in which they did.
        skipped: how many others never ran because they needed one of those.
    """

    def __init__(
        self, name: str, failed: Sequence[Job], skipped: int, tails: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        """Compose the message.

        Args:
            name: the experiment.
            failed: see the attribute.
            skipped: see the attribute.
            tails: the last lines of the logs of some jobs, by job id.
        """
        self.failed = tuple(failed)
        self.skipped = skipped
        jobs = "1 job" if len(failed) == 1 else f"{len(failed)} jobs"
        others = f", {skipped} that need them did not run" if skipped else ""
        lines = [f"experiment {name}: {jobs} failed{others}"]
        for job in failed:
            lines.append(f"  {job.short_id} {job.status}: {job.message or 'no message'}; log: {job.stderr}")
            lines += [f"    | {line}" for line in (tails or {}).get(job.job_id, ())]
        super().__init__("\n".join(lines))


class SchedulerCrash(SchedulerError):
    """A defect of ours stopped the scheduler. Running jobs go on: run the experiment again to follow them."""


class WorkspaceFailed(SchedulerError, OSError):
    """The workspace cannot be written any more: a full disk, a read-only one, a folder that is gone.

    Running jobs go on. Mend the cause, then run the experiment again: it follows them.
    """

    @classmethod
    def of(cls, error: OSError, where: Path) -> WorkspaceFailed:
        """Tell of an error of the system, met by the scheduler somewhere below `where`."""
        advice = _ADVICE.get(error.errno or 0, "mend this")
        text = (
            f"the scheduler stopped: {error.strerror or error}: {error.filename or where}; "
            f"running jobs go on: {advice}, then run again to follow them"
        )
        return cls(error.errno, text)


class NoExperiment(SchedulerError):
    """There is no experiment around this call: put it in a `with experiment(...):` block."""


class LauncherNotFound(SchedulerError, LookupError):
    """No installed package provides a launcher of that name."""


class GracefulExperimentExit(Exception):
    """Raise it inside an experiment to leave without waiting and without an error.

    Running jobs go on; the run is recorded as detached.
    """
