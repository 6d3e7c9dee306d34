"""Where a job stands."""

from xpm_workspace.lifecycle import JobState

__all__ = ["JobState"]
