"""What a run was made with (`environment.json`), captured beside the experiment: it takes a moment."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from xpm_git import XpmGitError, capture_environment
from xpm_scheduler.__about__ import __version__

logger = logging.getLogger("xpm.scheduler")

#: Seconds that an experiment waits at its end for the description of what it was made with.
_PATIENCE_S = 20.0


class ProvenanceCapture:
    """A thread that writes the environment of a run into a file."""

    def __init__(self, project_paths: Sequence[Path], file: Path, *, ignored: Path) -> None:
        """Prepare.

        Args:
            project_paths: folders whose git state is recorded.
            file: what is written.
            ignored: the workspace, whose files are no changes of the project.
        """
        self._ignored = ignored
        self._project_paths = project_paths
        self._file = file
        self._thread = threading.Thread(target=self._capture, name="provenance", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def join(self) -> None:
        """Wait until the file is written, or for some seconds."""
        self._thread.join(_PATIENCE_S)
        if self._thread.is_alive():
            logger.warning("the environment of the run is not recorded: that takes too long")

    def _capture(self) -> None:
        try:
            capture_environment(self._project_paths, ignore=[self._ignored]).write(self._file)
        except (OSError, XpmGitError) as error:
            # The run is worth more than its description.
            logger.warning("the environment of the run is not recorded: %s", error)


@lru_cache
def installed_version() -> str:
    """Version of experimaestro, or of this package where it is installed without."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("experimaestro")
    except PackageNotFoundError:
        return f"xpm-scheduler {__version__}"
