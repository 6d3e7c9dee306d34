"""Jobs, and what is around them."""

from __future__ import annotations

from xpm_scheduler import Job
from xpm_scheduler.job import JobDependency
from xpm_tasks import DirectoryContext
from xpm_workspace.lifecycle import FailureReason, JobState, Status

#: Why a job ended badly: `job.status.reason`.
JobFailureStatus = FailureReason


class JobContext(DirectoryContext):
    """Generated paths go into the folder of a job: `config.instance(JobContext(task.job))`."""

    def __init__(self, job: Job) -> None:
        """Describe where the paths go.

        Args:
            job: the job.
        """
        super().__init__(job.path)
        self.job = job


class _ErrorStates(type):
    """What makes `isinstance(job.state, JobStateError)` the question whether the job ended badly."""

    def __instancecheck__(cls, value: object) -> bool:
        state = value.state if isinstance(value, Status) else value
        return state is JobState.ERROR


class JobStateError(metaclass=_ErrorStates):
    """The state of a job that ended badly.

    States are a flat `JobState`, and the reason is next to it, in `job.status`:

        if isinstance(job.state, JobStateError):
            print(job.status.reason)
    """

    def __new__(cls, reason: FailureReason = FailureReason.FAILED) -> Status:  # type: ignore[misc]
        """Make the status of a job that ended badly, to compare `job.status` with."""
        return Status(state=JobState.ERROR, reason=reason)


__all__ = ["Job", "JobContext", "JobDependency", "JobFailureStatus", "JobState", "JobStateError"]
