"""Who waits for whom: the graph of the submitted jobs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class DependencyGraph:
    """Jobs and what they wait for; the cost of every operation grows with the edges it touches only."""

    def __init__(self) -> None:
        self._needs: dict[str, tuple[str, ...]] = {}
        self._dependants: dict[str, list[str]] = {}
        self._open: dict[str, set[str]] = {}

    def add(self, job_id: str, needs: Iterable[str], settled: Iterable[str] = ()) -> None:
        """Add a job.

        Args:
            job_id: the new job.
            needs: the jobs it waits for.
            settled: those of them that are done already.
        """
        self._needs[job_id] = tuple(needs)
        self._open[job_id] = set(self._needs[job_id]).difference(settled)
        for needed in self._needs[job_id]:
            self._dependants.setdefault(needed, []).append(job_id)

    def settle(self, job_id: str) -> Iterator[str]:
        """Mark a job as done; yield the jobs that wait for nothing any more because of it."""
        for dependant in self._dependants.get(job_id, ()):
            waiting = self._open[dependant]
            if job_id in waiting:
                waiting.remove(job_id)
                if not waiting:
                    yield dependant

    def unsettle(self, job_id: str) -> None:
        """Mark a job as not done again (it is retried, or its results were removed)."""
        for dependant in self._dependants.get(job_id, ()):
            self._open[dependant].add(job_id)

    def ready(self, job_id: str) -> bool:
        """Whether the job waits for nothing."""
        return not self._open[job_id]

    def waits_for(self, job_id: str) -> frozenset[str]:
        """The jobs that this one still waits for."""
        return frozenset(self._open[job_id])

    def needs(self, job_id: str) -> tuple[str, ...]:
        """The direct dependencies of a job."""
        return self._needs[job_id]

    def dependants(self, job_id: str) -> tuple[str, ...]:
        """The jobs that directly need this one."""
        return tuple(self._dependants.get(job_id, ()))
