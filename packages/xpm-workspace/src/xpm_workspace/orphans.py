"""Job folders that no kept run refers to, and what crashes left behind."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from xpm_workspace.copying import COPY_PREFIX
from xpm_workspace.errors import LocksUnsupported
from xpm_workspace.files import TEMPORARY_SUFFIX
from xpm_workspace.layout import ExperimentLayout, WorkspaceLayout
from xpm_workspace.locks import is_held
from xpm_workspace.process import ProcessRecord, hostname
from xpm_workspace.references import References, entries, job_folders, subfolders
from xpm_workspace.removal import TRASH_PREFIX, check_inside, remove_rest, remove_tree
from xpm_workspace.runs import ExperimentLock

#: What a process that is gone left behind is kept for so long: a container may only hide the process.
_KEPT_S = 60.0

#: The same where it cannot be known whether the process is gone: it is another machine's, or has a pid that
#: is used again.
_KEPT_ELSEWHERE_S = 86400.0


class Leftover(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be removed."""

    #: Where it is.
    path: Path
    #: What it is.
    what: str


def find_orphans(workspace: WorkspaceLayout) -> list[str]:
    """Return the ids of the job folders that no kept run refers to.

    Read from the files, not from the index. It may be wrong a moment later: whoever removes one asks again
    while holding its lock (`LocalController.clean_orphans`).
    """
    # The folders first: a job that is submitted meanwhile is either not in the list, or referred to.
    found = job_folders(workspace)
    references = References(workspace)
    references.refresh()
    return sorted(job_id for job_id in found if job_id not in references)


def find_leftovers(workspace: WorkspaceLayout, *, now: float | None = None) -> list[Leftover]:
    """Return what crashes left behind: temporary files, half-removed and half-copied folders, dead links.

    What belongs to a live process is left out: this may be called beside experiments that run.

    Args:
        workspace: where.
        now: seconds since the epoch, instead of the clock.
    """
    now = time.time() if now is None else now
    found = [leftover for leftover in _unfinished(workspace) if _is_abandoned(leftover.path, now)]
    for folder in subfolders(workspace.experiments_dir):
        experiment = workspace.experiment(folder.name)
        if not _is_being_run(experiment):
            found += _dead_links(experiment)
    return sorted(found, key=lambda leftover: leftover.path)


def remove_leftovers(workspace: WorkspaceLayout, leftovers: Iterable[Leftover]) -> list[Leftover]:
    """Remove them; return those that were.

    A dead link of an experiment that has been started meanwhile stays: its job may be about to run.
    """
    return [leftover for leftover in leftovers if _remove(workspace, leftover.path)]


def _remove(workspace: WorkspaceLayout, path: Path) -> bool:
    if path.name.startswith((TRASH_PREFIX, COPY_PREFIX)) and path.is_dir() and not path.is_symlink():
        check_inside(workspace, path)
        remove_rest(path)
        return True
    if not path.is_symlink():
        return remove_tree(workspace, path)
    experiment = workspace.experiment(path.relative_to(workspace.experiments_dir).parts[0])
    lock = ExperimentLock(experiment)
    if not lock.acquire():
        return False
    try:
        return not path.exists() and remove_tree(workspace, path)
    finally:
        lock.release()


def _is_being_run(experiment: ExperimentLayout) -> bool:
    try:
        return is_held(experiment.lock)
    except (LocksUnsupported, OSError):
        return True  # we cannot know


def _dead_links(experiment: ExperimentLayout) -> Iterator[Leftover]:
    for task in subfolders(experiment.jobs_dir):
        for link in entries(task):
            if link.is_symlink() and not link.exists():
                yield Leftover(path=link, what="link to a job that is gone")


def _unfinished(workspace: WorkspaceLayout) -> Iterator[Leftover]:
    """What has the name of something temporary."""
    tasks = subfolders(workspace.jobs_dir)
    places = [workspace.jobs_dir, *tasks, workspace.experiments_dir, workspace.state_dir]
    places += subfolders(workspace.tokens_dir)
    for experiment in subfolders(workspace.experiments_dir):
        places += [experiment, experiment / "runs", *subfolders(experiment / "runs")]
    for task in tasks:
        places += subfolders(task)
    for place in places:
        for entry in entries(place):
            if entry.name.startswith(TRASH_PREFIX):
                yield Leftover(path=entry, what="folder whose removal was cut short")
            elif entry.name.startswith(COPY_PREFIX):
                yield Leftover(path=entry, what="folder whose copy was cut short")
            elif entry.name.endswith(TEMPORARY_SUFFIX):
                yield Leftover(path=entry, what="temporary file")


def _is_abandoned(path: Path, now: float) -> bool:
    """Whether nobody will finish what has this name; the name says whose it is (`files.unique_mark`)."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    # A folder that is removed or copied has the time of another one.
    changed_at = max(found.st_mtime, found.st_ctime) if path.is_dir() else found.st_mtime
    owner, _, _number = path.name.removesuffix(TEMPORARY_SUFFIX).rpartition("-")
    owner, _, pid = owner.rpartition("-")
    ours = owner.endswith((f".{hostname()}", f"-{hostname()}")) and pid.isdecimal()
    gone = ours and ProcessRecord(pid=int(pid), host=hostname()).is_alive() is False
    return now - changed_at > (_KEPT_S if gone else _KEPT_ELSEWHERE_S)
