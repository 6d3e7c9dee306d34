"""Keeps the index up to date while an experiment runs, beside the scheduler: it may be slow, or fail."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable

from xpm_scheduler.bell import Bell
from xpm_workspace.index.indexer import Indexer
from xpm_workspace.layout import RunLayout

logger = logging.getLogger("xpm.scheduler")

#: Changes are collected for so long before they are written together.
_COLLECT_S = 0.2
#: The longest time between two looks at what others write.
_LOOK_S = 0.3
#: While jobs change all the time, seconds between two walks over what nobody said has changed.
_WALK_S = 1.0


class IndexFeeder:
    """A thread that gives the changes of one run to the index, if no other process keeps it."""

    def __init__(self, run: RunLayout) -> None:
        self._run = run
        self._jobs: set[str] = set()
        self._wake, self._hurry = Bell(), Bell()
        self._closing = False
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._feed, name="index", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def changed(self, job_ids: Iterable[str] = ()) -> None:
        """Take note of what was written into the journal, and of jobs that changed without a word in it."""
        with self._guard:
            self._jobs.update(job_ids)
        self._wake.ring()

    def close(self, timeout_s: float | None = None) -> None:
        """Write what is left and let go of the index; wait `timeout_s` seconds at most for that."""
        self._closing = True
        self._hurry.ring()
        self._wake.ring()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            logger.info("the index is not up to date yet: whoever looks next brings it up to date")

    def _feed(self) -> None:
        try:
            indexer = Indexer.open(self._run.experiment.workspace)
            if indexer is None:
                return  # its owner follows the journals
            with indexer:
                indexer.sync()
                walked_s = time.monotonic()
                while not self._closing:
                    busy = self._wake.wait(_LOOK_S)
                    if busy:
                        self._hurry.wait(_COLLECT_S)
                        self._wake.wait(0)
                    # Also what jobs report by themselves, and what other experiments do.
                    walk = not busy or time.monotonic() - walked_s > _WALK_S
                    indexer.sync(jobs=self._take(), walk=walk)
                    if walk:
                        walked_s = time.monotonic()
                indexer.sync(jobs=self._take(), walk=False)
        except Exception:
            # The index is made from the files: it can be made later. The experiment goes on.
            logger.warning("the index is not kept up to date", exc_info=True)

    def _take(self) -> set[str]:
        with self._guard:
            jobs, self._jobs = self._jobs, set()
        return jobs
