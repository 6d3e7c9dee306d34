"""Follows a monitor in a thread; what comes too fast for a screen is put together."""

from __future__ import annotations

import contextlib
import threading
from typing import TypeVar

from textual.message import Message
from textual.message_pump import MessagePump

from xpm_workspace.monitor import Monitor
from xpm_workspace.records import Changes

K = TypeVar("K")
V = TypeVar("V")

#: How long to wait before a workspace that cannot be reached is asked again.
RETRY_S = 1.0

#: More jobs than this between two looks of the screen: it reads again.
_MANY = 5000


class News(Message):
    """Something changed: `Feed.take` says what."""


class Reached(Message):
    """Whether the workspace can be reached changed."""

    def __init__(self, problem: str) -> None:
        super().__init__()
        #: Why not; empty when it can be reached again.
        self.problem = problem


class Feed:
    """Posts `News` when something changed, and not again before it was taken."""

    def __init__(self, monitor: Monitor, to: MessagePump, *, retry_s: float = RETRY_S) -> None:
        """Prepare to follow.

        Args:
            monitor: what is followed, from now on.
            to: who is told.
            retry_s: pause before a workspace that cannot be reached is asked again.
        """
        self._monitor = monitor
        self._to = to
        self._retry_s = retry_s
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._pending: Changes | None = None
        self._problem = ""

    def start(self) -> None:
        """Begin, in a thread of its own."""
        threading.Thread(target=self._follow, name="tui feed", daemon=True).start()

    def stop(self) -> None:
        """Tell no more; nothing is waited for."""
        self._stop.set()

    def take(self) -> Changes | None:
        """Return all that changed since the last time."""
        with self._lock:
            pending, self._pending = self._pending, None
            return pending

    def _follow(self) -> None:
        position = ""
        while not self._stop.is_set():
            try:
                if not position:
                    position = self._monitor.position()
                # Asked before waiting for a change: whether it answers is news by itself.
                changes = self._monitor.changes(position)
                self._reached("")
                if changes is not None:
                    position = changes.position
                    self._offer(changes)
                for changes in self._monitor.watch(position, self._stop):
                    position = changes.position
                    self._offer(changes)
                if not self._stop.is_set():
                    return  # the monitor was closed
            except Exception as error:  # noqa: BLE001 - a monitor may be anybody's: whatever it is, it is shown
                self._reached(str(error) or type(error).__name__)
                self._stop.wait(self._retry_s)

    def _offer(self, changes: Changes) -> None:
        with self._lock:
            told = self._pending is not None
            self._pending = changes if self._pending is None else merge(self._pending, changes)
        if not told:
            self._post(News())

    def _reached(self, problem: str) -> None:
        if problem != self._problem:
            if not problem:  # what happened meanwhile may have been missed
                self._offer(Changes(position="", reset=True))
            self._problem = problem
            self._post(Reached(problem))

    def _post(self, message: Message) -> None:
        if not self._stop.is_set():
            with contextlib.suppress(RuntimeError):  # the loop may be closed: nobody wants to know any more
                self._to.post_message(message)


def merge(before: Changes, after: Changes) -> Changes:
    """Return two batches of changes as one: the later version of what changed twice."""
    jobs = _latest({job.job_id: job for job in before.jobs}, {job.job_id: job for job in after.jobs})
    experiments = _latest(
        {x.experiment_id: x for x in before.experiments}, {x.experiment_id: x for x in after.experiments}
    )
    services = _latest(
        {(s.experiment_id, s.run_id, s.service_id): s for s in before.services},
        {(s.experiment_id, s.run_id, s.service_id): s for s in after.services},
    )
    gone = set(after.removed_jobs) | (set(before.removed_jobs) - {job.job_id for job in after.jobs})
    gone_experiments = set(after.removed_experiments) | (
        set(before.removed_experiments) - {x.experiment_id for x in after.experiments}
    )
    return Changes(
        position=after.position,
        reset=before.reset or after.reset or len(jobs) > _MANY,
        experiments=tuple(x for name, x in experiments.items() if name not in gone_experiments),
        jobs=tuple(job for job_id, job in jobs.items() if job_id not in gone),
        services=tuple(services.values()),
        removed_experiments=tuple(sorted(gone_experiments)),
        removed_jobs=tuple(sorted(gone)),
    )


def _latest(before: dict[K, V], after: dict[K, V]) -> dict[K, V]:
    return {**before, **after}
