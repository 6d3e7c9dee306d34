"""A submitted job, as the user's code sees it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from xpm_scheduler.launchers.base import Launcher
from xpm_scheduler.plan import JobPlan
from xpm_scheduler.tokens import Need
from xpm_scheduler.workspace import Workspace
from xpm_tasks.submission import RunMode, Submission
from xpm_workspace.layout import JobLayout
from xpm_workspace.lifecycle import JobState, Status

if TYPE_CHECKING:
    from xpm_tasks.submission import RunMode, Submission, TransientMode


N = TypeVar("N", int, float)


class JobDependency(NamedTuple):
    """One job waits for another one."""

    #: The job that must be done first.
    origin: Job
    #: The job that waits.
    target: Job


class Waiter(Protocol):
    """Who knows when there is nothing left to wait for: the session that runs the job."""

    def wait_for(self, job: Job, timeout_s: float | None) -> None:
        """Return once the job is done, failed, or will not run by itself, or after `timeout_s` seconds."""


class Job:
    """One task of an experiment. Its state is written by the scheduler's thread and may be read from any."""

    def __init__(
        self,
        submission: Submission,
        layout: JobLayout,
        plan: JobPlan,
        launcher: Launcher,
        run_mode: RunMode,
        waiter: Waiter | None = None,
        choices: Mapping[str, Launcher] | None = None,
    ) -> None:
        #: What was submitted.
        self.submission = submission
        #: Where its files are.
        self.layout = layout
        #: What the engine knows of it.
        self.plan = plan
        #: Where it was submitted to.
        self.asked_launcher = launcher
        #: Where it runs: one of `choices`, once it was started.
        self.launcher = launcher
        #: The launchers that may run it, by the names that its plan has for them.
        self.choices = dict(choices or {})
        #: Whether it really runs.
        self.run_mode = run_mode
        #: Where it stands.
        self.status = Status(state=JobState.UNSCHEDULED)
        #: How many times it was started by this experiment.
        self.attempts = 0
        #: Whether a process of this run executed it; false when it was found done.
        self.executed = False
        #: Why it failed, in one line.
        self.message = ""
        #: Content of `params.json`, until it is written.
        self.parameters: bytes | None = None
        #: What it claims of shared tokens while it runs.
        self.needs: tuple[Need, ...] = ()
        #: Environment variables for this job only.
        self.environ: dict[str, str] = {}
        self._waiter = waiter

    @property
    def job_id(self) -> str:
        """`task id/identifier`."""
        return self.layout.job_id

    @property
    def task_id(self) -> str:
        """Lower-case dotted name of the task."""
        return self.layout.task_id

    @property
    def identifier(self) -> str:
        """64 hexadecimal digits."""
        return self.layout.identifier

    @property
    def name(self) -> str:
        """Last part of the task id."""
        return self.layout.name

    @property
    def path(self) -> Path:
        """The job's folder."""
        return self.layout.path

    @property
    def stdout(self) -> Path:
        """File that holds what it printed."""
        return self.layout.stdout

    @property
    def stderr(self) -> Path:
        """File that holds what it printed on its error stream."""
        return self.layout.stderr

    @property
    def config(self) -> Any:
        """The task's configuration."""
        return self.submission.task

    # The names that experimaestro 2.x had for some of it.

    @property
    def jobpath(self) -> Path:
        """The job's folder."""
        return self.layout.path

    @property
    def relpath(self) -> Path:
        """The folder below those of all jobs: `task id/identifier`."""
        return Path(self.task_id, self.identifier)

    @property
    def donepath(self) -> Path:
        """File that is there when it ended well."""
        return self.layout.done

    @property
    def failedpath(self) -> Path:
        """File that is there when it ended badly."""
        return self.layout.failed

    @property
    def pidpath(self) -> Path:
        """File that says which process runs it."""
        return self.layout.pid

    @property
    def workspace(self) -> Workspace:
        """The workspace's folder; the experiment knows what the settings say about it."""
        return Workspace(self.layout.workspace.root)

    @property
    def dependencies(self) -> tuple[JobDependency, ...]:
        """The jobs that it needs; what it claims of tokens is in `needs`."""
        jobs = (task.__xpm__.job for task in self.submission.dependencies)
        return tuple(JobDependency(job, self) for job in jobs if isinstance(job, Job))

    @property
    def max_retries(self) -> int:
        """How many times it is started again when it is interrupted, if it is resumable."""
        return self.plan.max_retries

    @property
    def retry_count(self) -> int:
        """How many times this experiment started it again."""
        return max(0, self.attempts - 1)

    @property
    def resumable(self) -> bool:
        """Whether it can go on where it stopped."""
        return self.plan.resumable

    @property
    def transient(self) -> TransientMode:
        """Whether it only runs when another job needs it."""
        return self.submission.transient

    @property
    def time_limit_s(self) -> float | None:
        """Seconds it may run; `None` for no limit."""
        return _least(self.asked_launcher.time_limit_s, self.launcher.time_limit_s)

    @property
    def memory_bytes(self) -> int | None:
        """Most memory it may ask for; `None` for no limit."""
        return _least(self.asked_launcher.memory_bytes, self.launcher.memory_bytes)

    @property
    def tags(self) -> Mapping[str, Any]:
        """Its tags."""
        tags: Mapping[str, Any] = self.submission.tags
        return tags

    @property
    def state(self) -> JobState:
        """Where it stands, without the reason of a failure."""
        return self.status.state

    @property
    def short_id(self) -> str:
        """For messages: the task's name and the start of the identifier."""
        return f"{self.task_id}/{self.identifier[:8]}"

    def wait(self, timeout_s: float | None = None) -> JobState:
        """Wait until the job is done, failed, or will not run by itself; return its state.

        A job that nothing makes run has a state that is not final: a transient one that nobody needs, one of
        an experiment that was stopped or left, or of a run mode that runs nothing.

        Args:
            timeout_s: stop waiting after this many seconds; the state is then not final either.

        Raises:
            SchedulerError: the scheduler stopped; running jobs go on.
        """
        if self._waiter is not None and not self.state.final:
            self._waiter.wait_for(self, timeout_s)
        return self.state

    def __repr__(self) -> str:
        return f"<Job {self.short_id} {self.status}>"


def _least(*limits: N | None) -> N | None:
    return min((limit for limit in limits if limit is not None), default=None)
