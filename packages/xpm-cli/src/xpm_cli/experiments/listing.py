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

#: Values of one tag that a line shows.
_SHOWN_VALUES = 12


@click.command()
@workspace_options
@json_option
@click.option("--tags", "show_tags", is_flag=True, help="Show the tags of their jobs.")
@click.option("--filter", "filter_", metavar="FILTER", help="Those with a job that fits, in the current run.")
def list_experiments(show_tags: bool, filter_: str | None, as_json: bool) -> None:
    """List the experiments: name, host of the current run, jobs done."""
    with open_monitor() as monitor:
        records = [record for record in monitor.experiments() if _fits(monitor, record, filter_)]
        tags = [monitor.tag_values(record.experiment_id) if show_tags else {} for record in records]
    if as_json:
        print_json(
            [
                {**to_plain(r), **({"tags": t} if show_tags else {})}
                for r, t in zip(records, tags, strict=True)
            ]
        )
        return
    for record, values in zip(records, tags, strict=True):
        click.echo(visible(_line(record) + _words(values)))


def _line(record: ExperimentRecord) -> str:
    host = f" [{record.hostname}]" if record.hostname else ""
    return f"{record.experiment_id}{host} ({record.jobs.done}/{record.jobs.total} jobs)"


def _fits(monitor: LocalMonitor, record: ExperimentRecord, filter_: str | None) -> bool:
    if not filter_:
        return True
    return bool(monitor.jobs(filter_, experiment_id=record.experiment_id, order="id", limit=1).jobs)


def _words(tags: dict[str, list[Any]]) -> str:
    """The tags with their values, of which a line has room for some only."""
    return "".join(
        f" {name}={','.join(map(tag, values[:_SHOWN_VALUES]))}"
        + (f",... ({len(values)})" if len(values) > _SHOWN_VALUES else "")
        for name, values in tags.items()
    )
