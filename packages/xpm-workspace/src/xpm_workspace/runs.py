"""Runs of an experiment, as their scheduler writes them."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from xpm_workspace.errors import UnsafePath
from xpm_workspace.informations import RUN_STATUSES, change_informations, process_of
from xpm_workspace.journal_writer import JournalWriter
from xpm_workspace.layout import ExperimentLayout, JobLayout, RunLayout, WorkspaceLayout
from xpm_workspace.locks import FileLock, read_note
from xpm_workspace.process import ProcessRecord
from xpm_workspace.times import utc_iso, utc_stamp


class ExperimentLock(FileLock):
    """Held by the scheduler that runs an experiment: at most one at a time."""

    def __init__(self, experiment: ExperimentLayout) -> None:
        """Prepare the lock; the experiment's folder is made."""
        experiment.path.mkdir(parents=True, exist_ok=True)
        super().__init__(experiment.lock, note=json.dumps(ProcessRecord.of().to_dict()))

    def _open_locked(self, deadline: float | None) -> int | None:
        # Whoever deletes an experiment holds this lock, and takes the folder away under those who wait.
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        return super()._open_locked(deadline)

    def holder(self) -> ProcessRecord | None:
        """Return the process that took the lock last; it is the owner if `acquire` just failed."""
        try:
            fields = json.loads(read_note(self.path))
        except ValueError:
            return None
        return ProcessRecord.from_dict(fields) if isinstance(fields, dict) else None


class RunHandle:
    """One run, for the scheduler that runs it. Use it from one thread at a time."""

    def __init__(self, layout: RunLayout, hostname: str) -> None:
        #: Where its files are.
        self.layout = layout
        #: `YYYYMMDD_HHMMSS`, with `.1`, `.2` on a collision.
        self.run_id = layout.run_id
        #: The machine it was launched on.
        self.hostname = hostname
        self._journal = JournalWriter(layout.journal)
        self._jobs = JournalWriter(layout.jobs)
        self._task_folders: set[str] = set()

    def record_jobs(self, jobs: Iterable[Mapping[str, Any]]) -> None:
        """Append to `jobs.jsonl`; the fields of each are those of `events.JobSubmitted`."""
        self._jobs.append(*({"event": "job", **job} for job in jobs))

    def record_states(self, states: Iterable[Mapping[str, Any]]) -> None:
        """Append to the journal; the fields of each are those of `events.JobStateChanged`."""
        self._journal.append(*({"event": "job-state", **state} for state in states))

    def record(self, *events: Mapping[str, Any]) -> None:
        """Append any other event to the journal."""
        self._journal.append(*events)

    def link_job(self, job: JobLayout) -> None:
        """Make the symbolic link from the experiment to one of its jobs; no harm if it is there."""
        make_link(self.layout.experiment, job, new_folder=job.task_id not in self._task_folders)
        self._task_folders.add(job.task_id)

    def end(self, status: str) -> None:
        """Close the run.

        Args:
            status: `done`, `failed`, `detached` or `interrupted`.
        """
        if status not in RUN_STATUSES[1:]:
            raise ValueError(f"a run cannot end as {status!r}; one of {', '.join(RUN_STATUSES[1:])}")
        ended_at = utc_iso()
        self._journal.append({"event": "run-ended", "status": status, "at": ended_at})
        self.close()

        def change(content: dict[str, Any]) -> None:
            content["runs"].setdefault(self.run_id, {}).update(status=status, ended_at=ended_at)

        change_informations(self.layout.experiment, change)

    def close(self) -> None:
        """Close the files without ending the run."""
        self._journal.close()
        self._jobs.close()


def make_link(experiment: ExperimentLayout, job: JobLayout, *, new_folder: bool = True) -> None:
    """Make the symbolic link from an experiment to one of its jobs; no harm if it is there.

    Args:
        experiment: the experiment.
        job: the job.
        new_folder: whether the folder of the task may be missing.
    """
    link = experiment.link(job)
    if new_folder:
        link.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.symlink(experiment.link_target(job), link)


def create_run(workspace: WorkspaceLayout, experiment_id: str, hostname: str | None = None) -> RunHandle:
    """Start a run: its folder, its entry in `informations.json` with the host name, no links to jobs yet.

    The caller holds the `ExperimentLock`. Runs left open by schedulers that are gone are closed as
    `interrupted`.

    Args:
        workspace: where; it is created if needed.
        experiment_id: name of the experiment.
        hostname: recorded as the machine it was launched on; by default this one.

    Raises:
        InvalidName: the experiment's id cannot be a folder name.
        OSError: the workspace cannot be written.
    """
    workspace.create()
    experiment = workspace.experiment(experiment_id)
    process = ProcessRecord.of()
    hostname = hostname or process.host or ""
    layout = _make_run_folder(experiment)
    handle = RunHandle(layout, hostname)
    started_at = utc_iso()
    # The journal first: a run in `informations.json` always has one to recover from.
    handle.record({"event": "run-started", "hostname": hostname, "pid": process.pid, "at": started_at})

    def change(content: dict[str, Any]) -> None:
        _close_abandoned(experiment, content["runs"], process)
        content["current_run"] = layout.run_id
        content["runs"][layout.run_id] = {
            "hostname": hostname,
            "started_at": started_at,
            "ended_at": None,
            "status": "running",
            "pid": process.pid,
            "process": process.to_dict(),
        }

    change_informations(experiment, change)
    remove_links(experiment.jobs_dir)
    return handle


def _make_run_folder(experiment: ExperimentLayout) -> RunLayout:
    experiment.runs_dir.mkdir(parents=True, exist_ok=True)
    stamp = utc_stamp()
    for number in itertools.count():
        layout = experiment.run(stamp if number == 0 else f"{stamp}.{number}")
        try:
            layout.path.mkdir()  # whoever makes the folder owns the id
        except FileExistsError:
            continue
        layout.results.mkdir()
        return layout
    raise AssertionError("unreachable")


def _close_abandoned(experiment: ExperimentLayout, runs: dict[str, Any], present: ProcessRecord) -> None:
    for run_id, info in runs.items():
        if info.get("status") != "running":
            continue
        process = process_of(info)
        if process is not None and process.is_alive() and process.to_dict() != present.to_dict():
            continue  # it started its run without holding the experiment's lock; leave it alone
        info["status"] = "interrupted"
        with contextlib.suppress(OSError):
            info["ended_at"] = utc_iso(experiment.run(run_id).journal.stat().st_mtime)


def remove_links(jobs_dir: Path) -> None:
    """Remove the links of the earlier run; nothing but links and empty folders is ever removed."""
    if jobs_dir.is_symlink():
        raise UnsafePath(f"{jobs_dir} is a symbolic link; remove it")
    if not jobs_dir.is_dir():
        return
    for task_folder in os.scandir(jobs_dir):
        if not task_folder.is_dir(follow_symlinks=False):
            continue
        for entry in os.scandir(task_folder):
            if entry.is_symlink():
                os.unlink(entry)
        with contextlib.suppress(OSError):
            os.rmdir(task_folder)
