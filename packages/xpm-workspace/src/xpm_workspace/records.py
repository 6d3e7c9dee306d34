"""Records that monitors return: frozen, comparable, and encodable as JSON by msgspec."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from xpm_workspace.fold import ProgressLevel
from xpm_workspace.lifecycle import JobState, Status
from xpm_workspace.services import ServiceState

__all__ = [
    "Changes",
    "ExperimentRecord",
    "JobCounts",
    "JobPage",
    "JobRecord",
    "LogPart",
    "ProgressLevel",
    "RunRecord",
    "ServiceRecord",
    "TaskEdge",
    "TaskGraph",
    "TaskNode",
]


class JobCounts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many jobs of a run are in each state."""

    #: All of them.
    total: int = 0
    #: Ended well.
    done: int = 0
    #: Ended badly, or will never start.
    failed: int = 0
    #: Their process runs.
    running: int = 0
    #: Handed to a launcher.
    scheduled: int = 0
    #: Wait for dependencies, a slot or a token.
    waiting: int = 0
    #: Nobody asks for them any more.
    unscheduled: int = 0


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One run of an experiment."""

    #: The experiment.
    experiment_id: str
    #: The run, unique in the experiment.
    run_id: str
    #: Machine it was launched on.
    hostname: str | None = None
    #: UTC.
    started_at: datetime | None = None
    #: UTC; absent while it runs, and when unknown.
    ended_at: datetime | None = None
    #: `running`, `done`, `failed`, `detached` or `interrupted`; `unknown` for runs of experimaestro 2.x.
    status: str = "interrupted"
    #: The scheduler's process on `hostname`.
    pid: int | None = None
    #: Its jobs by state.
    jobs: JobCounts = JobCounts()
    #: Whether experimaestro 2.x made it.
    version2: bool = False

    @property
    def duration_s(self) -> float | None:
        """From start to end, if both are known."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


class ExperimentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An experiment, with its current run."""

    #: Its name.
    experiment_id: str
    #: The latest run; absent when it never ran.
    run: RunRecord | None = None
    #: How many runs are kept.
    run_count: int = 0

    @property
    def hostname(self) -> str | None:
        """Machine on which the current run was launched."""
        return self.run.hostname if self.run else None

    @property
    def jobs(self) -> JobCounts:
        """Jobs of the current run by state."""
        return self.run.jobs if self.run else JobCounts()


class JobRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A job, and its membership in one run: the one asked for, else the latest that submitted it."""

    #: `task id/identifier`, unique in the workspace.
    job_id: str
    #: Lower-case dotted name of the task.
    task_id: str
    #: What distinguishes it from the other jobs of the task.
    identifier: str
    #: Where it stands.
    status: Status
    #: Experiment and run of the membership; absent for an orphan.
    experiment_id: str | None = None
    run_id: str | None = None
    #: Tags in that run.
    tags: dict[str, Any] = {}
    #: Jobs that it needs in that run.
    depends_on: tuple[str, ...] = ()
    #: Name of the launcher in that run.
    launcher: str | None = None
    #: `NONE`, `TRANSIENT` or `REMOVE` in that run.
    transient: str = "NONE"
    #: When that run submitted it. Times are UTC.
    submitted_at: datetime | None = None
    #: When its (last) process started.
    started_at: datetime | None = None
    #: When it ended.
    ended_at: datetime | None = None
    #: From the outer loop to the inner one.
    progress: tuple[ProgressLevel, ...] = ()
    #: Exit code; negative for a signal.
    exit_code: int | None = None
    #: One line about a failure.
    message: str | None = None
    #: Most memory it held at once.
    peak_memory_bytes: int | None = None
    #: Processor time, user and system.
    cpu_time_s: float | None = None
    #: How often it was started.
    attempts: int = 0
    #: Machine it runs or ran on.
    host: str | None = None
    #: Whether its folder exists.
    folder: bool = True

    @property
    def state(self) -> JobState:
        """Where it stands, without the reason."""
        return self.status.state

    @property
    def name(self) -> str:
        """Last part of the task id."""
        return self.task_id.rpartition(".")[2]

    @property
    def duration_s(self) -> float | None:
        """From start to end, if both are known."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


class ServiceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A service that a run declared."""

    #: The experiment.
    experiment_id: str
    #: The run.
    run_id: str
    #: Unique in the run.
    service_id: str
    #: Where it stands.
    state: ServiceState = ServiceState.STOPPED
    #: One line for people.
    description: str = ""
    #: Where it answers; absent while it does not, or when it has no address.
    url: str | None = None
    #: Machine it runs on.
    host: str | None = None
    #: Why it is in `ERROR`, with the tail of its log.
    error: str | None = None
    #: All that was stored about it.
    content: dict[str, Any] = {}


class JobPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the jobs that were asked for."""

    #: In the order asked for.
    jobs: tuple[JobRecord, ...]
    #: How many there are in all; absent unless it was asked for.
    total: int | None = None


class TaskNode(msgspec.Struct, frozen=True, kw_only=True):
    """All jobs of one task in a run."""

    #: Lower-case dotted name of the task.
    task_id: str
    #: Its jobs by state.
    jobs: JobCounts


class TaskEdge(msgspec.Struct, frozen=True, kw_only=True):
    """Jobs of one task need jobs of another one (or of the same)."""

    #: The task that is needed.
    needed: str
    #: The task that needs it.
    by: str
    #: How many pairs of jobs.
    count: int


class TaskGraph(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks of a run need which."""

    #: By task id.
    tasks: tuple[TaskNode, ...]
    #: What is needed may be of an earlier run, and have no node here.
    edges: tuple[TaskEdge, ...]


class LogPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a log."""

    #: Bytes as they are in the file.
    content: bytes
    #: Where it begins in the file.
    offset: int
    #: Size of the file when it was read.
    size: int

    @property
    def next_offset(self) -> int:
        """Where to go on."""
        return self.offset + len(self.content)


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What changed since the last time; apply it to what you show."""

    #: Where this brings you: give it to `changes` next time.
    position: str
    #: Too much changed to tell, or the index was rebuilt: read everything again.
    reset: bool = False
    #: Experiments that changed, among them those whose counts changed.
    experiments: tuple[ExperimentRecord, ...] = ()
    #: Jobs that changed.
    jobs: tuple[JobRecord, ...] = ()
    #: Services of current runs that changed. Those of an earlier run are gone once there is another.
    services: tuple[ServiceRecord, ...] = ()
    #: Ids of experiments that are gone.
    removed_experiments: tuple[str, ...] = ()
    #: Ids of jobs that are gone.
    removed_jobs: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing that is shown changed."""
        return not (
            self.reset
            or self.experiments
            or self.jobs
            or self.services
            or self.removed_experiments
            or self.removed_jobs
        )
