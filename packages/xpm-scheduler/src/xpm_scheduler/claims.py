"""The tokens of one scheduler's jobs: claimed before a start, given back at the end, looked at in between.

Called in the loop's thread. A disk that refuses a change does not stop anything: it is tried again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from xpm_scheduler.job import Job
from xpm_scheduler.tokens import Need

logger = logging.getLogger("xpm.scheduler")

#: Seconds between two looks at the tokens that others may have given back: first, and longest.
_LOOK_FIRST_S, _LOOK_MAX_S = 0.1, 2.0


class Store(Protocol):
    """Where claims are kept (`token_store.TokenStore`)."""

    def claim(self, job_id: str, needs: tuple[Need, ...]) -> bool: ...

    def release(self, job_id: str, needs: tuple[Need, ...]) -> None: ...

    def hand_over(self, job_id: str, needs: tuple[Need, ...]) -> None: ...

    def admitted(self, waiting: Mapping[str, tuple[Need, ...]]) -> list[str]: ...


class Claims:
    """Keeps track of what the jobs of one driver hold, or wait for."""

    def __init__(
        self, store: Store, waiting: Callable[[], list[Job]], freed: Callable[[tuple[str, ...]], None]
    ) -> None:
        """Make it; nothing is claimed.

        Args:
            store: where claims are kept.
            waiting: gives the jobs that were denied a token.
            freed: told of those of them that may try again.
        """
        self._store = store
        self._waiting = waiting
        self._freed = freed
        #: The jobs that hold something, or stand in line.
        self._known: dict[str, Job] = {}
        self._next_look: asyncio.TimerHandle | None = None
        self._pause_s = _LOOK_FIRST_S
        self._closed = False

    def claim(self, job: Job) -> bool:
        """Take what the job needs, or put it in line."""
        if not job.needs:
            return True
        self._known[job.job_id] = job
        if self._store.claim(job.job_id, job.needs):
            return True
        self._look_later(_LOOK_FIRST_S)
        return False

    def release(self, job: Job) -> None:
        """Give back what the job holds, and its place in line; no harm if it has none."""
        if job.job_id not in self._known:
            return
        try:
            self._store.release(job.job_id, job.needs)
        except OSError as error:
            logger.warning("%s: its tokens could not be given back yet: %s", job.short_id, error)
            self._look_later(_LOOK_MAX_S)
            return
        del self._known[job.job_id]
        self.look()

    def look(self) -> None:
        """Let those try again whose turn it is."""
        try:
            if not self._closed:
                self._look()
        except OSError as error:
            logger.warning("the tokens cannot be looked at: %s", error)
            self._look_later(_LOOK_MAX_S)

    def _look(self) -> None:
        for job in [j for j in self._known.values() if j.status.state.final]:
            self.release(job)  # a disk refused it
        waiting = self._waiting()
        if not waiting:
            return
        ready = self._store.admitted({job.job_id: job.needs for job in waiting})
        if ready:
            self._freed(tuple(ready))
        self._look_later(_LOOK_FIRST_S if ready else min(self._pause_s * 1.5, _LOOK_MAX_S))

    def close(self) -> None:
        """Leave to the running jobs what they hold, and give the rest back."""
        self._closed = True
        if self._next_look is not None:
            self._next_look.cancel()
        for job in self._known.values():
            leave = self._store.hand_over if job.state.active else self._store.release
            try:
                leave(job.job_id, job.needs)
            except OSError as error:
                logger.warning("%s: its tokens are free when this process ends: %s", job.short_id, error)
        self._known.clear()

    def _look_later(self, pause_s: float) -> None:
        if self._closed:
            return
        self._pause_s = pause_s
        if self._next_look is None:
            self._next_look = asyncio.get_running_loop().call_later(pause_s, self._look_now)

    def _look_now(self) -> None:
        self._next_look = None
        self.look()
