"""Loading the task of a job folder; finding results again after classes were renamed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from xpm_tasks import from_task_dir
from xpm_workspace.renamed import RenamedJob, fix_deprecated


def load_job(path: str | os.PathLike[str], *, as_instance: bool = False) -> Any:
    """Load the task whose job ran in a folder.

    Args:
        path: the folder, or its `params.json`.
        as_instance: make the instance instead of the configuration.

    Raises:
        LoadError: it is not the folder of a job.
    """
    folder = Path(path)
    return from_task_dir(folder.parent if folder.name == "params.json" else folder, as_instance=as_instance)


__all__ = ["RenamedJob", "fix_deprecated", "load_job"]
