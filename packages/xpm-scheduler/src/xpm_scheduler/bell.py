"""Waking a thread that waits, from one in which a signal handler may raise at any point."""

from __future__ import annotations

import threading
from contextlib import suppress


class Bell:
    """Rung by any thread, heard by one.

    `threading.Event` and `Condition` are Python code: a Ctrl+C in the middle of it leaves their lock held for
    ever, and the next thread that needs it hangs. Here, only a C function touches the lock, and no signal is
    handled inside it. (`with lock:` is as safe.)
    """

    def __init__(self) -> None:
        self._silence = threading.Lock()
        self._silence.acquire()

    def ring(self) -> None:
        """Wake who waits; who does not wait yet will not."""
        with suppress(RuntimeError):  # it was rung, and not heard yet
            self._silence.release()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it is rung, once for each time; tell whether it was."""
        return self._silence.acquire(timeout=-1 if timeout_s is None else timeout_s)
