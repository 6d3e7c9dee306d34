"""Requirements written as text."""

from xpm_scheduler.launcherfinder import parse

__all__ = [
    "parse",
]
