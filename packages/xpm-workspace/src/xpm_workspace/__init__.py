"""The workspace on disk: job folders, journals, the SQLite index, monitors.

Names are loaded when they are first used: the job process imports a few light modules of this package only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xpm_workspace.__about__ import __version__
    from xpm_workspace.controller import Controller, LocalController, Outcome
    from xpm_workspace.errors import WorkspaceError
    from xpm_workspace.layout import ExperimentLayout, JobLayout, RunLayout, WorkspaceLayout
    from xpm_workspace.lifecycle import FailureReason, JobState, Status
    from xpm_workspace.monitor import LocalMonitor, Monitor
    from xpm_workspace.records import (
        Changes,
        ExperimentRecord,
        JobCounts,
        JobPage,
        JobRecord,
        LogPart,
        RunRecord,
        ServiceRecord,
    )
    from xpm_workspace.settings import Settings, WorkspaceSettings, find_workspace, get_settings

__all__ = [
    "Changes",
    "Controller",
    "ExperimentLayout",
    "ExperimentRecord",
    "FailureReason",
    "JobCounts",
    "JobLayout",
    "JobPage",
    "JobRecord",
    "JobState",
    "LocalController",
    "LocalMonitor",
    "LogPart",
    "Monitor",
    "Outcome",
    "RunLayout",
    "RunRecord",
    "ServiceRecord",
    "Settings",
    "Status",
    "WorkspaceError",
    "WorkspaceLayout",
    "WorkspaceSettings",
    "__version__",
    "find_workspace",
    "get_settings",
]

_MODULES = {
    "__about__": ("__version__",),
    "controller": ("Controller", "LocalController", "Outcome"),
    "errors": ("WorkspaceError",),
    "layout": ("ExperimentLayout", "JobLayout", "RunLayout", "WorkspaceLayout"),
    "lifecycle": ("FailureReason", "JobState", "Status"),
    "monitor": ("LocalMonitor", "Monitor"),
    "records": (
        "Changes",
        "ExperimentRecord",
        "JobCounts",
        "JobPage",
        "JobRecord",
        "LogPart",
        "RunRecord",
        "ServiceRecord",
    ),
    "settings": ("Settings", "WorkspaceSettings", "find_workspace", "get_settings"),
}


def __getattr__(name: str) -> Any:
    import importlib

    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f"xpm_workspace.{module}"), name)
    raise AttributeError(f"module 'xpm_workspace' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
