"""The settings file."""

from xpm_workspace.settings import (
    HistorySettings,
    Settings,
    SSHSettings,
    WorkspaceSettings,
    find_workspace,
    get_settings,
)

__all__ = [
    "HistorySettings",
    "SSHSettings",
    "Settings",
    "WorkspaceSettings",
    "find_workspace",
    "get_settings",
]
