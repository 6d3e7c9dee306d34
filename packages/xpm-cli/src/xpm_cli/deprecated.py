"""`experimaestro deprecated`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from xpm_cli import exit_codes
from xpm_cli.lazy import LazyGroup
from xpm_cli.output import json_option, print_json, print_table, say, shown_id
from xpm_cli.text import count
from xpm_cli.workspace_options import chosen_layout, workspace_options

if TYPE_CHECKING:
    from xpm_workspace.layout import JobLayout
    from xpm_workspace.renamed import RenamedJob


@click.group(cls=LazyGroup)
@workspace_options
def deprecated() -> None:
    """Find the finished jobs of classes that were renamed since (`@deprecate`), and move them.

    Modules are looked for on PYTHONPATH and in the current folder.
    """


@deprecated.command("list")
@workspace_options
@json_option
def list_deprecated(as_json: bool) -> None:
    """List the job folders that have an old name, with the name that experiments look for today."""
    found = _find(fix=False, keep_link=True)
    _print(found, as_json)
    say(f"{count(len(found), 'folder')} with an old name; `experimaestro deprecated fix` moves them")


@deprecated.command()
@workspace_options
@json_option
@click.option("--no-link", is_flag=True, help="Leave no link in the old place.")
@click.option("--perform", is_flag=True, help="Do it; without, only say what would be done.")
def fix(no_link: bool, perform: bool, as_json: bool) -> int:
    """Move them to where experiments look for them; a link stays in the old place."""
    found = _find(fix=perform, keep_link=not no_link)
    _print(found, as_json)
    if not perform:
        say("nothing was moved: give --perform to do it" if found else "nothing to move")
        return exit_codes.DONE
    wrong = sum(bool(job.problem) for job in found)
    say(f"{count(len(found) - wrong, 'folder')} moved, {wrong} left alone")
    return exit_codes.FAILED if wrong else exit_codes.DONE


def _find(*, fix: bool, keep_link: bool) -> list[RenamedJob]:
    from xpm_workspace.renamed import fix_deprecated

    here = os.getcwd()
    if here not in sys.path:
        sys.path.append(here)
    unreadable: list[str] = []

    def note(job: JobLayout, problem: str) -> None:
        unreadable.append(problem)

    found = fix_deprecated(chosen_layout(), fix=fix, cleanup=not keep_link, unreadable=note)
    if unreadable:
        say(
            f"{count(len(unreadable), 'job')} left out: {unreadable[0]}; "
            "call this from the project's folder, or add that folder to PYTHONPATH"
        )
    return found


def _print(found: list[RenamedJob], as_json: bool) -> None:
    if as_json:
        print_json([_record(job) for job in found])
        return
    print_table(
        ("job", "today", "problem"),
        [(shown_id(job.old.job_id), shown_id(job.new.job_id), job.problem) for job in found],
    )


def _record(job: RenamedJob) -> dict[str, Any]:
    return {
        "job_id": job.old.job_id,
        "path": os.fspath(job.old.path),
        "today": job.new.job_id,
        "problem": job.problem,
    }
