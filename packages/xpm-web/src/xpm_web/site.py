"""What the operations of the API work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xpm_workspace.controller import Controller
from xpm_workspace.frontends import Target
from xpm_workspace.monitor import Monitor
from xpm_workspace.records import ServiceRecord


@dataclass(frozen=True, kw_only=True)
class Site:
    """The workspace, and what only the server knows."""

    #: What is shown and acted upon.
    target: Target
    #: Gives the position from which on events can be asked for.
    position: Callable[[], str]
    #: Gives where to open a service, if it can be opened.
    link: Callable[[ServiceRecord], str | None]

    @property
    def monitor(self) -> Monitor:
        """What is shown."""
        return self.target.monitor

    @property
    def controller(self) -> Controller:
        """What acts."""
        return self.target.controller
