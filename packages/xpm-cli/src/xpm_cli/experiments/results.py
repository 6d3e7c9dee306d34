"""`experimaestro experiments results`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from xpm_cli.completion import complete_experiments
from xpm_cli.output import print_json, print_table, shown_id
from xpm_cli.text import duration, size, tag
from xpm_cli.workspace_options import open_monitor, workspace_options

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command()
@workspace_options
@click.option("--csv", "format_", flag_value="csv", help="Print comma-separated values.")
@click.option("--json", "format_", flag_value="json", help="Print JSON.")
@click.option("--run", "run_id", metavar="RUN", help="This run instead of the current one.")
@click.argument("experiment", shell_complete=complete_experiments)
def results(experiment: str, run_id: str | None, format_: str | None) -> None:
    """Print the jobs of EXPERIMENT with a column per tag: outcome, duration, memory, folder.

    From Python, `xpm_workspace.results` gives the same, as a pandas DataFrame if wanted.
    """
    from xpm_workspace.results import COLUMNS, to_csv
    from xpm_workspace.results import results as read_results

    with open_monitor(experiment) as monitor:
        rows = read_results(monitor, experiment, run_id=run_id)
    if format_ == "json":
        print_json(rows)
    elif format_ == "csv":
        click.echo(to_csv(rows), nl=False)
    else:
        tags = [name for name in dict.fromkeys(n for row in rows for n in row) if name not in COLUMNS]
        print_table(["state", "job", *tags, "duration", "memory"], [_cells(row, tags) for row in rows])


def _cells(row: dict[str, Any], tags: Sequence[str]) -> list[str]:
    state = f"{row['state']}({row['reason']})" if row["reason"] else row["state"]
    values = ["" if row.get(name) is None else tag(row[name]) for name in tags]
    return [state, shown_id(row["job"]), *values, duration(row["duration_s"]), size(row["peak_memory_bytes"])]
