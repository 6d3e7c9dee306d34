"""What the commands over jobs have in common: naming one job, choosing several."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from xpm_cli.completion import complete_experiments, complete_jobs

if TYPE_CHECKING:
    from xpm_workspace.monitor import LocalMonitor
    from xpm_workspace.records import JobRecord

F = TypeVar("F", bound=Callable[..., Any])

#: `JOBID`, one job.
job_argument = click.argument("job_id", metavar="JOBID", shell_complete=complete_jobs)

filter_option = click.option(
    "--filter", "filter_", metavar="FILTER", help="Those that fit, as in '@state = RUNNING and lr = 0.1'."
)
experiment_option = click.option(
    "--experiment",
    metavar="ID",
    shell_complete=complete_experiments,
    help="Those of the current run of this experiment.",
)


def choice_of_jobs(function: F) -> F:
    """Add `JOBID...`, `--filter` and `--experiment` to a command; `chosen_jobs` reads them."""
    function = experiment_option(filter_option(function))
    return click.argument("job_ids", metavar="[JOBID]...", nargs=-1, shell_complete=complete_jobs)(function)


def chosen_jobs(
    monitor: LocalMonitor, job_ids: tuple[str, ...], filter_: str | None, experiment: str | None
) -> list[JobRecord]:
    """Return the jobs that the command line chooses.

    Raises:
        UnknownJob: there is no such job.
        AmbiguousJob: several begin so.
    """
    if not job_ids:
        return list(monitor.jobs(filter_, experiment_id=experiment, limit=None).jobs)
    named = dict.fromkeys(monitor.find_job(text) for text in job_ids)
    if not (filter_ or experiment):
        return [monitor.job(job_id) for job_id in named]
    fitting = monitor.jobs(filter_, experiment_id=experiment, limit=None).jobs
    return [job for job in fitting if job.job_id in named]


def require_choice(job_ids: tuple[str, ...], filter_: str | None, experiment: str | None) -> None:
    """Refuse a command line that chooses no job: acting on all of them is asked for, never assumed.

    Raises:
        click.UsageError: it chooses none.
    """
    if not (job_ids or filter_ or experiment):
        raise click.UsageError("which jobs? give JOBID, --filter or --experiment")
