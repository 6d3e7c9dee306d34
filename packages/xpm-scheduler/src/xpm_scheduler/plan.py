"""What the engine and the launchers are told of a job: frozen values, made once at submission. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xpm_workspace.layout import JobLayout


@dataclass(frozen=True, kw_only=True, slots=True)
class JobPlan:
    """What the engine needs to decide when a job runs; it never changes after submission."""

    #: `task id/identifier`, unique in the workspace.
    job_id: str
    #: Job ids of the jobs that must be done before this one starts.
    depends_on: tuple[str, ...] = ()
    #: Names of the launchers that may run it, the one it prefers first; launchers have a number of slots.
    launchers: tuple[str, ...] = ("direct",)
    #: Whether an interrupted run goes on where it stopped (its folder is kept).
    resumable: bool = False
    #: How many times an interrupted resumable job is started again.
    max_retries: int = 3
    #: Whether it runs only if a job that needs it must run.
    transient: bool = False
    #: Jobs with a higher priority leave the queue first; equal ones in order of submission.
    priority: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class JobSpec:
    """What a launcher needs to start a job whose folder is ready."""

    #: The job's folder.
    job: JobLayout
    #: The whole environment of the job process.
    environ: Mapping[str, str]
    #: How many times the job was started before, plus one.
    attempt: int
    #: The interpreter that runs it.
    python: str
    #: The job is stopped after this many seconds; `None` for no limit.
    time_limit_s: float | None = None
