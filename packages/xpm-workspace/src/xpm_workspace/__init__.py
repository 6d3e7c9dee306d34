"""The workspace on disk: job folders, journals, the SQLite index, monitors."""

from xpm_workspace.__about__ import __version__

__all__ = ["__version__"]
