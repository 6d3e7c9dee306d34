"""`experimaestro experiments info`."""

from __future__ import annotations

import click

from xpm_cli.completion import complete_experiments
from xpm_cli.output import json_option, print_json, print_pairs, to_plain
from xpm_cli.text import duration, moment
from xpm_cli.workspace_options import open_monitor, workspace_options


@click.command()
@workspace_options
@json_option
@click.option("--run", "run_id", metavar="RUN", help="This run instead of the current one.")
@click.argument("experiment", shell_complete=complete_experiments)
def info(experiment: str, run_id: str | None, as_json: bool) -> None:
    """Show a run of EXPERIMENT: its jobs by state, and what it ran with."""
    from xpm_workspace.errors import UnknownExperiment
    from xpm_workspace.run_environment import describe_environment, read_environment

    with open_monitor(experiment) as monitor:
        records = monitor.runs(experiment)
    wanted = records if run_id is None else [r for r in records if r.run_id == run_id]
    if not wanted:
        raise UnknownExperiment(
            f"{experiment} has no run" + (f" {run_id!r}" if run_id else "") + "; see `experiments runs`"
        )
    record = wanted[0]  # the latest comes first
    layout = monitor.workspace.experiment(experiment).run(record.run_id)
    environment = read_environment(layout)
    if as_json:
        print_json({**to_plain(record), "path": str(layout.path), "environment": environment})
        return
    states = [f"{number} {state}" for state, number in to_plain(record.jobs).items() if number]
    print_pairs(
        [
            ("experiment", experiment),
            ("run", record.run_id),
            ("status", record.status),
            ("started", moment(record.started_at)),
            ("duration", duration(record.duration_s)),
            ("host", record.hostname or ""),
            ("jobs", ", ".join(states)),
            ("folder", str(layout.path)),
            *describe_environment(environment or {}),
        ]
    )
