"""`Prepare`: what is done once, in the experiment's process, before the tasks that hold it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xpm_tasks import Prepare


class PreparationFailed(Exception):
    """A `prepare()` raised: the tasks that hold it cannot run."""


class Preparations:
    """Runs each preparation once, one at a time, in a thread: `prepare()` may download for an hour."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="prepare")
        self._done: dict[str, asyncio.Future[None]] = {}

    async def run(self, prepares: tuple[Prepare, ...]) -> None:
        """Return once all of them have been prepared, now or earlier.

        Raises:
            PreparationFailed: one of them raised, now or earlier.
        """
        for prepare in prepares:
            key = prepare.__identifier__().hex()
            if key not in self._done:
                loop = asyncio.get_running_loop()
                self._done[key] = loop.run_in_executor(self._thread, _prepare, prepare)
            await asyncio.shield(self._done[key])

    def close(self) -> None:
        """Start no further preparation."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _prepare(prepare: Prepare) -> None:
    try:
        prepare.instance().prepare()
    except Exception as error:
        name = type(prepare).__name__
        raise PreparationFailed(f"{name}.prepare() failed: {type(error).__name__}: {error}") from error
