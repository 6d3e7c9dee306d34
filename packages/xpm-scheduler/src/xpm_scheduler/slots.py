"""Which ready job starts next: one queue and a number of slots for each launcher. Pure."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count


class SlotQueue:
    """Jobs that are ready, in order of priority then arrival, and those that hold a slot."""

    def __init__(self, capacity: int | None) -> None:
        """Make an empty queue.

        Args:
            capacity: how many jobs may hold a slot at once; `None` for no limit.
        """
        if capacity is not None and capacity < 1:
            raise ValueError(f"a launcher needs at least one slot, not {capacity}")
        self.capacity = capacity
        self.holders: set[str] = set()
        self._heap: list[tuple[int, int, str]] = []
        self._queued: set[str] = set()
        self._arrival = count()

    def push(self, job_id: str, priority: int = 0) -> None:
        """Put a ready job in the queue."""
        self._queued.add(job_id)
        heappush(self._heap, (-priority, next(self._arrival), job_id))

    def discard(self, job_id: str) -> None:
        """Forget a queued job (it failed, or somebody else runs it); unknown ones are ignored."""
        self._queued.discard(job_id)

    def occupy(self, job_id: str) -> None:
        """Give a slot to a job that runs already, even beyond the capacity."""
        self.discard(job_id)
        self.holders.add(job_id)

    def free(self, job_id: str) -> None:
        """Take a slot back; without effect when the job holds none."""
        self.holders.discard(job_id)

    def pop(self) -> str | None:
        """Give a slot to the next job and return it; `None` when the queue is empty or no slot is free."""
        while self._heap and (self.capacity is None or len(self.holders) < self.capacity):
            _, _, job_id = heappop(self._heap)
            if job_id in self._queued:
                self._queued.remove(job_id)
                self.holders.add(job_id)
                return job_id
        return None

    @property
    def queued(self) -> frozenset[str]:
        """The jobs that wait for a slot."""
        return frozenset(self._queued)
