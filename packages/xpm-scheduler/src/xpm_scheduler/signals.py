"""What signals do to a process that runs an experiment: it leaves in good order, and its jobs go on."""

from __future__ import annotations

import _thread
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

_LEAVING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Where code of Python's imports says that it is from.
_IMPORTS = "<frozen importlib._bootstrap>"
#: Seconds until a signal that came in the middle of an import comes again.
_SOON_S = 0.001


class SignalHandlers:
    """Turns signals into exceptions in the main thread, between `install` and `restore`.

    Ctrl+C (SIGINT) is `KeyboardInterrupt`, as always; SIGTERM and SIGHUP, which would end the process on the
    spot, are `SystemExit`.
    """

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Callable[[int, FrameType | None], Any] | int | None] = {}

    def install(self) -> None:
        """Replace the handlers; without effect outside the main thread, where Python forbids it."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in _LEAVING:
            handler = signal.getsignal(number)
            if number is signal.SIGINT:
                ours = handler is signal.default_int_handler  # the user's own stays
            else:
                # A process started with `nohup` ignores SIGHUP, and wants to go on doing so.
                ours = handler is not signal.SIG_IGN
            if ours:
                self._before[number] = handler
                signal.signal(number, _leave)

    def restore(self) -> None:
        """Put the handlers back."""
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _leave(number: int, frame: FrameType | None) -> None:
    if frame is not None and frame.f_code.co_filename == _IMPORTS:
        # Imports do not stand an exception between their own lines: it may be swallowed, or leave their lock
        # taken, for which all other threads then wait. So the signal comes again, until they are elsewhere.
        _thread.start_new_thread(_send_again, (number,))
    elif number == signal.SIGINT:
        raise KeyboardInterrupt
    else:
        raise SystemExit(128 + number)


def _send_again(number: int) -> None:
    """In a thread: what sends a signal to its own thread is interrupted by it at once."""
    time.sleep(_SOON_S)
    signal.pthread_kill(threading.main_thread().ident or 0, number)
