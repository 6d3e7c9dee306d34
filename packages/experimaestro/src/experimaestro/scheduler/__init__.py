"""Running experiments."""

from experimaestro._lazy import keep_names
from experimaestro.scheduler.base import Listener, Scheduler
from experimaestro.scheduler.jobs import JobContext, JobFailureStatus
from xpm_git import DirtyGitError
from xpm_scheduler import FailedExperiment, Job, Workspace, experiment
from xpm_tasks import RunMode
from xpm_workspace.lifecycle import JobState

__all__ = [
    "DirtyGitError",
    "FailedExperiment",
    "Job",
    "JobContext",
    "JobFailureStatus",
    "JobState",
    "Listener",
    "RunMode",
    "Scheduler",
    "Workspace",
    "experiment",
]

keep_names(__name__)
