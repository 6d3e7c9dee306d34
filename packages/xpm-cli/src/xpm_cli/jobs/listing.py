"""`experimaestro jobs list`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from xpm_cli.jobs.options import experiment_option, filter_option
from xpm_cli.output import json_option, print_json, print_table, shown_id, to_plain
from xpm_cli.text import duration, moment, tags
from xpm_cli.workspace_options import open_monitor, workspace_options

if TYPE_CHECKING:
    from xpm_workspace.layout import WorkspaceLayout
    from xpm_workspace.records import JobRecord


@click.command()
@workspace_options
@json_option
@filter_option
@experiment_option
@click.option("--tags", "show_tags", is_flag=True, help="Show the tags.")
@click.option("--fullpath", is_flag=True, help="Show the folders instead of the ids.")
@click.option("-c", "--count", type=click.IntRange(1), metavar="N", help="The N latest only.")
def list_jobs(
    filter_: str | None,
    experiment: str | None,
    show_tags: bool,
    fullpath: bool,
    count: int | None,
    as_json: bool,
) -> None:
    """List the jobs, the latest first.

    In a pipe: one line a job, separated by tabs: state, id, start, duration, progress, host, and the tags
    with --tags.
    """
    with open_monitor(experiment) as monitor:
        records = monitor.jobs(filter_, experiment_id=experiment, limit=count).jobs
    layout = monitor.workspace
    if as_json:
        print_json([{**to_plain(record), "path": _path(layout, record)} for record in records])
        return
    columns = ["state", "job", "started", "duration", "progress", "host"] + ["tags"] * show_tags
    shown = _path if fullpath else _id
    print_table(
        columns,
        (
            [
                str(record.status),
                shown(layout, record),
                moment(record.started_at),
                duration(record.duration_s),
                progress(record),
                record.host or "",
                *([tags(record.tags)] * show_tags),
            ]
            for record in records
        ),
    )


def progress(record: JobRecord) -> str:
    """Return how far the loops of a job that runs are: `50% 3%`."""
    return " ".join(f"{level.value:.0%}" for level in record.progress) if not record.state.final else ""


def _path(layout: WorkspaceLayout, record: JobRecord) -> str:
    return os.fspath(layout.job_from_id(record.job_id).path)


def _id(layout: WorkspaceLayout, record: JobRecord) -> str:
    return shown_id(record.job_id)
