"""`experimaestro jobs diff`, also called `parameters-difference`."""

from __future__ import annotations

import click

from xpm_cli.completion import complete_jobs
from xpm_cli.output import json_option, print_json, print_table, say
from xpm_cli.workspace_options import open_monitor, workspace_options

_COUNTS = {True: "yes", False: "no", None: "perhaps"}


@click.command()
@workspace_options
@json_option
@click.option("--all", "show_all", is_flag=True, help="Also what does not make the identifiers differ.")
@click.argument("a", metavar="A", shell_complete=complete_jobs)
@click.argument("b", metavar="B", shell_complete=complete_jobs)
def diff(a: str, b: str, show_all: bool, as_json: bool) -> None:
    """Say which parameters make the jobs A and B two different ones.

    In a pipe: one line a parameter, separated by tabs: its path, its value in A, in B, and whether it counts
    for the identifier (`perhaps`: several differ, and the files do not tell which of them are outside of it).
    """
    from xpm_workspace.parameters import compare, read_parameters

    with open_monitor() as monitor:
        jobs = [monitor.job_layout(monitor.find_job(text)) for text in (a, b)]
    for job in jobs:
        if not job.params.exists():
            raise click.ClickException(f"{job.job_id} has no parameters yet: they are written when it starts")
    found = compare(*(read_parameters(job) for job in jobs))
    shown = [d for d in found if show_all or d.in_identifier is not False]
    if as_json:
        print_json(shown)
        return
    print_table(
        ("parameter", "A", "B", "counts"), [(d.path, d.a, d.b, _COUNTS[d.in_identifier]) for d in shown]
    )
    if jobs[0].identifier == jobs[1].identifier:
        say("the identifiers are the same")
    elif not shown:
        say("no parameter differs in the files: the code or the defaults of the task changed in between")
    if len(shown) < len(found):
        say(f"{len(found) - len(shown)} more do not count for the identifier; --all shows them")
