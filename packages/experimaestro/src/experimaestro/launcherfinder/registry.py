"""The launchers that a person has described."""

from xpm_scheduler.launcherfinder import LauncherRegistry, find_launcher

__all__ = [
    "LauncherRegistry",
    "find_launcher",
]
