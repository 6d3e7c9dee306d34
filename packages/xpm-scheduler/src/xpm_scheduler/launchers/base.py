"""The launcher and handle protocols: what the driver asks of the place where jobs run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Protocol

from xpm_scheduler.outcome import Exit
from xpm_scheduler.plan import JobSpec
from xpm_workspace.layout import JobLayout
from xpm_workspace.process import ProcessRecord


class Handle(Protocol):
    """One job process, started by this scheduler or found alive."""

    #: What goes into the job's `.pid` file, so that another scheduler finds the process.
    record: ProcessRecord

    async def started(self) -> None:
        """Return once the process runs; at once where there is no queue between."""

    async def wait(self) -> Exit:
        """Return once the process is gone. A place that does not answer means waiting, never an end."""

    def poll(self) -> Exit | None:
        """How the process ended; `None` while it lives."""

    async def kill(self, grace_s: float) -> None:
        """Ask the process to stop, then make it stop after `grace_s` seconds. Its end comes from `wait`."""

    def remaining_time(self) -> float | None:
        """Seconds until the place stops the job; `None` without a limit."""


class Launcher(ABC):
    """A place where jobs run.

    A launcher is registered under the entry point `experimaestro.launchers`, ours like any other.
    """

    #: The `type` of the process records that it writes, and its name in listings.
    name: str
    #: Added to the job environment; wins over the experiment's.
    environ: dict[str, str]
    #: Jobs of a launcher with a higher priority leave the queue first.
    priority: int = 0
    #: How many of its jobs may run at once; `None` when the place has its own queue.
    max_jobs: int | None = None
    #: Seconds a job may run; `None` for no limit.
    time_limit_s: float | None = None
    #: Seconds between asking a job to stop and stopping it.
    kill_grace_s: float = 10.0
    #: Most memory a job may ask for; `None` for no limit.
    memory_bytes: int | None = None

    def __init__(
        self,
        *,
        priority: int = 0,
        max_jobs: int | None = None,
        time_limit_s: float | None = None,
        memory_bytes: int | None = None,
    ) -> None:
        """Set what all launchers have.

        Args:
            priority: its jobs leave the queue before those of launchers with a lower one.
            max_jobs: how many of its jobs run at once; `None` for no limit.
            time_limit_s: a job that runs longer is stopped (`TIMEOUT`).
            memory_bytes: a job that asks for more address space gets a `MemoryError` (`MEMORY`).
        """
        for name, value in (
            ("max_jobs", max_jobs),
            ("time_limit_s", time_limit_s),
            ("memory_bytes", memory_bytes),
        ):
            if value is not None and value <= 0:
                raise ValueError(f"{name} is above 0, not {value}")
        self.priority = priority
        self.max_jobs = max_jobs
        self.time_limit_s = time_limit_s
        self.memory_bytes = memory_bytes
        self.environ = {}

    def setenv(self, name: str, value: str) -> None:
        """Set an environment variable for the jobs that start after this call."""
        self.environ[name] = str(value)

    def choices(self) -> tuple[Launcher, ...]:
        """Return the launchers that may run the next job that is submitted, the one it prefers first.

        A job waits for all of them, and goes to the first that has a free slot.
        """
        return (self,)

    def describe(self) -> str:
        """One line for people."""
        limit = "" if self.max_jobs is None else f", at most {self.max_jobs} jobs at once"
        return f"{self.name}{limit}"

    def expect(self, python: str, environ: Mapping[str, str]) -> None:  # noqa: B027 - most have nothing to do
        """Hear that a job will come, once there is room for it: what takes long may begin.

        Args:
            python: interpreter of the job.
            environ: the whole environment of the job.
        """

    @abstractmethod
    async def submit(self, spec: JobSpec) -> Handle:
        """Start the process of a job whose folder is ready.

        Raises:
            OSError: it could not be started.
        """

    @abstractmethod
    async def attach(self, job: JobLayout, record: ProcessRecord) -> Handle | None:
        """Find a live process again from its record; `None` when it is gone or not of this launcher."""

    async def close(self) -> None:
        """Let go of what the launcher holds; running jobs go on."""
        return
