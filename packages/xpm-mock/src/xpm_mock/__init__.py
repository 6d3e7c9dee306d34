"""Mock heavy imports (torch, transformers, ...) so that code that uses them imports at once."""

from xpm_mock.__about__ import __version__

__all__ = ["__version__"]
