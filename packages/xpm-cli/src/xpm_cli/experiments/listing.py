"""`experimaestro experiments list`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from xpm_cli.output import json_option, print_json, to_plain
from xpm_cli.text import tag, visible
from xpm_cli.workspace_options import open_monitor, workspace_options

if TYPE_CHECKING:
    from xpm_workspace.monitor import LocalMonitor
    from xpm_workspace.records import ExperimentRecord


@click.command()
@workspace_options
@json_option
@click.option("--tags", "show_tags", is_flag=True, help="Show the tags of their jobs.")
@click.option("--filter", "filter_", metavar="FILTER", help="Those with a job that fits, in the current run.")
def list_experiments(show_tags: bool, filter_: str | None, as_json: bool) -> None:
    """List the experiments: name, host of the current run, jobs done."""
    with open_monitor() as monitor:
        records = [record for record in monitor.experiments() if _fits(monitor, record, filter_)]
        tags = [_tags(monitor, record) if show_tags else {} for record in records]
    if as_json:
        print_json(
            [
                {**to_plain(r), **({"tags": t} if show_tags else {})}
                for r, t in zip(records, tags, strict=True)
            ]
        )
        return
    for record, values in zip(records, tags, strict=True):
        click.echo(visible(_line(record) + "".join(f" {n}={','.join(v)}" for n, v in values.items())))


def _line(record: ExperimentRecord) -> str:
    host = f" [{record.hostname}]" if record.hostname else ""
    return f"{record.experiment_id}{host} ({record.jobs.done}/{record.jobs.total} jobs)"


def _fits(monitor: LocalMonitor, record: ExperimentRecord, filter_: str | None) -> bool:
    if not filter_:
        return True
    return bool(monitor.jobs(filter_, experiment_id=record.experiment_id, order="id", limit=1).jobs)


def _tags(monitor: LocalMonitor, record: ExperimentRecord) -> dict[str, list[Any]]:
    """The values of each tag in the current run."""
    values: dict[str, set[str]] = {}
    if record.run is not None:
        for job in monitor.jobs(experiment_id=record.experiment_id, limit=None).jobs:
            for name, value in job.tags.items():
                values.setdefault(name, set()).add(tag(value))
    return {name: sorted(found) for name, found in sorted(values.items())}
