"""`run-experiment --console`: the terminal shows the experiment while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xpm_workspace.frontends import HostingFrontend, Target
    from xpm_workspace.layout import WorkspaceLayout


def in_console(layout: WorkspaceLayout, experiment_id: str, work: Callable[[], int]) -> int:
    """Run an experiment, shown meanwhile by the monitor of the terminal; return its exit code.

    Args:
        layout: the workspace; it may not exist yet.
        experiment_id: what is shown.
        work: runs it.

    Raises:
        NoFrontend: no installed package can show it.
    """
    from xpm_workspace.errors import NoFrontend
    from xpm_workspace.frontends import find_frontend

    frontend: HostingFrontend = find_frontend("console")
    if not hasattr(frontend, "host"):
        raise NoFrontend("the installed monitor 'console' cannot show an experiment that it runs: update it")
    return frontend.host(lambda: _open(layout, experiment_id), work)


def _open(layout: WorkspaceLayout, experiment_id: str) -> Target:
    from xpm_workspace.controller import LocalController
    from xpm_workspace.frontends import Target
    from xpm_workspace.monitor import LocalMonitor

    monitor = LocalMonitor(layout)
    return Target(
        monitor=monitor,
        controller=LocalController(monitor),
        title=str(layout.root),
        experiment_id=experiment_id,
    )
