"""Folders of jobs that were only needed on the way (`TransientMode.REMOVE`) go when nobody reads them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

from xpm_scheduler import job_folder
from xpm_scheduler.job import Job
from xpm_tasks.submission import TransientMode
from xpm_workspace.errors import WorkspaceError
from xpm_workspace.events import JobSubmitted
from xpm_workspace.informations import read_informations
from xpm_workspace.journal import read_events
from xpm_workspace.layout import ExperimentLayout, JobLayout, RunLayout
from xpm_workspace.lifecycle import JobState
from xpm_workspace.locks import is_held
from xpm_workspace.references import subfolders

logger = logging.getLogger("xpm.scheduler")


def remove_transient(jobs: Iterable[Job], experiment: ExperimentLayout) -> list[str]:
    """Remove the folders that an experiment does not need any more; its run has ended.

    Of several experiments that share such a job and end together, each sees the others' runs ended once its
    own is: the last one removes the folder.

    Args:
        jobs: the jobs of the experiment.
        experiment: the experiment.

    Returns:
        The ids of the jobs whose folders are gone.
    """
    removed = []
    for job in jobs:
        if job.submission.transient is not TransientMode.REMOVE or job.state is not JobState.DONE:
            continue
        try:
            if job_folder.remove(job.layout, is_read=lambda job=job: _is_read(job.layout, experiment)):  # type: ignore[misc]
                removed.append(job.job_id)
        except (OSError, WorkspaceError) as error:
            logger.warning("%s: its folder cannot be removed: %s", job.short_id, error)
    return removed


def _is_read(job: JobLayout, mine: ExperimentLayout) -> bool:
    """Whether another experiment that is alive asked for the job, or a job that needs it runs."""
    for run, alive in _other_runs(mine):
        for submitted in _submitted(run):
            if job.job_id in submitted.depends_on:
                if alive or _runs(job.workspace.job_from_id(submitted.job)):
                    return True
            elif alive and submitted.job == job.job_id:
                return True
    return False


def _runs(job: JobLayout) -> bool:
    """Whether a job runs; one that is done reads nothing more, even if its process has not quite ended."""
    return not job.done.exists() and job_folder.runs_elsewhere(job)


def _other_runs(mine: ExperimentLayout) -> Iterator[tuple[RunLayout, bool]]:
    """The last runs of the other experiments, and whether their schedulers still run them."""
    for folder in subfolders(mine.workspace.experiments_dir):
        if folder.name == mine.experiment_id:
            continue
        experiment = mine.workspace.experiment(folder.name)
        known = read_informations(experiment)
        if known.current_run in known.runs:
            running = known.runs[known.current_run].status == "running"
            yield experiment.run(known.current_run), running and is_held(experiment.lock)


def _submitted(run: RunLayout) -> Iterator[JobSubmitted]:
    try:
        events, _ = read_events(run.jobs)
    except FileNotFoundError:
        return
    yield from (event for event in events if isinstance(event, JobSubmitted))
