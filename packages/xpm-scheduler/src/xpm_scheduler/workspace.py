"""A workspace, as an experiment uses it: a folder, and what the settings say about it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from xpm_workspace.errors import SettingsError
from xpm_workspace.layout import WorkspaceLayout

if TYPE_CHECKING:
    from xpm_workspace.settings import WorkspaceSettings


class Workspace:
    """A folder where experiments and jobs live."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        environ: Mapping[str, str] | None = None,
        id: str | None = None,
        max_retries: int | None = None,
    ) -> None:
        """Describe a workspace; its folder is made when an experiment starts.

        Args:
            path: its folder; `~` is the home folder.
            environ: environment variables for all its jobs (the settings' `env`).
            id: its name in the settings.
            max_retries: how many times an interrupted resumable task is started again, if it does not say.
        """
        #: Where its files are.
        self.layout = WorkspaceLayout(os.path.expanduser(path))
        #: Environment variables for all its jobs.
        self.environ = dict(environ or {})
        #: Its name in the settings, if it has one.
        self.id = id
        #: How many times an interrupted resumable task is started again, if anybody says so.
        self.max_retries = max_retries

    @classmethod
    def of(cls, env: str | os.PathLike[str] | WorkspaceSettings | Workspace) -> Workspace:
        """Make a workspace of anything that names one.

        Raises:
            SettingsError: these settings are of a workspace on another machine.
        """
        if isinstance(env, Workspace):
            return env
        if isinstance(env, (str, os.PathLike)):
            return cls(env)
        if env.path is None or not env.local:
            raise SettingsError(f"workspace {env.id} is on another machine: experiments run where it is")
        return cls(env.path, environ=env.env, id=env.id, max_retries=env.max_retries)

    @property
    def path(self) -> Path:
        """Its folder, absolute."""
        return self.layout.root

    def __repr__(self) -> str:
        return f"Workspace({str(self.path)!r})"
