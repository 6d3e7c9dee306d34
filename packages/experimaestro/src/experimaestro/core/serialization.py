"""Saving configurations, and loading them again."""

from xpm_tasks import from_state_dict, load, save, state_dict

__all__ = ["from_state_dict", "load", "save", "state_dict"]
