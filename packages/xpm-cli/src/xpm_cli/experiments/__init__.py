"""`experimaestro experiments`: looking into the experiments of a workspace."""

from __future__ import annotations

import click

from xpm_cli.lazy import LazyGroup
from xpm_cli.workspace_options import workspace_options

_COMMANDS = {
    "list": ("xpm_cli.experiments.listing:list_experiments", "List them: host, jobs done."),
    "runs": ("xpm_cli.experiments.runs:runs", "List the runs of one, the latest first."),
    "info": ("xpm_cli.experiments.info:info", "Show a run, and what it ran with."),
    "results": ("xpm_cli.experiments.results:results", "Print the jobs of a run as a table."),
    "services": ("xpm_cli.experiments.services:services", "List, start and stop their services."),
    "actions": ("xpm_cli.experiments.actions:actions", "List what can be done with one, and do it."),
    "monitor": ("xpm_cli.experiments.monitor:monitor", "Watch them in a browser, or in this terminal."),
    "sync": ("xpm_cli.experiments.sync:sync", "Bring the index up to date with the files."),
    "copy": ("xpm_cli.experiments.copy:copy", "Copy one to another workspace."),
    "delete": ("xpm_cli.experiments.delete:delete", "Remove one, or one of its runs."),
}


@click.group(cls=LazyGroup, lazy=_COMMANDS)
@workspace_options
def experiments() -> None:
    """List experiments and look into them."""
