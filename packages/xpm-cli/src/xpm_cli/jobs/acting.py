"""What `kill`, `clean` and `retry` have in common: choose, say what would be done, do it when told to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from xpm_cli import exit_codes
from xpm_cli.jobs.options import choice_of_jobs, chosen_jobs, require_choice
from xpm_cli.output import json_option, print_json, print_table, say, shown_id
from xpm_cli.text import count
from xpm_cli.workspace_options import open_monitor, workspace_options

if TYPE_CHECKING:
    from xpm_workspace.controller import LocalController, Outcome
    from xpm_workspace.records import JobRecord

F = TypeVar("F", bound=Callable[..., Any])

perform_option = click.option("--perform", is_flag=True, help="Do it; without, only say what would be done.")


def acting_command(function: F) -> F:
    """Add to a command all the options that `act` takes."""
    return workspace_options(json_option(perform_option(choice_of_jobs(function))))


def act(
    act_on: Callable[[LocalController, Iterable[str], bool], list[Outcome]],
    *,
    fitting: Callable[[JobRecord], bool],
    job_ids: tuple[str, ...],
    filter_: str | None,
    experiment: str | None,
    perform: bool,
    as_json: bool,
) -> int:
    """Act on the jobs that the command line chooses; return the exit code.

    Args:
        act_on: what to do with jobs; with `False`, only says so.
        fitting: which jobs are meant, when they are not named one by one.
        job_ids: jobs by name.
        filter_: jobs by filter.
        experiment: jobs of an experiment.
        perform: do it.
        as_json: print JSON.
    """
    from xpm_workspace.controller import LocalController

    require_choice(job_ids, filter_, experiment)
    with open_monitor(experiment) as monitor:
        records = chosen_jobs(monitor, job_ids, filter_, experiment)
        wanted = [record.job_id for record in records if job_ids or fitting(record)]
        outcomes = act_on(LocalController(monitor), wanted, perform)
    if as_json:
        print_json(outcomes)
    else:
        print_table(("job", "what"), [(shown_id(outcome.id), _words(outcome)) for outcome in outcomes])
    _sum_up(outcomes, perform)
    return exit_codes.FAILED if perform and any(o.problem for o in outcomes) else exit_codes.DONE


def _words(outcome: Outcome) -> str:
    if outcome.problem:
        return f"left alone: {outcome.problem}"
    return f"done: {outcome.what}" if outcome.done else f"would {outcome.what}"


def _sum_up(outcomes: list[Outcome], perform: bool) -> None:
    possible = [outcome for outcome in outcomes if not outcome.problem]
    if not outcomes:
        say("no such job")
    elif not perform:
        hint = f"give --perform to act on {count(len(possible), 'job')}" if possible else "nothing can be"
        say(f"nothing was done: {hint}")
    else:
        done = sum(outcome.done for outcome in outcomes)
        say(f"{count(done, 'job')}, {len(outcomes) - done} left alone")
