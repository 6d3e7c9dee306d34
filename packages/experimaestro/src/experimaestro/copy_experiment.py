"""Copying an experiment into another workspace."""

from __future__ import annotations

import os

from xpm_workspace.copying import CopyResult, copy_experiment
from xpm_workspace.informations import read_informations, run_order
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.names import is_name


def list_experiments(workspace: str | os.PathLike[str] | WorkspaceLayout) -> list[str]:
    """Return the ids of the experiments of a workspace that can be copied, in alphabetical order.

    Args:
        workspace: its folder.

    Raises:
        NotAWorkspace: there is none.
    """
    folder = _layout(workspace).experiments_dir
    try:
        return sorted(e.name for e in os.scandir(folder) if is_name(e.name) and e.is_dir())
    except FileNotFoundError:
        return []


def list_runs(workspace: str | os.PathLike[str] | WorkspaceLayout, experiment_id: str) -> list[str]:
    """Return the ids of the runs of an experiment, the latest last; empty if there is no such experiment.

    Args:
        workspace: the folder of the workspace.
        experiment_id: the experiment.

    Raises:
        NotAWorkspace: there is no workspace.
    """
    experiment = _layout(workspace).experiment(experiment_id)
    return sorted(read_informations(experiment).runs, key=run_order)


def _layout(workspace: str | os.PathLike[str] | WorkspaceLayout) -> WorkspaceLayout:
    layout = workspace if isinstance(workspace, WorkspaceLayout) else WorkspaceLayout(workspace)
    return layout.require()


__all__ = ["CopyResult", "copy_experiment", "list_experiments", "list_runs"]
