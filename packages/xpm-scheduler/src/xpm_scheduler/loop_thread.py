"""The one thread in which the scheduler lives: an asyncio loop, started and stopped from outside."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from xpm_scheduler.bell import Bell

T = TypeVar("T")

#: Seconds after which a thread that waits sees a signal that another one was given.
HEAR_S = 0.5


class LoopThread:
    """An asyncio loop in a thread of its own."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def call_soon(self, function: Callable[[], object]) -> bool:
        """Call a function in the loop, soon; do not wait for it. Tell whether the loop was there to do so."""
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:  # closed
            return False
        return True

    def call_later(self, delay_s: float, function: Callable[[], object]) -> None:
        """In the loop: call a function after some seconds."""
        self._loop.call_later(delay_s, function)

    def call(self, function: Callable[[], Coroutine[Any, Any, T]], timeout_s: float = float("inf")) -> T:
        """Call a function in the loop, and return what its coroutine returns.

        Raises:
            TimeoutError: it takes longer than `timeout_s` seconds; it goes on.
            RuntimeError: the loop was stopped.
        """
        ended = Bell()
        tasks: list[asyncio.Task[T]] = []

        def begin() -> None:
            tasks.append(self._loop.create_task(function()))
            tasks[0].add_done_callback(lambda task: ended.ring())

        self._loop.call_soon_threadsafe(begin)
        deadline = time.monotonic() + timeout_s
        # Not in one go: a signal that another thread was given is heard between two waits.
        while not ended.wait(min(HEAR_S, max(0.0, deadline - time.monotonic()))):
            if time.monotonic() >= deadline:
                raise TimeoutError
        return tasks[0].result()

    def stop(self) -> None:
        """Stop the loop and wait for the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
