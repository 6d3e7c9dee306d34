"""Changes that are put together until somebody takes them: pure, and bounded."""

from __future__ import annotations

from functools import cached_property

import msgspec

from xpm_web.answers import EventData
from xpm_workspace.records import Changes, ExperimentRecord, JobRecord

#: More changed jobs than this are not told one by one: reading again is cheaper, and memory is bounded.
MAX_JOBS = 2000


class Batch:
    """What changed from one position to another."""

    def __init__(self, changes: Changes | None = None) -> None:
        """Begin with some changes, or with none."""
        self.position = changes.position if changes else ""
        self.reset = changes is not None and changes.reset
        self._services = bool(changes and changes.services)
        self._experiments: dict[str, ExperimentRecord | None] = {}
        self._jobs: dict[str, JobRecord | None] = {}
        if changes is not None and not changes.reset:
            self._experiments.update((record.experiment_id, record) for record in changes.experiments)
            self._experiments.update(dict.fromkeys(changes.removed_experiments))
            self._jobs.update((record.job_id, record) for record in changes.jobs)
            self._jobs.update(dict.fromkeys(changes.removed_jobs))

    def then(self, later: Batch) -> Batch:
        """Return what both together changed."""
        both = Batch()
        both.position = later.position
        both._services = self._services or later._services
        both.reset = self.reset or later.reset or self.size + later.size > MAX_JOBS
        if not both.reset:
            both._experiments = {**self._experiments, **later._experiments}
            both._jobs = {**self._jobs, **later._jobs}
        return both

    @classmethod
    def start_over(cls, position: str) -> Batch:
        """Return a batch that says to read everything again."""
        return cls(Changes(position=position, reset=True))

    @property
    def size(self) -> int:
        """How many jobs it tells of."""
        return len(self._jobs)

    @property
    def data(self) -> EventData:
        """What is sent."""
        return EventData(
            reset=self.reset,
            experiments=tuple(record for record in self._experiments.values() if record is not None),
            jobs=tuple(record for record in self._jobs.values() if record is not None),
            services=self._services,
            removed_experiments=tuple(i for i, record in self._experiments.items() if record is None),
            removed_jobs=tuple(i for i, record in self._jobs.items() if record is None),
        )

    @cached_property
    def message(self) -> bytes:
        """The batch as a Server-Sent Event; made once for all who get the same."""
        data = msgspec.json.encode(self.data)
        return b"event: changes\nid: %s\ndata: %s\n\n" % (self.position.encode(), data)
