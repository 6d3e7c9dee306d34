"""`experimaestro experiments copy`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from xpm_cli.completion import complete_experiments
from xpm_cli.output import json_option, print_json, say
from xpm_cli.text import count, size
from xpm_cli.workspace_options import chosen_layout, chosen_settings, workspace_options

if TYPE_CHECKING:
    from xpm_workspace.layout import WorkspaceLayout


@click.command()
@workspace_options
@json_option
@click.option("--run", "run_id", metavar="RUN", help="This run only.")
@click.option("--unfinished", is_flag=True, help="Also the jobs that have not ended well.")
@click.option("--dry-run", is_flag=True, help="Only say what would be copied.")
@click.argument("experiment", shell_complete=complete_experiments)
@click.argument("target", metavar="TARGET")
def copy(
    experiment: str, target: str, run_id: str | None, unfinished: bool, dry_run: bool, as_json: bool
) -> None:
    """Copy EXPERIMENT, its runs and its jobs, to the workspace TARGET: a folder, or an id of the settings.

    Jobs that are there already are left alone; a copy that was interrupted goes on when it is made again.
    """
    from xpm_workspace.copying import copy_experiment

    source = chosen_layout(experiment).require().experiment(experiment)
    folder = _target(target)
    copied = copy_experiment(source, folder, run_id=run_id, unfinished=unfinished, perform=not dry_run)
    if as_json:
        print_json(copied)
    verb = "would be copied" if dry_run else "copied"
    say(
        f"{count(len(copied.runs), 'run')} and {count(len(copied.jobs), 'job')} ({size(copied.size_bytes)}) "
        f"{verb} to {folder.root}; {len(copied.present)} were there already"
    )
    if copied.unfinished:
        say(f"{count(len(copied.unfinished), 'job')} left out: not done; give --unfinished to copy them too")


def _target(target: str) -> WorkspaceLayout:
    from xpm_workspace.errors import SettingsError
    from xpm_workspace.layout import WorkspaceLayout

    for workspace in chosen_settings().workspaces:
        if workspace.id == target:
            if workspace.path is None or not workspace.local:
                raise SettingsError(f"workspace {target} is on another machine: copy it there with rsync")
            return WorkspaceLayout(workspace.path)
    return WorkspaceLayout(os.path.expanduser(target))
