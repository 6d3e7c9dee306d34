"""`experimaestro orphans`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from xpm_cli import exit_codes
from xpm_cli.output import json_option, print_json, print_table, say
from xpm_cli.text import count, size
from xpm_cli.workspace_options import chosen_layout, workspace_options

if TYPE_CHECKING:
    from xpm_workspace.layout import WorkspaceLayout


@click.command()
@workspace_options
@json_option
@click.option("--size", "with_size", is_flag=True, help="Show how much room each takes.")
@click.option("--clean", is_flag=True, help="Remove them; those that run are left alone.")
@click.option("--show-all", is_flag=True, help="Show the folders that are in use as well.")
@click.argument("path", required=False, type=click.Path(file_okay=False))
def orphans(path: str | None, with_size: bool, clean: bool, show_all: bool, as_json: bool) -> int:
    """List the job folders of the workspace PATH that no kept run of an experiment refers to.

    They come from deleted experiments and runs. The files are read, not the index.
    """
    from xpm_workspace.layout import WorkspaceLayout
    from xpm_workspace.orphans import find_orphans

    layout = (WorkspaceLayout(path) if path else chosen_layout()).require()
    found = find_orphans(layout)
    shown = _all_jobs(layout) if show_all else found
    sizes = {job_id: _size(layout, job_id) for job_id in shown} if with_size else {}
    orphaned = set(found)
    if as_json:
        print_json(
            [
                {
                    "job_id": job_id,
                    "path": os.fspath(layout.job_from_id(job_id).path),
                    "orphan": job_id in orphaned,
                    **({"size_bytes": sizes[job_id]} if with_size else {}),
                }
                for job_id in shown
            ]
        )
    else:
        columns = ["job"] + ["size"] * with_size + ["use"] * show_all
        use = {True: "orphan", False: "in use"}
        print_table(
            columns,
            (
                [job_id, *[size(sizes.get(job_id))] * with_size, *[use[job_id in orphaned]] * show_all]
                for job_id in shown
            ),
        )
    total = f", {size(sum(sizes[job_id] for job_id in found))}" if with_size else ""
    say(f"{count(len(found), 'orphan')}{total}")
    return _clean(layout, found) if clean else exit_codes.DONE


def _clean(layout: WorkspaceLayout, job_ids: list[str]) -> int:
    from xpm_workspace.controller import LocalController
    from xpm_workspace.monitor import LocalMonitor

    with LocalMonitor(layout) as monitor:
        outcomes = LocalController(monitor).clean(job_ids, perform=True)
    for outcome in outcomes:
        if outcome.problem:
            say(f"{outcome.id} was left alone: {outcome.problem}")
    say(f"{count(sum(outcome.done for outcome in outcomes), 'orphan')} removed")
    return exit_codes.FAILED if any(outcome.problem for outcome in outcomes) else exit_codes.DONE


def _all_jobs(layout: WorkspaceLayout) -> list[str]:
    return sorted(f"{task.name}/{job.name}" for task in _folders(layout.jobs_dir) for job in _folders(task))


def _folders(path: str | os.PathLike[str]) -> list[os.DirEntry[str]]:
    from xpm_workspace.layout import is_name

    try:
        with os.scandir(path) as entries:
            return [entry for entry in entries if is_name(entry.name) and entry.is_dir()]
    except OSError:
        return []


def _size(layout: WorkspaceLayout, job_id: str) -> int:
    from xpm_workspace.removal import tree_size

    return tree_size(layout.job_from_id(job_id).path)
