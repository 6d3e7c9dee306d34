"""`experimaestro cleanup`."""

from __future__ import annotations

import os

import click

from xpm_cli.output import json_option, print_json, print_table, say
from xpm_cli.text import count
from xpm_cli.workspace_options import chosen_history, chosen_layout, workspace_options


@click.command()
@workspace_options
@json_option
@click.option("--perform", is_flag=True, help="Do it; without, only say what would be done.")
def cleanup(perform: bool, as_json: bool) -> None:
    """Remove the runs beyond those that the settings keep (`history`), and what crashes left behind.

    What belongs to a live process stays, so that this may be done beside experiments that run. Job folders
    stay as well: `experimaestro orphans` lists those that no run refers to any more.
    """
    from xpm_workspace.history import apply_history
    from xpm_workspace.orphans import find_leftovers, remove_leftovers

    layout = chosen_layout().require()
    history = chosen_history()
    removed: list[tuple[str, str]] = []
    for experiment_id in _experiments(os.fspath(layout.experiments_dir)):
        experiment = layout.experiment(experiment_id)
        for run_id in apply_history(experiment, history, perform=perform):
            removed.append((f"run {run_id} of {experiment_id}", os.fspath(experiment.run(run_id).path)))
    leftovers = find_leftovers(layout)
    if perform:
        leftovers = remove_leftovers(layout, leftovers)
    removed += [(leftover.what, os.fspath(leftover.path)) for leftover in leftovers]
    if as_json:
        print_json([{"what": what, "path": path, "removed": perform} for what, path in removed])
    else:
        verb = "removed" if perform else "would remove"
        print_table(("what", "path"), [(f"{verb} {what}", path) for what, path in removed])
    if not removed:
        say("nothing to remove")
    elif perform:
        say(f"{count(len(removed), 'thing')} removed; see also `experimaestro orphans`")
    else:
        say("nothing was removed: give --perform to do it")


def _experiments(folder: str) -> list[str]:
    from xpm_workspace.names import is_name

    try:
        with os.scandir(folder) as entries:
            return sorted(e.name for e in entries if is_name(e.name) and e.is_dir(follow_symlinks=False))
    except OSError:
        return []
