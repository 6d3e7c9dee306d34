"""Which jobs the runs of a workspace refer to, read from the files: what is not in here may be deleted."""

from __future__ import annotations

import os
from pathlib import Path

from xpm_workspace.events import JobStateChanged, JobSubmitted
from xpm_workspace.journal import follow
from xpm_workspace.layout import RunLayout, WorkspaceLayout
from xpm_workspace.names import is_job_id, is_name
from xpm_workspace.requests import live_run


class References:
    """The jobs that kept runs refer to: in their journals, by a link, or as a dependency.

    It grows with each `refresh`, which reads on where the last one stopped: what was referred to once may not
    be deleted by whoever asked.
    """

    def __init__(self, workspace: WorkspaceLayout) -> None:
        """Prepare; nothing is read yet."""
        self._workspace = workspace
        self._journals = _Journals()
        self._found: set[str] = set()

    def __contains__(self, job_id: object) -> bool:
        return job_id in self._found

    def refresh(self) -> None:
        """Take up what was written since the last time."""
        for folder in subfolders(self._workspace.experiments_dir):
            for run in subfolders(folder / "runs"):
                layout = self._workspace.experiment(folder.name).run(run.name)
                self._found |= self._journals.read(layout.jobs) | self._journals.read(layout.journal)
            self._found |= _linked(folder / "jobs")
        for folder in subfolders(self._workspace.old_experiments_dir):  # experimaestro 2.x
            for run in subfolders(folder):
                self._found |= _linked(run / "jobs") | self._journals.read(run / "jobs.jsonl")


class LiveReferences:
    """The jobs that runs with a live scheduler know."""

    def __init__(self, workspace: WorkspaceLayout) -> None:
        """Prepare; nothing is read yet."""
        self._workspace = workspace
        self._journals = _Journals()
        self._known: dict[RunLayout, set[str]] = {}

    def run_of(self, job_id: str) -> RunLayout | None:
        """Return a run that goes on and knows a job; `None` if there is none.

        A scheduler writes down its jobs before it looks at their folders: whoever holds the lock of a job and
        is told that nobody knows it may remove it.
        """
        for folder in subfolders(self._workspace.experiments_dir):
            run = live_run(self._workspace.experiment(folder.name))
            if run is None:
                continue
            known = self._known.setdefault(run, set())
            known |= self._journals.read(run.jobs)
            if job_id in known:
                return run
        return None


class _Journals:
    """Reads journals, and on where it stopped."""

    def __init__(self) -> None:
        self._cursors: dict[Path, str] = {}

    def read(self, journal: Path) -> set[str]:
        """Return the jobs that the new lines are about, and those that these need."""
        found: set[str] = set()
        for events, cursor, _ in follow(journal, self._cursors.get(journal, "")):
            self._cursors[journal] = cursor
            for event in events:
                if isinstance(event, (JobSubmitted, JobStateChanged)):
                    found.add(event.job)
                    if isinstance(event, JobSubmitted):
                        found.update(event.depends_on)
        return found


def job_folders(workspace: WorkspaceLayout) -> list[str]:
    """Return the ids of all jobs that have a folder, in no order."""
    found = (f"{task.name}/{job.name}" for task in subfolders(workspace.jobs_dir) for job in subfolders(task))
    return [job_id for job_id in found if is_job_id(job_id)]


def subfolders(folder: Path) -> list[Path]:
    """Return the folders in a folder whose names can be ids; none if it is not there."""
    return [entry for entry in entries(folder) if is_name(entry.name) and entry.is_dir()]


def entries(folder: Path) -> list[Path]:
    """Return what is in a folder; nothing if it is not there."""
    try:
        return [folder / name for name in os.listdir(folder)]
    except OSError:
        return []


def _linked(jobs_dir: Path) -> set[str]:
    return {f"{task.name}/{link.name}" for task in subfolders(jobs_dir) for link in entries(task)}
