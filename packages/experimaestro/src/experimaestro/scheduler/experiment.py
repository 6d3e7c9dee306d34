"""The experiment."""

from xpm_scheduler import experiment

__all__ = ["experiment"]
