"""Tasks as processes of this machine."""

from xpm_scheduler import DirectLauncher

__all__ = ["DirectLauncher"]
