"""`experimaestro experiments`: looking into the experiments of a workspace."""

from __future__ import annotations

import click

from xpm_cli.output import json_option, print_json, print_table
from xpm_cli.workspace_options import chosen_workspace, workspace_options


@click.group()
@workspace_options
def experiments() -> None:
    """List experiments and look into them."""


@experiments.command("list")
@workspace_options
@json_option
def list_experiments(as_json: bool) -> None:
    """List the experiments: name, host of the current run, jobs done."""
    from xpm_workspace.monitor import LocalMonitor

    with LocalMonitor(chosen_workspace().layout) as monitor:
        records = monitor.experiments()
    if as_json:
        print_json(records)
        return
    for record in records:
        host = f" [{record.hostname}]" if record.hostname else ""
        click.echo(f"{record.experiment_id}{host} ({record.jobs.done}/{record.jobs.total} jobs)")


@experiments.command()
@workspace_options
@json_option
@click.argument("experiment")
def runs(experiment: str, as_json: bool) -> None:
    """List the runs of EXPERIMENT, the latest first."""
    from xpm_workspace.monitor import LocalMonitor

    with LocalMonitor(chosen_workspace().layout) as monitor:
        records = monitor.runs(experiment)
    if as_json:
        print_json(records)
        return
    print_table(
        ("run", "host", "status", "started", "jobs"),
        [
            (
                record.run_id,
                record.hostname or "",
                record.status,
                f"{record.started_at:%Y-%m-%d %H:%M:%S}" if record.started_at else "",
                f"{record.jobs.done}/{record.jobs.total}",
            )
            for record in records
        ],
    )


@experiments.command()
@workspace_options
@click.option("--full", is_flag=True, help="Forget the index and build it again.")
def sync(full: bool) -> None:
    """Bring the index up to date with the files of the workspace."""
    from xpm_workspace.index.indexer import Indexer

    layout = chosen_workspace().layout.require()
    indexer = Indexer.open(layout)
    if indexer is None:
        raise click.ClickException("another process keeps the index up to date; nothing to do")
    with indexer:
        indexer.sync(full=full, deep=True)
    click.echo(f"index of {layout.root} is up to date", err=True)
