"""Copies an experiment, with its jobs, to another workspace of this machine."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from xpm_workspace.errors import UnknownExperiment, UnsafePath, WorkspaceError
from xpm_workspace.events import JobSubmitted
from xpm_workspace.files import unique_mark
from xpm_workspace.informations import RunInfo, change_informations, read_informations, run_order
from xpm_workspace.journal import follow
from xpm_workspace.layout import ExperimentLayout, JobLayout, WorkspaceLayout
from xpm_workspace.locks import is_held
from xpm_workspace.markers import read_marker
from xpm_workspace.names import is_job_id
from xpm_workspace.removal import tree_size
from xpm_workspace.runs import ExperimentLock, make_link, remove_links

#: Begins the name of a folder that is being copied; what a crash leaves behind is found by it.
COPY_PREFIX = ".xpm-copy-"


class CopyResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was copied, or would be."""

    #: Runs that were not there yet.
    runs: tuple[str, ...]
    #: Jobs whose folders were copied.
    jobs: tuple[str, ...]
    #: Jobs that were left alone, because the target has them (done, or copied before).
    present: tuple[str, ...]
    #: Jobs that were left out, because they have not ended well.
    unfinished: tuple[str, ...]
    #: Size of the job folders to copy.
    size_bytes: int


def copy_experiment(
    source: ExperimentLayout,
    target: WorkspaceLayout,
    *,
    run_id: str | None = None,
    unfinished: bool = False,
    perform: bool = False,
) -> CopyResult:
    """Copy runs of an experiment and the folders of their jobs.

    Job folders appear whole or not at all; a copy that was cut short goes on when it is made again.

    Args:
        source: the experiment.
        target: the other workspace; it is created if needed.
        run_id: this run only; by default all.
        unfinished: also copy jobs that have not ended well.
        perform: copy; otherwise only say what would be copied.

    Raises:
        UnknownExperiment: no such experiment or run.
        WorkspaceError: the experiment is being run, here or there, or the target is the same workspace.
    """
    info = read_informations(source)
    run_ids = sorted(info.runs, key=run_order) if run_id is None else [run_id]
    if not info.runs or any(run not in info.runs for run in run_ids):
        what = source.experiment_id if run_id is None else f"{source.experiment_id}, run {run_id}"
        raise UnknownExperiment(f"there is nothing to copy: {what}")
    if os.path.realpath(source.workspace.root) == os.path.realpath(target.root):
        raise WorkspaceError("source and target are the same workspace: give another one")
    if is_held(source.lock):
        raise WorkspaceError(f"{source.experiment_id} is being run: copy it when it has ended")
    to_copy, present, left_out = _sort_jobs(source, target, run_ids, unfinished)
    copy = target.experiment(source.experiment_id)
    # A copy that was cut short may have left the folder of a run that nothing knows of yet.
    known = read_informations(copy).runs if copy.informations.exists() else {}
    new_runs = [run for run in run_ids if run not in known]
    if perform:
        target.create()
        for job in to_copy:
            _copy_folder(job.path, target.job(job.task_id, job.identifier).path)
        with _locked(copy):
            _copy_runs(source, copy, {run: info.runs[run] for run in new_runs})
            _link_current(copy)
    return CopyResult(
        runs=tuple(new_runs),
        jobs=tuple(job.job_id for job in to_copy),
        present=tuple(present),
        unfinished=tuple(left_out),
        size_bytes=sum(tree_size(job.path) for job in to_copy),
    )


@contextlib.contextmanager
def _locked(copy: ExperimentLayout) -> Iterator[None]:
    """Keep schedulers away from the experiment in the target while it changes."""
    lock = ExperimentLock(copy)
    if not lock.acquire():
        raise WorkspaceError(
            f"{copy.experiment_id} is being run in {copy.workspace.root}: copy again when it has ended"
        )
    try:
        yield
    finally:
        lock.release()


def _sort_jobs(
    source: ExperimentLayout, target: WorkspaceLayout, run_ids: list[str], unfinished: bool
) -> tuple[list[JobLayout], list[str], list[str]]:
    to_copy, present, left_out = [], [], []
    for job_id in _jobs_of(source, run_ids):
        job = source.workspace.job_from_id(job_id)
        if not job.path.is_dir():
            continue
        if job.path.is_symlink():
            raise UnsafePath(f"{job.path} is a symbolic link; it is not copied")
        marker = read_marker(job)
        if target.job(job.task_id, job.identifier).path.exists():
            present.append(job_id)
        elif unfinished or (marker is not None and marker.state == "DONE"):
            to_copy.append(job)
        else:
            left_out.append(job_id)
    return to_copy, present, left_out


def _jobs_of(experiment: ExperimentLayout, run_ids: list[str]) -> list[str]:
    found: dict[str, None] = {}
    for run_id in run_ids:
        for events, _, _ in follow(experiment.run(run_id).jobs):
            found.update((event.job, None) for event in events if isinstance(event, JobSubmitted))
    return [job_id for job_id in found if is_job_id(job_id)]


def _copy_folder(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{COPY_PREFIX}{unique_mark()}")
    try:
        shutil.copytree(source, partial, symlinks=True)
        partial.rename(target)
    except OSError:
        if not target.exists():  # else another copy was faster
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _copy_runs(source: ExperimentLayout, copy: ExperimentLayout, runs: dict[str, RunInfo]) -> None:
    copy.runs_dir.mkdir(parents=True, exist_ok=True)
    for run_id in runs:
        if not copy.run(run_id).path.exists():
            _copy_folder(source.run(run_id).path, copy.run(run_id).path)

    def change(content: dict[str, Any]) -> None:
        for run_id, info in runs.items():
            content["runs"][run_id] = msgspec.to_builtins(info)
        content["current_run"] = max(content["runs"], key=run_order, default=None)

    change_informations(copy, change)


def _link_current(copy: ExperimentLayout) -> None:
    """Make the links to the jobs of the latest run, as its scheduler would have."""
    current = read_informations(copy).current_run
    remove_links(copy.jobs_dir)
    for job_id in _jobs_of(copy, [current] if current else []):
        job = copy.workspace.job_from_id(job_id)
        if job.path.is_dir():
            make_link(copy, job)
