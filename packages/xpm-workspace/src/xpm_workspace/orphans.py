"""Job folders that no kept run refers to, and what crashes left behind."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from xpm_workspace.events import JobStateChanged, JobSubmitted
from xpm_workspace.files import TEMPORARY_SUFFIX
from xpm_workspace.journal import follow
from xpm_workspace.layout import WorkspaceLayout, is_name
from xpm_workspace.removal import TRASH_PREFIX, remove_tree


class Leftover(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be removed."""

    #: Where it is.
    path: Path
    #: What it is.
    what: str


def referenced_jobs(workspace: WorkspaceLayout) -> set[str]:
    """Return the ids of the jobs that some kept run refers to: in its journals, by a link, or as a
    dependency.

    Read from the files, not from the index: what is not in here may be deleted.
    """
    found: set[str] = set()
    for folder in _subfolders(workspace.experiments_dir):
        for run in _subfolders(folder / "runs"):
            layout = workspace.experiment(folder.name).run(run.name)
            for path in (layout.jobs, layout.journal):
                found |= _mentioned(path)
        found |= _linked(folder / "jobs")
    for folder in _subfolders(workspace.old_experiments_dir):  # experimaestro 2.x
        for run in _subfolders(folder):
            found |= _linked(run / "jobs") | _mentioned(run / "jobs.jsonl")
    return found


def find_orphans(workspace: WorkspaceLayout) -> list[str]:
    """Return the ids of the job folders that no kept run refers to."""
    referenced = referenced_jobs(workspace)
    found = []
    for task in _subfolders(workspace.jobs_dir):
        for job in _subfolders(task):
            job_id = f"{task.name}/{job.name}"
            if job_id not in referenced:
                found.append(job_id)
    return sorted(found)


def find_leftovers(workspace: WorkspaceLayout) -> list[Leftover]:
    """Return what crashes left behind: temporary files, half-removed folders, links to jobs that are gone."""
    return sorted(_leftovers(workspace), key=lambda leftover: leftover.path)


def remove_leftovers(workspace: WorkspaceLayout, leftovers: Iterable[Leftover]) -> None:
    """Remove them."""
    for leftover in leftovers:
        remove_tree(workspace, leftover.path)


def _leftovers(workspace: WorkspaceLayout) -> Iterator[Leftover]:
    places = [workspace.jobs_dir, *_subfolders(workspace.jobs_dir), workspace.experiments_dir]
    for experiment in _subfolders(workspace.experiments_dir):
        places += [experiment, experiment / "runs", *_subfolders(experiment / "runs")]
        for task in _subfolders(experiment / "jobs"):
            for link in _entries(task):
                if link.is_symlink() and not link.exists():
                    yield Leftover(path=link, what="link to a job that is gone")
    for task in _subfolders(workspace.jobs_dir):
        places += _subfolders(task)
    for place in places:
        for entry in _entries(place):
            if entry.name.startswith(TRASH_PREFIX):
                yield Leftover(path=entry, what="folder whose removal was cut short")
            elif entry.name.endswith(TEMPORARY_SUFFIX):
                yield Leftover(path=entry, what="temporary file")


def _mentioned(journal: Path) -> set[str]:
    found: set[str] = set()
    for events, _, _ in follow(journal):
        for event in events:
            if isinstance(event, (JobSubmitted, JobStateChanged)):
                found.add(event.job)
                if isinstance(event, JobSubmitted):
                    found.update(event.depends_on)
    return found


def _linked(jobs_dir: Path) -> set[str]:
    return {f"{task.name}/{link.name}" for task in _subfolders(jobs_dir) for link in _entries(task)}


def _entries(folder: Path) -> list[Path]:
    try:
        return [folder / name for name in os.listdir(folder)]
    except OSError:
        return []


def _subfolders(folder: Path) -> list[Path]:
    return [entry for entry in _entries(folder) if is_name(entry.name) and entry.is_dir()]
