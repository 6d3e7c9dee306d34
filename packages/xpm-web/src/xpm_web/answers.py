"""What the API answers, where a record of `xpm_workspace` does not do."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from xpm_workspace.lifecycle import JobState
from xpm_workspace.records import JobCounts, JobRecord


class WorkspaceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown."""

    #: How people call it: the path of the workspace.
    title: str
    #: Show this experiment first.
    experiment_id: str | None
    #: Ask for events from here on, then read what you show: no change is missed.
    position: str
    #: Version of the monitor.
    version: str


class JobBrief(msgspec.Struct, frozen=True, kw_only=True):
    """Another job, in a word."""

    #: Its id.
    job_id: str
    #: Where it stands; absent when the workspace does not know it.
    state: JobState | None = None


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """A run that knows a job."""

    experiment_id: str
    run_id: str


class JobAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All about a job, but its parameters."""

    #: The job.
    job: JobRecord
    #: Path of its folder on the machine that has the workspace.
    folder: str
    #: The first of the jobs that it needs.
    needs: tuple[JobBrief, ...]
    #: The first of the jobs that need it.
    needed_by: tuple[JobBrief, ...]
    #: How many need it.
    needed_by_count: int
    #: Runs that know it, the latest first.
    runs: tuple[Membership, ...]


class ParameterNode(msgspec.Struct, kw_only=True):
    """A parameter, and those within it."""

    #: From the parameter around it: `layers`, `[0]`.
    name: str
    #: As people would write it.
    value: str
    #: Parameters of this one.
    children: list[ParameterNode] = []


class ParametersAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a job."""

    #: Its class, with the module.
    type: str
    #: What it was given.
    children: list[ParameterNode]


class GraphNode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A job, or all jobs of a task."""

    #: The job, or the task.
    id: str
    #: The task.
    task_id: str
    #: Where the job stands.
    state: JobState | None = None
    #: Tags of the job.
    tags: dict[str, Any] = {}
    #: Jobs of the task by state.
    jobs: JobCounts | None = None


class GraphEdge(msgspec.Struct, frozen=True, kw_only=True):
    """Something needs something."""

    #: What is needed.
    needed: str
    #: What needs it.
    by: str
    #: How many pairs of jobs.
    count: int = 1


class GraphAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How the jobs of a run depend on each other."""

    #: What the nodes are.
    detail: Literal["jobs", "tasks"]
    #: How many jobs the run has.
    total: int
    #: Whether there are few enough for a node each.
    jobs_possible: bool
    #: What is drawn.
    nodes: tuple[GraphNode, ...]
    #: Only between nodes.
    edges: tuple[GraphEdge, ...]


class OrphansAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Job folders that no kept run refers to."""

    #: How many there are.
    total: int
    #: The first of them.
    job_ids: tuple[str, ...]


class ServiceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A service of a current run."""

    experiment_id: str
    run_id: str
    service_id: str
    #: `STOPPED`, `STARTING`, `RUNNING`, `STOPPING` or `ERROR`.
    state: str
    #: One line for people.
    description: str
    #: Where to open it: an address, or a path of this monitor; absent while it cannot be opened.
    link: str | None
    #: Machine it runs on.
    host: str | None
    #: Why it is in `ERROR`.
    error: str | None


class EventData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What changed; apply it to what you show."""

    #: Too much changed to tell: read everything again.
    reset: bool = False
    #: Experiments that changed, as `GET /experiments` gives them.
    experiments: tuple[Any, ...] = ()
    #: Jobs that changed, in the latest run that submitted them.
    jobs: tuple[JobRecord, ...] = ()
    #: Whether some service changed.
    services: bool = False
    #: Ids of experiments that are gone.
    removed_experiments: tuple[str, ...] = ()
    #: Ids of jobs that are gone.
    removed_jobs: tuple[str, ...] = ()


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request was refused (RFC 9457)."""

    #: In a word.
    title: str
    #: Status of the answer.
    status: int
    #: What is wrong, and what to do.
    detail: str
    #: Where a filter stops making sense, from 0.
    column: int | None = None
