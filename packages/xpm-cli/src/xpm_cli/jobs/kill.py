"""`experimaestro jobs kill`."""

from __future__ import annotations

import click

from xpm_cli.jobs.acting import act, acting_command


@click.command()
@acting_command
def kill(
    job_ids: tuple[str, ...], filter_: str | None, experiment: str | None, perform: bool, as_json: bool
) -> int:
    """Stop jobs that run, and keep those that wait from starting.

    They are asked to leave first, and forced to after some seconds. A job of another machine is stopped by
    its scheduler.
    """
    return act(
        lambda controller, jobs, perform: controller.kill(jobs, perform=perform),
        fitting=lambda job: not job.state.final and job.state.value != "UNSCHEDULED",
        job_ids=job_ids,
        filter_=filter_,
        experiment=experiment,
        perform=perform,
        as_json=as_json,
    )
