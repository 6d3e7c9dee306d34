"""TensorBoard as a service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

from experimaestro.scheduler.services import ProcessWebService


class TensorBoard(ProcessWebService):
    """TensorBoard: the curves of all jobs."""

    id = "tensorboard"
    #: On a busy machine it takes a while to import.
    start_timeout_s: ClassVar[float] = 120.0

    def __init__(self, logs: Path) -> None:
        """Show what is in a folder.

        Args:
            logs: looked for event files at any depth, also through links: `xp.jobspath` shows all jobs.
        """
        self.logs = logs

    def command(self, port: int) -> list[str]:
        """Return the command line."""
        options = ["--logdir", str(self.logs), "--host", self.host, "--port", str(port)]
        return [sys.executable, "-m", "tensorboard.main", *options, "--reload_interval", "2"]
