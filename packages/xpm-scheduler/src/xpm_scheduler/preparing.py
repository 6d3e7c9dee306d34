"""`Prepare`: what is done once, in the experiment's process, before the tasks that hold it."""

from __future__ import annotations

import asyncio
import queue
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xpm_tasks import Prepare


class PreparationFailed(Exception):
    """A `prepare()` raised: the tasks that hold it cannot run."""


class Preparations:
    """Runs each preparation once, one at a time, in a thread: `prepare()` may download for an hour.

    The thread is a daemon: who leaves the experiment does not wait for that hour.
    """

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._queue: queue.SimpleQueue[tuple[Prepare, asyncio.Future[None]] | None] = queue.SimpleQueue()
        self._done: dict[str, asyncio.Future[None]] = {}
        self._closed = False

    async def run(self, prepares: tuple[Prepare, ...]) -> None:
        """Return once all of them have been prepared, now or earlier.

        Raises:
            PreparationFailed: one of them raised, now or earlier.
        """
        for prepare in prepares:
            key = prepare.__identifier__().hex()
            if key not in self._done:
                self._done[key] = asyncio.get_running_loop().create_future()
                self._queue.put((prepare, self._done[key]))
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, name="prepare", daemon=True)
                    self._thread.start()
            await asyncio.shield(self._done[key])

    def close(self) -> None:
        """Start no further preparation."""
        self._closed = True
        self._queue.put(None)

    def _work(self) -> None:
        while (asked := self._queue.get()) is not None and not self._closed:
            prepare, done = asked
            failure = _prepare(prepare)
            with suppress(RuntimeError):  # the loop was closed meanwhile
                done.get_loop().call_soon_threadsafe(_settle, done, failure)


def _settle(done: asyncio.Future[None], failure: PreparationFailed | None) -> None:
    if failure is None:
        done.set_result(None)
    else:
        done.set_exception(failure)
        done.exception()  # those who wait for it hear of it; there may be none left


def _prepare(prepare: Prepare) -> PreparationFailed | None:
    try:
        prepare.instance().prepare()
    except BaseException as error:  # noqa: BLE001 - `sys.exit()` there fails the tasks, not the scheduler
        name = type(prepare).__name__
        failure = PreparationFailed(f"{name}.prepare() failed: {type(error).__name__}: {error}")
        failure.__cause__ = error
        return failure
    return None
