"""`experimaestro jobs path`."""

from __future__ import annotations

import click

from xpm_cli.jobs.options import job_argument
from xpm_cli.output import print_path
from xpm_cli.workspace_options import open_monitor, workspace_options


@click.command()
@workspace_options
@job_argument
def path(job_id: str) -> None:
    """Print the folder of a job; the beginning of its id is enough."""
    with open_monitor() as monitor:
        print_path(monitor.job_layout(monitor.find_job(job_id)).path)
