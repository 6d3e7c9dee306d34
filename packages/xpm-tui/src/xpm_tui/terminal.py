"""The terminal belongs to the monitor while it is shown: what the process prints meanwhile goes to a file.

Descriptors are redirected, not only `sys.stdout`: subprocesses, extensions in C and loggers that remember
their stream print there as well. A file takes all of it, however much, and nobody waits for a reader.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import termios
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

from xpm_tui.errors import NoTerminal

#: More than this is not printed again at the end: it is said where it is.
_REPLAYED = 1 << 20

#: Leaves the other screen, shows the cursor, ends mouse, focus, paste and keyboard modes.
_RESET = (
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?1004l\x1b[?2004l"
)


def check_terminal() -> None:
    """Make sure that there is a terminal to read keys from and to draw on.

    Raises:
        NoTerminal: there is none.
    """
    if not os.isatty(0) or not (os.isatty(1) or os.isatty(2)):
        raise NoTerminal(
            "the terminal monitor needs a terminal: run it in one (ssh -t), or use `experimaestro jobs list`"
        )
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise NoTerminal("the terminal monitor needs a terminal that can move its cursor: set TERM")


class Capture:
    """Keeps what this process and its children print to the terminal in a file, until it is released."""

    def __init__(self) -> None:
        """Take the terminal.

        Raises:
            NoTerminal: there is none.
        """
        check_terminal()
        self._lock = threading.Lock()
        self._mode = termios.tcgetattr(0)
        handle, name = tempfile.mkstemp(prefix="experimaestro-", suffix=".log")
        #: What was printed.
        self.file = Path(name)
        #: The streams of Python before: they print into the file now.
        self.streams: tuple[TextIO, TextIO] = (sys.stdout, sys.stderr)
        self._flush()
        self._saved = {number: os.dup(number) for number in (1, 2) if os.isatty(number)}
        for number in self._saved:
            os.dup2(handle, number)
        os.close(handle)
        self._terminal = os.dup(next(iter(self._saved.values())))
        # This is where the toolkit looks for the terminal.
        self._dunder = (sys.__stdout__, sys.__stderr__)
        screen = open(self._terminal, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        sys.__stdout__ = sys.__stderr__ = screen  # type: ignore[misc]
        self._screen = screen
        self._told = 0
        self._released = False

    def size(self) -> os.terminal_size:
        """Return the size of the terminal."""
        return os.get_terminal_size(self._terminal)

    def use_streams(self) -> None:
        """Have `print` write into the file: the toolkit takes it away when it starts."""
        sys.stdout, sys.stderr = self.streams

    def news(self) -> str:
        """Return what was printed since the last call."""
        with self.file.open("rb") as file:
            file.seek(self._told)
            content = file.read(1 << 16)
            self._told += len(content)
        return content.decode("utf-8", "replace")

    def release(self) -> None:
        """Give the terminal back, as it was, and print there what was kept; from any thread, once."""
        with self._lock:
            if self._released:
                return
            self._released = True
            self._flush()
            with contextlib.suppress(OSError, ValueError):  # it may be gone: a connection that dropped
                self._screen.write(_RESET)
                self._screen.flush()
            with contextlib.suppress(termios.error):
                termios.tcsetattr(0, termios.TCSADRAIN, self._mode)
            sys.__stdout__, sys.__stderr__ = self._dunder  # type: ignore[misc]
            printed = self._replay(0)
            for number, saved in self._saved.items():
                os.dup2(saved, number)
                os.close(saved)
            self._replay(printed)
            os.close(self._terminal)
            if printed <= _REPLAYED:
                self.file.unlink(missing_ok=True)

    def _replay(self, begin: int) -> int:
        """Print what was kept, from an offset on; return where it ends."""
        with self.file.open("rb") as file, contextlib.suppress(OSError):
            size = os.fstat(file.fileno()).st_size
            if begin == 0 and size > _REPLAYED:
                begin = size - _REPLAYED
                notice = f"… {begin >> 20} MiB before this are in {self.file}\n"
                os.write(self._terminal, notice.encode())
            file.seek(begin)
            while content := file.read(1 << 16):
                view = memoryview(content)
                while view:
                    view = view[os.write(self._terminal, view) :]
            return file.tell()
        return begin

    def _flush(self) -> None:
        for stream in self.streams:
            with contextlib.suppress(OSError, ValueError):
                stream.flush()


@contextlib.contextmanager
def captured() -> Iterator[Capture]:
    """Take the terminal for a block."""
    capture = Capture()
    try:
        yield capture
    finally:
        capture.release()


@contextlib.contextmanager
def leaving_on_signals(leave: Callable[[int], None]) -> Iterator[None]:
    """Have signals that would end the process on the spot call a function: the terminal is to be given back.

    Args:
        leave: called in the main thread with the number of the signal.
    """
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:  # whoever has a handler knows what to do
                before[number] = signal.signal(number, lambda received, frame: leave(received))
    try:
        yield
    finally:
        for changed, handler in before.items():
            signal.signal(changed, handler)
