"""Which ready job starts next: one queue and a number of slots for each launcher. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count
from typing import TypeAlias

#: The place of a job in a queue: the smallest goes first. Places of different queues can be compared.
Place: TypeAlias = tuple[int, int, str]


class SlotQueue:
    """Jobs that are ready, in order of priority then arrival, and those that hold a slot."""

    def __init__(self, capacity: int | None, arrivals: Iterator[int] | None = None) -> None:
        """Make an empty queue.

        Args:
            capacity: how many jobs may hold a slot at once; `None` for no limit.
            arrivals: numbers the jobs that come; given to several queues, it tells who came first to any.
        """
        if capacity is not None and capacity < 1:
            raise ValueError(f"a launcher needs at least one slot, not {capacity}")
        self.capacity = capacity
        self.holders: set[str] = set()
        self._heap: list[Place] = []
        self._queued: set[str] = set()
        self._arrivals = count() if arrivals is None else arrivals

    def push(self, job_id: str, priority: int = 0) -> None:
        """Put a ready job in the queue."""
        self._queued.add(job_id)
        heappush(self._heap, (-priority, next(self._arrivals), job_id))

    def discard(self, job_id: str) -> None:
        """Forget a queued job (it failed, or somebody else runs it); unknown ones are ignored."""
        self._queued.discard(job_id)

    def occupy(self, job_id: str) -> None:
        """Give a slot to a job, queued or not, even beyond the capacity."""
        self.discard(job_id)
        self.holders.add(job_id)

    def free(self, job_id: str) -> None:
        """Take a slot back; without effect when the job holds none."""
        self.holders.discard(job_id)

    @property
    def has_room(self) -> bool:
        """Whether a slot is free."""
        return self.capacity is None or len(self.holders) < self.capacity

    def head(self) -> Place | None:
        """Return the place of the next job; `None` when the queue is empty or no slot is free."""
        if not self.has_room:
            return None
        while self._heap and self._heap[0][2] not in self._queued:
            heappop(self._heap)
        return self._heap[0] if self._heap else None

    @property
    def queued(self) -> frozenset[str]:
        """The jobs that wait for a slot."""
        return frozenset(self._queued)
