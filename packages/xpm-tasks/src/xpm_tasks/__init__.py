"""Typed configurations and tasks with stable identifiers."""

from xpm_tasks.__about__ import __version__

__all__ = ["__version__"]
