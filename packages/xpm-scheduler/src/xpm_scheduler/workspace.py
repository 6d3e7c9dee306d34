"""A workspace, as an experiment uses it: a folder, and what the settings say about it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from xpm_workspace.layout import WorkspaceLayout


class Workspace:
    """A folder where experiments and jobs live."""

    def __init__(
        self, path: str | os.PathLike[str], *, environ: Mapping[str, str] | None = None, id: str | None = None
    ) -> None:
        """Describe a workspace; its folder is made when an experiment starts.

        Args:
            path: its folder; `~` is the home folder.
            environ: environment variables for all its jobs (the settings' `env`).
            id: its name in the settings.
        """
        #: Where its files are.
        self.layout = WorkspaceLayout(os.path.expanduser(path))
        #: Environment variables for all its jobs.
        self.environ = dict(environ or {})
        #: Its name in the settings, if it has one.
        self.id = id

    @property
    def path(self) -> Path:
        """Its folder, absolute."""
        return self.layout.root

    def __repr__(self) -> str:
        return f"Workspace({str(self.path)!r})"
