"""`experimaestro jobs info`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from xpm_cli.jobs.listing import progress
from xpm_cli.jobs.options import job_argument
from xpm_cli.output import json_option, print_json, print_pairs, to_plain
from xpm_cli.text import duration, moment, size, tags
from xpm_cli.workspace_options import open_monitor, workspace_options

if TYPE_CHECKING:
    from xpm_workspace.layout import JobLayout
    from xpm_workspace.parameters import Line
    from xpm_workspace.records import JobRecord


@click.command()
@workspace_options
@json_option
@job_argument
def info(job_id: str, as_json: bool) -> None:
    """Show all that is known about a job: state, times, parameters, what it needs, who knows it."""
    with open_monitor() as monitor:
        record = monitor.job(monitor.find_job(job_id))
        runs = monitor.memberships(record.job_id)
        needed_by = monitor.dependents(record.job_id)
    layout = monitor.job_layout(record.job_id)
    parameters, problem = _parameters(layout)
    if as_json:
        print_json(
            {
                **to_plain(record),
                "path": os.fspath(layout.path),
                "runs": [{"experiment_id": experiment, "run_id": run} for experiment, run in runs],
                "needed_by": needed_by,
                "parameters": {line.path: line.value for line in parameters},
            }
        )
        return
    print_pairs(
        [
            *_facts(record, layout),
            *(("run", f"{experiment} {run}") for experiment, run in runs),
            *(("needs", needed) for needed in record.depends_on),
            *(("needed by", other) for other in needed_by),
            *((f"parameters.{line.path}", line.value) for line in parameters),
            ("parameters", problem),
        ]
    )


def _facts(record: JobRecord, layout: JobLayout) -> list[tuple[str, str]]:
    return [
        ("job", record.job_id),
        ("state", str(record.status)),
        ("message", record.message or ""),
        ("exit code", "" if record.exit_code is None else str(record.exit_code)),
        ("tags", tags(record.tags)),
        ("launcher", record.launcher or ""),
        ("host", record.host or ""),
        ("submitted", moment(record.submitted_at)),
        ("started", moment(record.started_at)),
        ("ended", moment(record.ended_at)),
        ("duration", duration(record.duration_s)),
        ("progress", progress(record)),
        ("tries", str(record.attempts) if record.attempts > 1 else ""),
        ("memory", size(record.peak_memory_bytes)),
        ("processor", duration(record.cpu_time_s)),
        ("folder", os.fspath(layout.path) if record.folder else ""),
        ("output", os.fspath(layout.stdout) if layout.stdout.exists() else ""),
        ("errors", os.fspath(layout.stderr) if layout.stderr.exists() else ""),
    ]


def _parameters(layout: JobLayout) -> tuple[list[Line], str]:
    """The parameters; or why they cannot be shown, which is no reason not to show the rest."""
    from xpm_tasks.errors import LoadError
    from xpm_workspace.parameters import lines, read_parameters

    if not layout.params.exists():
        return [], ""
    try:
        return list(lines(read_parameters(layout))), ""
    except LoadError as error:
        return [], str(error)
