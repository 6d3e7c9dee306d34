"""`run-experiment --console`: the terminal shows the experiment while it runs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xpm_workspace.frontends import HostingFrontend, Target
    from xpm_workspace.layout import WorkspaceLayout


def in_console(layout: WorkspaceLayout, experiment_id: str, work: Callable[[], int]) -> int:
    """Run an experiment in another thread, shown by the monitor of the terminal; return its exit code.

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
    with ExitStack() as opened:
        return frontend.host(lambda: _open(layout, experiment_id, opened), work)


def _open(layout: WorkspaceLayout, experiment_id: str, opened: ExitStack) -> Target:
    from xpm_workspace.controller import LocalController
    from xpm_workspace.frontends import Target
    from xpm_workspace.monitor import LocalMonitor

    monitor = opened.enter_context(LocalMonitor(layout))
    return Target(
        monitor=monitor,
        controller=LocalController(monitor),
        title=str(layout.root),
        experiment_id=experiment_id,
    )
