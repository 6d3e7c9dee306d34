"""Runs each task exactly once: experiment(), the engine, launchers, the job process."""

from xpm_scheduler.__about__ import __version__

__all__ = ["__version__"]
