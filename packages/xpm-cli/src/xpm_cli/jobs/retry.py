"""`experimaestro jobs retry`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from xpm_cli.jobs.acting import act, acting_command

if TYPE_CHECKING:
    from xpm_workspace.records import JobRecord


@click.command()
@acting_command
def retry(
    job_ids: tuple[str, ...], filter_: str | None, experiment: str | None, perform: bool, as_json: bool
) -> int:
    """Have failed jobs run again: now if their experiment is running, else the next time it does."""
    return act(
        lambda controller, jobs, perform: controller.retry(jobs, perform=perform),
        fitting=_has_failed,
        job_ids=job_ids,
        filter_=filter_,
        experiment=experiment,
        perform=perform,
        as_json=as_json,
    )


def _has_failed(job: JobRecord) -> bool:
    """By itself: those that only missed another job run again when that one is done."""
    return job.status.reason is not None and job.status.reason.value != "DEPENDENCY"
