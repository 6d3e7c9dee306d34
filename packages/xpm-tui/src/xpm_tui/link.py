"""What screens and views are given: the composition root is `app`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from xpm_tui.desk import Desk
from xpm_workspace.controller import Controller
from xpm_workspace.monitor import Monitor


@dataclass(frozen=True, kw_only=True)
class Link:
    """The workspace that is shown, and how to ask it."""

    #: What is shown; only asked through `desk`.
    monitor: Monitor
    #: What acts; only asked through `desk`.
    controller: Controller
    #: Asks away from the loop of the screen.
    desk: Desk
    #: What time it is.
    now: Callable[[], datetime]
    #: How people call the workspace.
    title: str
