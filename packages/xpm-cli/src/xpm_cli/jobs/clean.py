"""`experimaestro jobs clean`."""

from __future__ import annotations

import click

from xpm_cli.jobs.acting import act, acting_command


@click.command()
@acting_command
def clean(
    job_ids: tuple[str, ...], filter_: str | None, experiment: str | None, perform: bool, as_json: bool
) -> int:
    """Remove the folders of jobs, with all that they made; those that run are left alone.

    A job whose folder is gone runs again when an experiment needs it.
    """
    return act(
        lambda controller, jobs, perform: controller.clean(jobs, perform=perform),
        fitting=lambda job: job.folder and not job.state.active,
        job_ids=job_ids,
        filter_=filter_,
        experiment=experiment,
        perform=perform,
        as_json=as_json,
    )
