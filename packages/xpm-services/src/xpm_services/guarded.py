"""A command that runs under `guard`, seen from the process that wants it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from xpm_services import guard
from xpm_services.errors import ServiceFailed

#: How long the guard may take to start the command; the machine may be very busy.
_START_S = 60.0


class GuardedCommand:
    """A command that runs until it ends or is stopped, and does not outlive this process.

    One thread waits for it; any may stop it.
    """

    def __init__(
        self,
        command: Sequence[str | os.PathLike[str]],
        *,
        stdout: Path,
        stderr: Path,
        environ: Mapping[str, str],
        cwd: Path | None = None,
        grace_s: float = 10.0,
        max_log_bytes: int = 64 << 20,
    ) -> None:
        """Start it.

        Args:
            command: the program and its arguments.
            stdout: file that its output is added to.
            stderr: file that its errors are added to.
            environ: its whole environment.
            cwd: its working folder; by default, that of this process.
            grace_s: seconds between SIGTERM and SIGKILL.
            max_log_bytes: a longer log is shortened to its end.

        Raises:
            ServiceFailed: it cannot be started.
        """
        options = [str(grace_s), str(max_log_bytes), os.fspath(stdout), os.fspath(stderr)]
        arguments = [os.fspath(argument) for argument in command]
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, *options, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(environ),
            cwd=cwd,
            start_new_session=True,
        )
        self._unread = b""
        self._code: int | None = None
        word, _, rest = (self._line(_START_S) or "").partition(" ")
        if word != "started":
            self.stop()
            self._close()
            raise ServiceFailed(f"{arguments[0]} cannot be started: {rest or 'its guard ended'}")
        #: Its process id, and that of its process group.
        self.pid = int(rest)

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Return the exit code once it and all that it started are gone; `None` if they are not in time."""
        if self._code is not None:
            return self._code
        line = self._line(timeout_s)
        if line is None:
            return None
        word, _, rest = line.partition(" ")
        if word == "ended":
            self._code = int(rest)
        else:
            # Somebody killed the guard. Linux kills the command with it; its children, and other systems:
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)
            self._code = -signal.SIGKILL
        self._close()
        return self._code

    def stop(self) -> None:
        """Ask it to stop, and make it stop later; `wait` tells when it has."""
        with contextlib.suppress(OSError, ValueError):
            if self._guard.stdin is not None:
                self._guard.stdin.close()

    def _close(self) -> None:
        self.stop()
        self._guard.wait()
        if self._guard.stdout is not None:
            self._guard.stdout.close()

    def _line(self, timeout_s: float | None) -> str | None:
        """The next line of the guard; empty at its end, `None` when none comes in time."""
        assert self._guard.stdout is not None
        fd = self._guard.stdout.fileno()
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while b"\n" not in self._unread:
            left_s = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not _readable(fd, left_s):
                return None
            part = os.read(fd, 4096)
            if not part:
                return ""
            self._unread += part
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode("utf-8", "replace")


def _readable(fd: int, timeout_s: float | None) -> bool:
    poll = select.poll()  # `select` fails with high descriptors
    poll.register(fd, select.POLLIN | select.POLLHUP)
    return bool(poll.poll(None if timeout_s is None else timeout_s * 1000))
