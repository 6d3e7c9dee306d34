"""The `experimaestro` command."""

from xpm_cli.__about__ import __version__

__all__ = ["__version__"]
