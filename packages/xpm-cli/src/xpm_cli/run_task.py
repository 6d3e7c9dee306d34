"""`experimaestro run`: one task, by hand, in this process and this terminal, so that debuggers work."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xpm_cli import exit_codes
from xpm_cli.output import say

if TYPE_CHECKING:
    from xpm_workspace.layout import JobLayout

#: How long a process may take to be gone once it has left its marker.
_LEAVING_S = 3.0


@click.command()
@click.argument("params", metavar="PARAMS.json", type=click.Path(exists=True, path_type=Path))
@click.option("--force", is_flag=True, help="Run it again although it is done; its mark goes first.")
def run(params: Path, force: bool) -> int:
    """Run the task that PARAMS.json (or the folder that holds it) describes, in this terminal.

    Nothing is redirected or detached: `breakpoint()` works, and so does `python -m pdb -m xpm_cli run ...`.
    Modules are looked for on PYTHONPATH and in the current folder.

    In a workspace this is a real run of the job: it holds the job's lock, and the end is marked. To try
    without consequences, copy the job's folder elsewhere first: there, nothing is recorded.
    """
    params = params.absolute()
    if params.is_dir():
        params /= "params.json"
    here = os.getcwd()
    if here not in sys.path:
        sys.path.append(here)
    _check_classes(params)
    job = _job_of(params)
    if job is not None:
        return _run_job(job, force=force)
    from xpm_cli.run_alone import run_alone

    return run_alone(params)


def _job_of(params: Path) -> JobLayout | None:
    """The job, if this is one of a workspace. The links of an experiment lead to its jobs."""
    from xpm_workspace.errors import WorkspaceError
    from xpm_workspace.layout import JobLayout

    for path in (params, params.resolve()):
        with contextlib.suppress(WorkspaceError):
            job = JobLayout.from_path(path)
            if job.workspace.exists() and job.params == path:
                return job
    return None


def _check_classes(params: Path) -> None:
    """Import all that is needed: a module that is not found must not count as a failure of the job."""
    from xpm_cli.user_errors import guarded
    from xpm_tasks.errors import LoadError, MissingClassError
    from xpm_tasks.loading import check_document, find_class, read_json
    from xpm_tasks.reading import Source

    source = Source(params)
    try:
        for item in check_document(read_json(params), params):
            with guarded(f"the module {item.get('module')}", passing=(LoadError,)):
                find_class(item, source)
    except MissingClassError as error:
        raise click.ClickException(
            f"{error}; run this from the project's folder, or add that folder to PYTHONPATH"
        ) from error


def _run_job(job: JobLayout, *, force: bool) -> int:
    from xpm_scheduler import job_run
    from xpm_workspace.markers import read_marker

    _make_ready(job, force=force)
    os.environ.update(_environment(job))
    say(f"running {job.job_id} in {job.path}")
    code = job_run.run_job(job.files)
    _tell_the_index(job)
    if _ran_elsewhere(job):
        say(f"{job.job_id} was run by another process, which was faster")
    marker = read_marker(job)
    if marker is not None:
        say(f"{job.job_id} is {marker.status}" + (f": {marker.message}" if marker.message else ""))
    if code == job_run.EXIT_CANCELLED:
        return exit_codes.INTERRUPTED
    return exit_codes.DONE if code == job_run.EXIT_DONE else exit_codes.FAILED


def _make_ready(job: JobLayout, *, force: bool) -> None:
    """Remove the marks of the earlier try, unless the job runs or is done."""
    from xpm_scheduler.job_folder import runs_elsewhere
    from xpm_workspace.files import remove_file
    from xpm_workspace.locks import FileLock
    from xpm_workspace.markers import clear_markers, read_marker
    from xpm_workspace.process import ProcessRecord

    job.create()
    lock = FileLock(job.lock)
    # A process that left its marker is about to go, and its lock with it. Without one, the record is asked
    # first: with the lock in our hands it would seem that somebody runs the job.
    ended = read_marker(job) is not None
    if (not ended and runs_elsewhere(job)) or not lock.acquire(_LEAVING_S if ended else 0):
        record = ProcessRecord.read(job.pid)
        who = f"process {record.pid} on {record.host}" if record else "another process"
        raise click.ClickException(
            f"{job.job_id} is being run by {who}: wait for it, or stop it with `experimaestro jobs kill`"
        )
    try:
        marker = read_marker(job)
        if marker is not None and marker.state == "DONE" and not force:
            raise click.ClickException(
                f"{job.job_id} is done: copy its folder elsewhere and run it there, or give --force"
            )
        clear_markers(job)
        remove_file(job.pid)
    finally:
        lock.release()


def _environment(job: JobLayout) -> dict[str, str]:
    """What the scheduler would tell the job process: its tags, and which try this is."""
    from xpm_scheduler.job_run import ATTEMPT_VARIABLE, TAGS_VARIABLE
    from xpm_workspace.errors import WorkspaceError
    from xpm_workspace.monitor import LocalMonitor

    with contextlib.suppress(WorkspaceError), LocalMonitor(job.workspace) as monitor:
        record = monitor.job(job.job_id)
        return {TAGS_VARIABLE: json.dumps(record.tags), ATTEMPT_VARIABLE: str(record.attempts + 1)}
    return {}


def _tell_the_index(job: JobLayout) -> None:
    from xpm_workspace.errors import WorkspaceError
    from xpm_workspace.monitor import LocalMonitor

    with contextlib.suppress(WorkspaceError), LocalMonitor(job.workspace) as monitor:
        monitor.refresh([job.job_id])


def _ran_elsewhere(job: JobLayout) -> bool:
    from xpm_workspace.process import ProcessRecord

    record = ProcessRecord.read(job.pid)
    return record is not None and record.pid != os.getpid()
