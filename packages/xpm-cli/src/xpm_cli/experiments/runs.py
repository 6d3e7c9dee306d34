"""`experimaestro experiments runs`."""

from __future__ import annotations

import click

from xpm_cli.completion import complete_experiments
from xpm_cli.output import json_option, print_json, print_table, to_plain
from xpm_cli.text import duration, moment
from xpm_cli.workspace_options import open_monitor, workspace_options


@click.command()
@workspace_options
@json_option
@click.argument("experiment", shell_complete=complete_experiments)
def runs(experiment: str, as_json: bool) -> None:
    """List the runs of EXPERIMENT, the latest first.

    With --json, each comes with what it ran with: Python, packages, state of the repositories.
    """
    with open_monitor(experiment) as monitor:
        records = monitor.runs(experiment)
    if as_json:
        from xpm_workspace.run_environment import read_environment

        layout = monitor.workspace.experiment(experiment)
        print_json([{**to_plain(r), "environment": read_environment(layout.run(r.run_id))} for r in records])
        return
    print_table(
        ("run", "host", "status", "started", "jobs", "duration"),
        [
            (
                record.run_id,
                record.hostname or "",
                record.status,
                moment(record.started_at),
                f"{record.jobs.done}/{record.jobs.total}",
                duration(record.duration_s),
            )
            for record in records
        ],
    )
