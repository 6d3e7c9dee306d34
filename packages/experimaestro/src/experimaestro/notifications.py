"""Telling how far a task is."""

from xpm_tasks import LevelInformation, progress, tqdm

__all__ = ["LevelInformation", "progress", "tqdm"]
