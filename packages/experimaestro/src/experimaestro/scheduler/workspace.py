"""Workspaces, and what submitting does in them."""

from xpm_scheduler import Workspace
from xpm_tasks import RunMode

__all__ = ["RunMode", "Workspace"]
