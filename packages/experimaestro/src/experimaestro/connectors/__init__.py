"""Connectors: starting processes on a machine, and what they share there.

Experimaestro itself starts jobs through launchers (`experimaestro.launchers`); a connector is for the code of
launchers and libraries that starts processes of its own.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from xpm_scheduler.resources import CounterToken
    from xpm_workspace.locks import FileLock

    class ProcessBuilder(Protocol):
        """Describes a process, then starts it."""

        command: list[str]
        workdir: Path | None
        environ: dict[str, str]
        stdin: Redirect
        stdout: Redirect
        stderr: Redirect
        detach: bool

        def start(self) -> Process:
            """Start it."""


class ProcessState(Enum):
    """Where a process stands."""

    #: It lives.
    RUNNING = "RUNNING"
    #: It ended with the exit code 0.
    DONE = "DONE"
    #: It ended with another exit code, or by a signal.
    ERROR = "ERROR"

    @property
    def finished(self) -> bool:
        """Whether it ended."""
        return self is not ProcessState.RUNNING


class Redirect:
    """Where a stream of a process goes, or comes from."""

    def __init__(self, path: str | os.PathLike[str] | None, *, inherited: bool = False) -> None:
        """Use `file`, `inherit` or `none` instead."""
        #: The file; `None` for the other two.
        self.path = None if path is None else Path(path)
        #: Whether it is the stream of this process.
        self.inherited = inherited

    @classmethod
    def file(cls, path: str | os.PathLike[str]) -> Redirect:
        """A file: read from its beginning, or emptied and then written."""
        return cls(path)

    @classmethod
    def inherit(cls) -> Redirect:
        """The stream of this process."""
        return cls(None, inherited=True)

    @classmethod
    def none(cls) -> Redirect:
        """Nothing: what is written is lost, what is read is empty."""
        return cls(None)


class Process(ABC):
    """A process that a connector started."""

    #: Its number, on its machine.
    pid: int

    @abstractmethod
    def wait(self) -> int:
        """Wait for its end; return its exit code, negative for a signal."""

    @abstractmethod
    def state(self) -> ProcessState:
        """Tell where it stands, without waiting."""

    @abstractmethod
    def kill(self) -> None:
        """Make it end now, with its children if it is detached. Nothing happens when it ended already."""

    def isrunning(self) -> bool:
        """Whether it lives."""
        return not self.state().finished


class Connector(ABC):
    """A machine where processes can be started."""

    @abstractmethod
    def processbuilder(self) -> ProcessBuilder:
        """Return what describes a process, and starts it."""

    @abstractmethod
    def lock(self, path: str | os.PathLike[str]) -> FileLock:
        """Return a lock between processes: `with connector.lock(path): ...`."""

    def createtoken(self, name: str, count: int) -> CounterToken:
        """Return a token: all experiments of a workspace together use at most `count` of it at once.

        Args:
            name: the same name is the same token, in the whole workspace.
            count: how much of it there is.
        """
        from xpm_scheduler.resources import CounterToken

        return CounterToken(name, count)

    def environ(self, changes: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of this process with some changes."""
        return {**os.environ, **changes}


__all__ = ["Connector", "Process", "ProcessState", "Redirect"]
