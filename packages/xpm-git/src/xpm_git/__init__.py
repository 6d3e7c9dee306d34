"""Git state of a project, dirty checks and environment capture for reproducible runs."""

from xpm_git.__about__ import __version__

__all__ = ["__version__"]
