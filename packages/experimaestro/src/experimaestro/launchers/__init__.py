"""Launchers: where tasks run."""

from xpm_scheduler import Launcher
from xpm_scheduler.launcherfinder import DynamicLauncher

__all__ = [
    "DynamicLauncher",
    "Launcher",
]
