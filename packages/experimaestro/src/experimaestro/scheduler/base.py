"""The scheduler of an experiment, as a thing one can ask.

Every `experiment` has a scheduler of its own, which ends with it; `Scheduler` shows the running one under the
name that it had when there was one for the whole process.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from experimaestro._running import is_active
from xpm_scheduler import Job, experiment
from xpm_workspace.lifecycle import Status

logger = logging.getLogger("xpm.scheduler")

#: Seconds between two looks at the jobs, while somebody listens.
_LOOK_S = 0.2

#: By the id of the experiment, which lives as long as its scheduler.
_schedulers: WeakValueDictionary[int, Scheduler] = WeakValueDictionary()
_lock = threading.Lock()


class Listener:
    """Derive from it, and override what you want to know. The methods are called in a thread of their own."""

    def job_submitted(self, job: Job) -> None:
        """A job is known to the scheduler."""

    def job_state(self, job: Job) -> None:
        """The state of a job changed: see `job.state` and `job.status`."""


class Scheduler:
    """The scheduler of one experiment: its jobs, and who wants to know what becomes of them."""

    def __init__(self, xp: experiment) -> None:
        """See `instance`.

        Args:
            xp: the experiment.
        """
        self.experiment = xp
        self._listeners: list[Listener] = []
        self._seen: dict[str, Status] = {}
        self._looking = threading.RLock()
        self._thread: threading.Thread | None = None

    @staticmethod
    def instance() -> Scheduler:
        """Return the scheduler of the experiment that is running: always the same object.

        Raises:
            NoExperiment: there is none.
        """
        xp = experiment.current()
        with _lock:
            known = _schedulers.get(id(xp))
            if known is None:
                known = _schedulers[id(xp)] = Scheduler(xp)
            return known

    @property
    def jobs(self) -> dict[str, Job]:
        """The jobs submitted so far, by id (`task id/identifier`)."""
        return {job.job_id: job for job in self.experiment.jobs}

    def wait(self) -> None:
        """Wait until all submitted jobs are done or failed."""
        self.experiment.wait()

    def stop(self) -> None:
        """Start no further job; those that run go on."""
        self.experiment.stop()

    def add_listener(self, listener: Listener) -> None:
        """Tell a listener of jobs, those that are there already first.

        The jobs are looked at a few times a second: of a job that changes twice in between, the last state is
        told. A listener that raises is logged, and goes on being told.
        """
        with self._looking:
            self.look()
            self._listeners.append(listener)
            for job in self.experiment.jobs:
                if job.job_id in self._seen:
                    _call(listener.job_submitted, job)
                    _call(listener.job_state, job)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._follow, name="listeners", daemon=True)
                self._thread.start()

    def remove_listener(self, listener: Listener) -> None:
        """Tell a listener what there is to tell, and then nothing more."""
        self.look()
        with self._looking:
            self._listeners.remove(listener)

    def look(self) -> None:
        """Tell the listeners at once what changed since the last look."""
        with self._looking:
            for job in self.experiment.jobs:
                before, status = self._seen.get(job.job_id), job.status
                self._seen[job.job_id] = status
                for listener in tuple(self._listeners):
                    if before is None:
                        _call(listener.job_submitted, job)
                    if before is None or before != status:
                        _call(listener.job_state, job)

    def _follow(self) -> None:
        pause = threading.Event()
        while True:
            # Asked before looking: what changed until the end of the experiment is told.
            active = is_active(self.experiment)
            self.look()
            with self._looking:
                if not active or not self._listeners:
                    self._thread = None
                    return
            pause.wait(_LOOK_S)


def _call(method: Callable[[Job], Any], job: Job) -> None:
    try:
        method(job)
    except Exception:  # the listener is the user's; the others must be told
        logger.exception("a listener failed on %s", job.short_id)


__all__ = ["Listener", "Scheduler"]
