"""One line at the bottom of a terminal that says where the experiment is; plain lines go above it."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from xpm_scheduler.bell import Bell

#: Seconds between two updates when nothing happens: durations grow.
_TICK_S = 1.0


class LiveLine:
    """A line that is rewritten in place, in a terminal; elsewhere it does not exist."""

    def __init__(self, text: Callable[[], str], stream: TextIO | None = None) -> None:
        """Prepare the line.

        Args:
            text: gives what it says; called often, from another thread.
            stream: where it is; by default, standard error.
        """
        self._text = text
        self._stream = sys.stderr if stream is None else stream
        self.live = self._stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._lock = threading.Lock()
        self._wake = Bell()
        self._closed = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Show the line, if this is a terminal."""
        if self.live:
            self._thread = threading.Thread(target=self._refresh, name="live line", daemon=True)
            self._thread.start()

    def say(self, text: str) -> None:
        """Write a line that stays."""
        clear = "\r\x1b[2K" if self.live else ""
        self._write(f"{clear}{text}\n")
        self._wake.ring()

    def changed(self) -> None:
        """Something changed: the line is rewritten soon."""
        self._wake.ring()

    def close(self) -> None:
        """Remove the line."""
        self._closed = True
        self._wake.ring()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            self._write("\r\x1b[2K")

    def _write(self, text: str) -> None:
        # A terminal that was closed, `2>&1 | head`, a full disk: what is said is lost, what is done goes on.
        with self._lock, suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()

    def _refresh(self) -> None:
        while not self._closed:
            width = shutil.get_terminal_size().columns - 1
            # The cursor goes back to the start, so that what others print overwrites the line.
            self._write(f"\r\x1b[2K{self._text()[:width]}\r")
            self._wake.wait(_TICK_S)


def duration(seconds: float) -> str:
    """Write a duration as people say it: `45 s`, `12 min`, `2 h 05`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02}"
