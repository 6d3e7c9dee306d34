"""Processes of this machine."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO

from experimaestro.connectors import Connector, Process, ProcessState, Redirect
from xpm_workspace.locks import FileLock


class LocalProcess(Process):
    """A process of this machine."""

    def __init__(self, process: subprocess.Popen[bytes], *, leads: bool) -> None:
        """See `LocalProcessBuilder.start`.

        Args:
            process: the process.
            leads: it has a session of its own: its children end with it.
        """
        self.pid = process.pid
        self._process = process
        self._leads = leads

    def wait(self) -> int:
        return self._process.wait()

    def state(self) -> ProcessState:
        code = self._process.poll()
        if code is None:
            return ProcessState.RUNNING
        return ProcessState.DONE if code == 0 else ProcessState.ERROR

    def kill(self) -> None:
        if self.isrunning():
            with suppress(ProcessLookupError):
                if self._leads:
                    os.killpg(self.pid, signal.SIGKILL)
                else:
                    self._process.kill()
        self._process.wait()

    def __repr__(self) -> str:
        return f"<process {self.pid}, {self.state().value}>"


class LocalProcessBuilder:
    """Describes a process of this machine, then starts it.

    builder = LocalConnector.instance().processbuilder()
    builder.command = ["make", "index"]
    builder.stdout = Redirect.file("make.log")
    code = builder.start().wait()
    """

    def __init__(self) -> None:
        """Describe a process that inherits everything from this one."""
        #: The program and its arguments; no shell reads them.
        self.command: list[str] = []
        #: Its current folder; by default, the one of this process.
        self.workdir: Path | None = None
        #: Added to the environment of this process.
        self.environ: dict[str, str] = {}
        #: Its streams.
        self.stdin = Redirect.inherit()
        self.stdout = Redirect.inherit()
        self.stderr = Redirect.inherit()
        #: Whether it goes on when this process, or its terminal, ends.
        self.detach = False

    def start(self) -> LocalProcess:
        """Start it.

        Raises:
            ValueError: there is no command.
            OSError: it cannot be started, or a file cannot be opened.
        """
        if not self.command:
            raise ValueError("there is no command to start")
        with (
            _opened(self.stdin, "rb") as stdin,
            _opened(self.stdout, "wb") as stdout,
            _opened(self.stderr, "wb") as stderr,
        ):
            process = subprocess.Popen(
                self.command,
                cwd=self.workdir,
                env={**os.environ, **self.environ},
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=self.detach,
            )
        return LocalProcess(process, leads=self.detach)


@contextmanager
def _opened(redirect: Redirect, mode: str) -> Iterator[IO[bytes] | int | None]:
    """What `subprocess` takes for a stream."""
    if redirect.path is None:
        yield None if redirect.inherited else subprocess.DEVNULL
        return
    with redirect.path.open(mode) as file:
        yield file


class LocalConnector(Connector):
    """This machine."""

    @staticmethod
    def instance() -> LocalConnector:
        """Return the connector of this machine: always the same object."""
        return _instance()

    def processbuilder(self) -> LocalProcessBuilder:
        return LocalProcessBuilder()

    def lock(self, path: str | os.PathLike[str]) -> FileLock:
        return FileLock(Path(path))


@cache
def _instance() -> LocalConnector:
    return LocalConnector()


__all__ = ["LocalConnector", "LocalProcess", "LocalProcessBuilder"]
