"""Reads what experimaestro 2.x left in a workspace; nothing of it is ever written.

Its job folders have the same layout, so that finished jobs are found like ours. Its experiments are in
`experiments/{id}/{run}/`; little is promised about their content, so that only what is there is listed: the
runs, their links to jobs, and a host name where one was recorded.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import msgspec

from xpm_workspace.informations import RunInfo
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.names import is_name

#: Status of its runs: what became of them is not known.
STATUS = "unknown"

#: Files that may tell the host of a run.
_DESCRIPTIONS = ("informations.json", "environment.json", "status.json")


def old_experiments(workspace: WorkspaceLayout) -> list[str]:
    """Return the ids of the experiments of 2.x."""
    return _names(workspace.old_experiments_dir)


def old_runs(workspace: WorkspaceLayout, experiment_id: str) -> dict[str, RunInfo]:
    """Return the runs of an experiment of 2.x."""
    folder = workspace.old_experiments_dir / experiment_id
    return {name: _describe(folder / name) for name in _names(folder)}


def old_jobs(workspace: WorkspaceLayout, experiment_id: str, run_id: str) -> list[str]:
    """Return the ids of the jobs that a run of 2.x links to."""
    jobs = workspace.old_experiments_dir / experiment_id / run_id / "jobs"
    found = []
    for task_id in _names(jobs):
        try:
            found += [f"{task_id}/{entry.name}" for entry in os.scandir(jobs / task_id) if entry.is_symlink()]
        except OSError:
            continue
    return sorted(found)


def old_signature(workspace: WorkspaceLayout, experiment_id: str) -> str:
    """Return something that changes when runs come or go; empty if 2.x has no such experiment."""
    try:
        return str(os.stat(workspace.old_experiments_dir / experiment_id).st_mtime_ns)
    except OSError:
        return ""


def _describe(folder: Path) -> RunInfo:
    found: dict[str, Any] = {}
    for name in _DESCRIPTIONS:
        try:
            content = msgspec.json.decode((folder / name).read_bytes())
        except (OSError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            continue
        for block in (content, content.get("run")) if isinstance(content, dict) else ():
            if isinstance(block, dict):
                found = {**block, **found}
    hostname = found.get("hostname")
    return RunInfo(
        hostname=hostname if isinstance(hostname, str) else None,
        started_at=_started_at(folder.name),
        status=STATUS,
    )


def _started_at(run_id: str) -> str | None:
    # Run ids of 2.x are times as well; of which zone is not said, and UTC is taken.
    stamp = re.match(r"(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)", run_id)
    return "{}-{}-{}T{}:{}:{}Z".format(*stamp.groups()) if stamp else None


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir() and is_name(entry.name))
    except OSError:
        return []
