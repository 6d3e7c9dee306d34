"""Writes down what happens in a run: first the journal, which is the truth, then the index, made from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from xpm_scheduler.events import Change
from xpm_scheduler.index_feeder import IndexFeeder
from xpm_scheduler.job import Job

if TYPE_CHECKING:
    from xpm_workspace.runs import RunHandle


class RunRecorder:
    """The `driver.Recorder` of a real run."""

    def __init__(self, run: RunHandle, index: IndexFeeder) -> None:
        self._run = run
        self._index = index

    def jobs(self, jobs: Iterable[Job]) -> None:
        """Append the submitted jobs to `jobs.jsonl`, and link them from the experiment's folder."""
        jobs = list(jobs)
        self._run.record_jobs(
            {
                "job": job.job_id,
                "tags": dict(job.tags),
                "depends_on": list(job.plan.depends_on),
                "transient": job.submission.transient.name,
                "launcher": job.launcher.name,
            }
            for job in jobs
        )
        for job in jobs:
            self._run.link_job(job.layout)
        self._index.changed()

    def changes(self, changes: tuple[Change, ...]) -> None:
        """Append the changes to the run's journal."""
        self._run.record_states(
            {
                "job": change.job_id,
                "state": change.status.state.value,
                "reason": None if change.status.reason is None else change.status.reason.value,
                "transition": change.event.value,
                "attempt": change.attempt,
            }
            for change in changes
        )
        self._index.changed()
