"""The terminal monitor."""

from xpm_tui import ExperimentTUI

__all__ = ["ExperimentTUI"]
