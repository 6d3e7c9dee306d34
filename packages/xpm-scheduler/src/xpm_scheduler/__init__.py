"""Runs each task exactly once: `experiment`, the engine, launchers, the job process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xpm_scheduler.__about__ import __version__
    from xpm_scheduler.context import experiment
    from xpm_scheduler.errors import (
        FailedExperiment,
        GracefulExperimentExit,
        LauncherNotFound,
        NoExperiment,
        SchedulerError,
    )
    from xpm_scheduler.job import Job
    from xpm_scheduler.launcherfinder.dynamic import DynamicLauncher
    from xpm_scheduler.launcherfinder.registry import find_launcher
    from xpm_scheduler.launchers.base import Handle, Launcher
    from xpm_scheduler.launchers.direct import DirectLauncher
    from xpm_scheduler.resources import CounterToken
    from xpm_scheduler.workspace import Workspace

__all__ = [
    "CounterToken",
    "DirectLauncher",
    "DynamicLauncher",
    "FailedExperiment",
    "GracefulExperimentExit",
    "Handle",
    "Job",
    "Launcher",
    "LauncherNotFound",
    "NoExperiment",
    "SchedulerError",
    "Workspace",
    "__version__",
    "experiment",
    "find_launcher",
]

#: Lazy: the job process imports this package, and needs none of these.
_HOMES = {
    "__about__": "__version__",
    "context": "experiment",
    "errors": "FailedExperiment GracefulExperimentExit LauncherNotFound NoExperiment SchedulerError",
    "job": "Job",
    "launcherfinder.dynamic": "DynamicLauncher",
    "launcherfinder.registry": "find_launcher",
    "launchers.base": "Handle Launcher",
    "launchers.direct": "DirectLauncher",
    "resources": "CounterToken",
    "workspace": "Workspace",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names.split():
            value = getattr(import_module(f"{__name__}.{home}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
