"""Runs a task whose folder is in no workspace: nothing is locked, recorded or marked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from xpm_cli import exit_codes
from xpm_cli.output import say


def run_alone(params: Path) -> int:
    """Run the task of a parameter file in this process; return the exit code.

    Args:
        params: the file; its folder is the task's.

    Raises:
        UserCodeError: the task raised.
    """
    from xpm_cli.user_errors import guarded
    from xpm_tasks.loading import read_json
    from xpm_tasks.parameters import load_task, run_task
    from xpm_tasks.runtime import set_runtime

    say(f"running {params}, outside of a workspace: nothing is recorded")
    set_runtime(_Alone(params.parent, Path(read_json(params).get("workspace") or params.parent)))
    os.chdir(params.parent)
    try:
        with guarded(f"the task of {params}", exit_code=exit_codes.FAILED, passing=(SystemExit,)):
            run_task(load_task(params))
    except SystemExit as leave:
        return exit_codes.DONE if leave.code in (None, 0) else exit_codes.FAILED
    finally:
        set_runtime(None)
    return exit_codes.DONE


class _Alone:
    """A `xpm_tasks.runtime.TaskRuntime` that keeps nothing."""

    def __init__(self, folder: Path, workspace: Path) -> None:
        self.taskdir = folder
        #: Where the task was submitted: what it needs may still be there.
        self.workspace = workspace
        self.tags: dict[str, Any] = {}

    def progress(self, level: int, value: float, desc: str | None) -> None:
        """Nobody listens."""

    def remaining_time(self) -> float | None:
        """No limit."""
        return None

    def register_output(self, key: str, payload: dict[str, Any]) -> None:
        """Nobody listens."""

    def stream_path(self, task_id: str, identifier: str, stream: str) -> Path:
        """The logs of other jobs are where they were."""
        from xpm_workspace.layout import WorkspaceLayout

        job = WorkspaceLayout(self.workspace).job(task_id, identifier)
        return job.stdout if stream == "stdout" else job.stderr
