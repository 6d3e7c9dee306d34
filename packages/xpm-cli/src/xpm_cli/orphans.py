"""`experimaestro orphans`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Set
from typing import TYPE_CHECKING, Any

import click

from xpm_cli import exit_codes
from xpm_cli.output import json_option, print_json, print_table, say, shown_id
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
    from xpm_workspace.references import job_folders

    layout = (WorkspaceLayout(path) if path else chosen_layout()).require()
    found = find_orphans(layout)
    shown = sorted(job_folders(layout)) if show_all else found
    sizes = {job_id: _size(layout, job_id) for job_id in shown} if with_size else {}
    if as_json:
        orphaned = set(found)
        print_json([_record(layout, j, j in orphaned, sizes.get(j)) for j in shown])
    else:
        _print(shown, sizes, set(found) if show_all else None)
    total = f", {size(sum(sizes[job_id] for job_id in found))}" if with_size else ""
    say(f"{count(len(found), 'orphan')}{total}")
    return _clean(layout, found) if clean else exit_codes.DONE


def _record(layout: WorkspaceLayout, job_id: str, orphan: bool, size_bytes: int | None) -> dict[str, Any]:
    path = os.fspath(layout.job_from_id(job_id).path)
    record = {"job_id": job_id, "path": path, "orphan": orphan}
    return record if size_bytes is None else {**record, "size_bytes": size_bytes}


def _print(job_ids: Iterable[str], sizes: Mapping[str, int], orphaned: Set[str] | None) -> None:
    """Print a table; with `orphaned`, it also tells the others from these."""
    columns = ["job", *["size"] * bool(sizes), *["use"] * (orphaned is not None)]
    rows = []
    for job_id in job_ids:
        row = [shown_id(job_id)]
        if sizes:
            row.append(size(sizes[job_id]))
        if orphaned is not None:
            row.append("orphan" if job_id in orphaned else "in use")
        rows.append(row)
    print_table(columns, rows)


def _clean(layout: WorkspaceLayout, job_ids: list[str]) -> int:
    from xpm_workspace.controller import LocalController
    from xpm_workspace.monitor import LocalMonitor

    with LocalMonitor(layout) as monitor:
        outcomes = LocalController(monitor).clean_orphans(job_ids)
    for outcome in outcomes:
        if outcome.problem:
            say(f"{outcome.id} was left alone: {outcome.problem}")
    say(f"{count(sum(outcome.done for outcome in outcomes), 'orphan')} removed")
    return exit_codes.FAILED if any(outcome.problem for outcome in outcomes) else exit_codes.DONE


def _size(layout: WorkspaceLayout, job_id: str) -> int:
    from xpm_workspace.removal import tree_size

    return tree_size(layout.job_from_id(job_id).path)
