"""`experimaestro jobs`: looking into the jobs of a workspace, and acting on them."""

from __future__ import annotations

import click

from xpm_cli.lazy import LazyGroup
from xpm_cli.workspace_options import workspace_options

_COMMANDS = {
    "list": ("xpm_cli.jobs.listing:list_jobs", "List them: state, id, times, progress."),
    "info": ("xpm_cli.jobs.info:info", "Show all that is known about one."),
    "why": ("xpm_cli.jobs.why:why", "Say why one will run or not, and what it waits for."),
    "log": ("xpm_cli.jobs.log:log", "Print what one printed."),
    "path": ("xpm_cli.jobs.path:path", "Print the folder of one."),
    "diff": ("xpm_cli.jobs.diff:diff", "Say which parameters make two of them differ."),
    "kill": ("xpm_cli.jobs.kill:kill", "Stop those that run or wait."),
    "clean": ("xpm_cli.jobs.clean:clean", "Remove the folders of those that ended."),
    "retry": ("xpm_cli.jobs.retry:retry", "Have failed ones run again."),
}


@click.group(cls=LazyGroup, lazy=_COMMANDS, hidden_names={"parameters-difference": "diff"})
@workspace_options
def jobs() -> None:
    """List jobs, look into them, stop and remove them.

    A job is named by its id, TASK/IDENTIFIER, by the beginning of it, or by the beginning of its identifier.
    """
