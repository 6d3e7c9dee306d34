"""The settings file."""

from __future__ import annotations

import os

from xpm_workspace.settings import (
    HistorySettings,
    Settings,
    SSHSettings,
    WorkspaceSettings,
    find_workspace,
    get_settings,
)


def get_workspace(
    id: str | None = None, *, workdir: str | os.PathLike[str] | None = None, settings: Settings | None = None
) -> WorkspaceSettings:
    """Return a workspace of the settings, to be given to `experiment`.

    Args:
        id: its name in the settings; without it, the first one of this machine.
        workdir: its folder, instead of its name; the settings need not know it.
        settings: instead of the user's settings file.

    Raises:
        SettingsError: there is no such workspace, or none at all.
    """
    return find_workspace(workspace=id, workdir=workdir, settings=settings)


__all__ = [
    "HistorySettings",
    "SSHSettings",
    "Settings",
    "WorkspaceSettings",
    "find_workspace",
    "get_settings",
    "get_workspace",
]
