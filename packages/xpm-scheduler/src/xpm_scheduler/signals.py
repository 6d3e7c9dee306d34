"""What signals do to a process that runs an experiment: it leaves in good order, and its jobs go on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

#: Ctrl+C raises `KeyboardInterrupt` by itself; these would end the process on the spot.
_LEAVING = (signal.SIGTERM, signal.SIGHUP)


class SignalHandlers:
    """Turns SIGTERM and SIGHUP into `SystemExit` in the main thread, between `install` and `restore`."""

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Callable[[int, FrameType | None], Any] | int | None] = {}

    def install(self) -> None:
        """Replace the handlers; without effect outside the main thread, where Python forbids it."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in _LEAVING:
            handler = signal.getsignal(number)
            # A process started with `nohup` ignores SIGHUP, and wants to go on doing so.
            if handler is not signal.SIG_IGN:
                self._before[number] = handler
                signal.signal(number, _leave)

    def restore(self) -> None:
        """Put the handlers back."""
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
