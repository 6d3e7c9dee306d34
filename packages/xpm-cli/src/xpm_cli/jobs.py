"""`experimaestro jobs`: looking into the jobs of a workspace."""

from __future__ import annotations

import shutil
import sys

import click

from xpm_cli.output import json_option, print_json, print_table
from xpm_cli.workspace_options import chosen_workspace, workspace_options


@click.group()
@workspace_options
def jobs() -> None:
    """List jobs and look into them."""


@jobs.command("list")
@workspace_options
@json_option
@click.option("--experiment", metavar="ID", help="Only the jobs of its current run.")
@click.option("--tags", "show_tags", is_flag=True, help="Show the tags.")
@click.option("--fullpath", is_flag=True, help="Show the folders.")
@click.option("-c", "--count", type=click.IntRange(1), metavar="N", help="The N latest only.")
def list_jobs(
    experiment: str | None, show_tags: bool, fullpath: bool, count: int | None, as_json: bool
) -> None:
    """List the jobs, the latest first: state, id, host."""
    from xpm_workspace.monitor import LocalMonitor

    layout = chosen_workspace().layout
    with LocalMonitor(layout) as monitor:
        records = monitor.jobs(experiment_id=experiment, limit=count).jobs
    if as_json:
        print_json(records)
        return
    columns = ["state", "job"] + ["tags"] * show_tags
    rows = []
    for record in records:
        job = str(layout.job_from_id(record.job_id).path) if fullpath else record.job_id
        tags = " ".join(f"{name}={value}" for name, value in sorted(record.tags.items()))
        rows.append([str(record.status), job] + [tags] * show_tags)
    print_table(columns, rows)


@jobs.command()
@workspace_options
@click.argument("job_id", metavar="JOBID")
def path(job_id: str) -> None:
    """Print the folder of a job; the beginning of its id is enough."""
    from xpm_workspace.monitor import LocalMonitor

    layout = chosen_workspace().layout
    with LocalMonitor(layout) as monitor:
        click.echo(layout.job_from_id(monitor.find_job(job_id)).path)


@jobs.command()
@workspace_options
@click.option("--std", type=click.Choice(["out", "err"]), default="out", help="Which stream.")
@click.argument("job_id", metavar="JOBID")
def log(job_id: str, std: str) -> None:
    """Print what a job printed; the beginning of its id is enough."""
    from xpm_workspace.monitor import LocalMonitor

    layout = chosen_workspace().layout
    with LocalMonitor(layout) as monitor:
        job = layout.job_from_id(monitor.find_job(job_id))
    file = job.stdout if std == "out" else job.stderr
    try:
        with open(file, "rb") as content:
            sys.stdout.flush()
            shutil.copyfileobj(content, sys.stdout.buffer)
    except FileNotFoundError:
        raise click.ClickException(f"{job.job_id} has printed nothing yet ({file} is not there)") from None
