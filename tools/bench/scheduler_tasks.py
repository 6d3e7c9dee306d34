"""Tasks of the scheduler's benchmarks. Each job imports this module: nothing here but the tasks."""

from __future__ import annotations

import time

from xpm_tasks import Param, Task


class Noop(Task):
    """Does nothing."""

    number: Param[int]

    def execute(self) -> None:
        """Do nothing."""


class Link(Task):
    """Does nothing, after another one."""

    previous: Param[Task]

    def execute(self) -> None:
        """Do nothing."""


class Sleep(Task):
    """Sleeps."""

    seconds: Param[float]

    def execute(self) -> None:
        """Sleep."""
        time.sleep(self.seconds)


class UsesNumpy(Task):
    """Imports numpy."""

    number: Param[int]

    def execute(self) -> None:
        """Import numpy."""
        import numpy  # noqa: F401
