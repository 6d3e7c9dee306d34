"""Monitors that people see: the terminal's, the web's, or a third party's.

A package registers one under the entry point `experimaestro.monitors`, ours like any other (`console`, `web`):
an object with the methods of `Frontend`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from xpm_workspace.controller import Controller
from xpm_workspace.errors import NoFrontend
from xpm_workspace.monitor import Monitor
from xpm_workspace.records import ServiceRecord

#: Entry points of frontends.
GROUP = "experimaestro.monitors"

#: Entry points of what adds pages to the web monitor: objects with the methods of `WebExtension`.
WEB_GROUP = "experimaestro.web"


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
        """Run `work` in another thread and show it, from its first line of log.

        Args:
            target: opens what is shown; raises `WorkspaceError` as long as there is nothing to show.
            work: runs the experiment.

        Returns:
            What `work` returned.

        Raises:
            BaseException: what `work` raised, once the terminal is as it was.
        """
        ...


#: What to install for the monitors of ours.
_PACKAGES = {"web": "xpm-web", "console": "xpm-tui"}


def find_frontend(name: str) -> Any:
    """Return a frontend by its name; nothing else is imported.

    Args:
        name: `web`, `console`, or the entry point of a third party.

    Returns:
        A `Frontend`; it may be a `BackgroundFrontend` or a `HostingFrontend` as well.

    Raises:
        NoFrontend: it is not installed, or cannot be imported.
    """
    from importlib.metadata import entry_points

    found = {entry_point.name: entry_point for entry_point in entry_points(group=GROUP)}
    if name not in found:
        known = ", ".join(sorted(found)) or "none"
        hint = f"pip install {_PACKAGES[name]}" if name in _PACKAGES else "install the package that has it"
        raise NoFrontend(f"there is no monitor {name!r} (installed: {known}); {hint}")
    try:
        return found[name].load()
    except ImportError as error:
        raise NoFrontend(
            f"the monitor {name!r} cannot be used: {error}; install its package again"
        ) from error


class WebExtension(Protocol):
    """Adds pages to the web monitor. They are behind its login, and its checks of `Host` and `Origin`."""

    def mount(self, target: Target, application: Any) -> None:
        """Add routes, and what must start and end with the server.

        Args:
            target: what the monitor shows.
            application: the `aiohttp.web.Application`, before it starts. `/`, `/static` and `/api` are taken.
        """
        ...

    def service_link(self, service: ServiceRecord) -> str | None:
        """Return where a service can be opened, relative to the root of the monitor; `None` if not here."""
        ...
