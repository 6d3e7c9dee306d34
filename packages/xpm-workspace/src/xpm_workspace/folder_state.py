"""Where a job stands, from its folder alone: for those who have nothing but a path."""

from __future__ import annotations

import os
from pathlib import Path

from xpm_workspace.lifecycle import JobState
from xpm_workspace.locks import is_held
from xpm_workspace.names import JobFiles
from xpm_workspace.process import ProcessRecord


def state_of_folder(folder: str | os.PathLike[str], name: str) -> JobState:
    """Return the state that a job folder tells: its markers first, then its lock, then its process.

    What only a scheduler knows (that the job waits, or was resubmitted) is not in the folder; `LocalMonitor`
    and `experiment` have the whole truth.

    Args:
        folder: the job's folder, wherever it is; it may be absent.
        name: last part of the task id, which its files are named after.

    Returns:
        `DONE`, `ERROR` (also for a process that is gone without a marker), `RUNNING` (also for a process on
        another machine), or `UNSCHEDULED` where nothing says that the job was ever started.
    """
    path, names = Path(folder), JobFiles(name)
    if (path / names.done).exists():
        return JobState.DONE
    if (path / names.failed).exists():
        return JobState.ERROR
    if is_held(path / names.lock):
        return JobState.RUNNING
    record = ProcessRecord.read(path / names.pid)
    if record is None:
        return JobState.UNSCHEDULED
    if record.is_alive() is not False:
        return JobState.RUNNING
    # The process may have ended well since the first look: its marker is its last act.
    return JobState.DONE if (path / names.done).exists() else JobState.ERROR
