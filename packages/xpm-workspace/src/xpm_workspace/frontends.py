"""Monitors that people see: the terminal's, the web's, or a third party's.

A package registers one under the entry point `experimaestro.monitors`, ours like any other (`console`, `web`):
an object with the methods of `Frontend`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from xpm_workspace.controller import Controller
from xpm_workspace.monitor import Monitor

#: Entry points of frontends.
GROUP = "experimaestro.monitors"


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a frontend shows and acts upon. A frontend does not close it."""

    #: What is shown.
    monitor: Monitor
    #: What acts.
    controller: Controller
    #: How people call it: the path of the workspace.
    title: str
    #: Show this experiment first.
    experiment_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a frontend is reached; what makes no sense for one is left alone by it."""

    #: Address to listen on; by default, this machine only.
    host: str | None = None
    #: Port to listen on; 0 or absent: any free one.
    port: int | None = None
    #: Secret that visitors must know; by default, a new one for each start.
    token: str | None = None
    #: Called with the address once there is one.
    on_ready: Callable[[str], None] | None = None


class Background(Protocol):
    """A frontend that serves while the process does something else."""

    @property
    def url(self) -> str:
        """The address to give to people; it holds the secret."""
        ...

    def close(self) -> None:
        """Stop serving, and wait for it."""
        ...


class Frontend(Protocol):
    """Shows a workspace to people."""

    def show(self, target: Target, options: Options) -> int:
        """Show until the person leaves; return the exit code."""
        ...


class BackgroundFrontend(Frontend, Protocol):
    """One that can also serve from threads of its own (the web)."""

    def start(self, target: Target, options: Options) -> Background:
        """Serve in the background.

        Raises:
            OSError: the address cannot be listened on.
        """
        ...


class HostingFrontend(Frontend, Protocol):
    """One that takes the terminal while an experiment runs (the console)."""

    def host(self, target: Callable[[], Target], work: Callable[[], int]) -> int:
        """Run `work` here and show it from another thread, from its first line of log.

        The experiment keeps the main thread: its handlers of signals, and libraries that insist on that thread,
        work as they do without a monitor.

        Args:
            target: opens what is shown; raises `WorkspaceError` as long as there is nothing to show. Called in
                another thread; the monitor that it opens is closed in the end.
            work: runs the experiment. `KeyboardInterrupt` is raised in it when somebody wants to stop it.

        Returns:
            What `work` returned.

        Raises:
            WorkspaceError: there is no terminal; `work` was not called.
            BaseException: what `work` raised, once the terminal is as it was.
        """
        ...
