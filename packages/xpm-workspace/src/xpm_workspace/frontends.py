"""Monitors that people see: the terminal's, the web's, or a third party's.

A package registers one under the entry point `experimaestro.monitors`, ours like any other (`console`,
`web`): an object with the methods of `Frontend`. What else the web monitor serves comes from the entry point
`experimaestro.web`: see `WebPages`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from xpm_workspace.controller import Controller
from xpm_workspace.errors import NoFrontend
from xpm_workspace.monitor import Monitor

#: Entry points of frontends.
GROUP = "experimaestro.monitors"

#: Entry points of what other packages add to the web monitor.
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
        """Run `work` here and show it from another thread, from its first line of log.

        The experiment keeps the main thread: its handlers of signals, and libraries that insist on that
        thread, work as they do without a monitor.

        Args:
            target: opens what is shown; raises `WorkspaceError` as long as there is nothing to show. Called
                in another thread; the monitor that it opens is closed in the end.
            work: runs the experiment. `KeyboardInterrupt` is raised in it when somebody wants to stop it.

        Returns:
            What `work` returned.

        Raises:
            WorkspaceError: there is no terminal; `work` was not called.
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
    from importlib.metadata import EntryPoint, entry_points

    found: dict[str, EntryPoint] = {}
    for entry_point in entry_points(group=GROUP):
        # As for modules: of two with the same name, the first on the path wins.
        found.setdefault(entry_point.name, entry_point)
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


class WebPages(Protocol):
    """Pages that another package adds to the web monitor: the services, behind a proxy.

    The web monitor loads every entry point of the group `WEB_GROUP` and mounts the routes at the root of its
    application, as they are. It lets a request through to them only once it knows the visitor and has checked
    `Host` and `Origin`, as for pages of its own; the origin of a WebSocket too. What it must not do to them:

    * read the body of a request, or limit its size: it is passed on as it comes;
    * add headers to an answer (a `Content-Security-Policy` of the monitor would break somebody else's page);
    * compress an answer, or cut it off after a time: it may be endless.

    The pages come from what people run beside their experiments, and have the monitor's origin: they are
    trusted as much as its own.
    """

    def routes(
        self,
        monitor: Monitor,
        controller: Controller,
        *,
        private_cookies: Collection[str] = (),
        private_headers: Collection[str] = (),
        private_parameters: Collection[str] = (),
    ) -> Sequence[Any]:
        """Return definitions of routes (`aiohttp.web.RouteDef`); nothing has to be closed afterwards.

        Args:
            monitor: what is shown.
            controller: what acts.
            private_cookies: names of cookies that are the web monitor's own (its secret): they are neither
                passed on nor can they be set by a page.
            private_headers: names of headers that are.
            private_parameters: names of parameters of a query that are.
        """
        ...
