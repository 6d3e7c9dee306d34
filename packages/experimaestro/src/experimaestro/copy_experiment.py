"""Copying an experiment into another workspace."""

from xpm_workspace.copying import CopyResult, copy_experiment

__all__ = ["CopyResult", "copy_experiment"]
