"""Finished jobs whose classes were renamed since: where they are, and where experiments look for them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from xpm_tasks import Config, LoadError, from_task_dir
from xpm_tasks.errors import XpmTasksError
from xpm_tasks.identifier import compute, compute_original
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.locks import FileLock
from xpm_workspace.markers import read_marker
from xpm_workspace.names import is_name


@dataclass(frozen=True, kw_only=True)
class RenamedJob:
    """A finished job whose task has another name or identifier today, because a class was deprecated."""

    #: Where its folder was found.
    old: JobLayout
    #: Where experiments look for it today.
    new: JobLayout
    #: Why it was left where it is; empty when it was moved, or can be.
    problem: str = ""


def fix_deprecated(
    workspace: str | os.PathLike[str] | WorkspaceLayout,
    fix: bool = False,
    cleanup: bool = False,
    *,
    unreadable: Callable[[JobLayout, str], None] = lambda job, problem: None,
) -> list[RenamedJob]:
    """Find finished jobs of classes that were deprecated since, and put them where experiments look for them.

    Only jobs whose identifier is still understood are touched: the one that their parameters had before any
    deprecation must be that of their folder. A task that uses the output of a task that was renamed is one
    that cannot be found so.

    Args:
        workspace: its folder.
        fix: move the folders, and leave a link in the old place, so that paths in other files stay good;
            otherwise nothing is changed.
        cleanup: leave no link in the old place.
        unreadable: called with a job that was left out, and why: its class is gone, or has changed too much.

    Returns:
        The jobs found.

    Raises:
        NotAWorkspace: there is no workspace.
    """
    layout = workspace if isinstance(workspace, WorkspaceLayout) else WorkspaceLayout(workspace)
    found = []
    for old in _job_folders(layout.require()):
        try:
            renamed = _renamed(old)
        except (LoadError, XpmTasksError) as error:
            unreadable(old, str(error))
            continue
        if renamed is not None and fix and not renamed.problem:
            renamed = _move(renamed, keep_link=not cleanup)
        if renamed is not None:
            found.append(renamed)
    return found


def _job_folders(workspace: WorkspaceLayout) -> Iterator[JobLayout]:
    """The folders of jobs, in order; not the links that an earlier call left."""
    with suppress(FileNotFoundError):
        for task in sorted(e.name for e in os.scandir(workspace.jobs_dir) if is_name(e.name) and e.is_dir()):
            for job in sorted(os.scandir(workspace.jobs_dir / task), key=lambda entry: entry.name):
                if is_name(job.name) and job.is_dir(follow_symlinks=False):
                    yield workspace.job(task, job.name)


def _renamed(old: JobLayout) -> RenamedJob | None:
    marker = read_marker(old)
    if marker is None or marker.state != "DONE":
        return None
    task = from_task_dir(old.path)
    identifier, original = compute(task).hex(), compute_original(task).hex()
    task_id = _task_id_of(task)
    if original != old.identifier or (task_id, identifier) == (old.task_id, old.identifier):
        return None
    new = old.workspace.job(task_id, identifier)
    problem = "there is a folder already" if os.path.lexists(new.path) else ""
    return RenamedJob(old=old, new=new, problem=problem)


def _task_id_of(task: Config) -> str:
    """The name of the type that a task has today: that of what it converts to, if it does."""
    info = task.__xpmtype__
    if info.deprecation is not None and info.deprecation.converts:
        return _task_id_of(info.deprecation.convert(task))
    return info.identifier


def _move(renamed: RenamedJob, *, keep_link: bool) -> RenamedJob:
    old, new = renamed.old, renamed.new
    old.create()
    lock = FileLock(old.lock)
    if not lock.acquire():
        return RenamedJob(old=old, new=new, problem="a process holds its lock")
    try:
        new.path.parent.mkdir(parents=True, exist_ok=True)
        if old.name != new.name:
            # Before the folder moves: a job that is found without its marker would run again.
            for source, target in ((old.stdout, new.stdout), (old.stderr, new.stderr), (old.done, new.done)):
                if source.exists():
                    shutil.copy2(source, old.path / target.name)
        os.rename(old.path, new.path)
        if keep_link:
            old.path.symlink_to(os.path.relpath(new.path, old.path.parent))
    finally:
        lock.release()
    return renamed
