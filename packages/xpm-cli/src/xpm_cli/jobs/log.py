"""`experimaestro jobs log`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xpm_cli.jobs.options import job_argument
from xpm_cli.output import say
from xpm_cli.workspace_options import open_monitor, workspace_options

if TYPE_CHECKING:
    from xpm_workspace.monitor import LocalMonitor

_CHUNK_BYTES = 1 << 20
_PAUSE_S = 0.2


@click.command()
@workspace_options
@click.option("-f", "--follow", is_flag=True, help="Go on until the job ends.")
@click.option("--std", type=click.Choice(["out", "err"]), default="out", help="Which stream.")
@job_argument
def log(job_id: str, std: str, follow: bool) -> None:
    """Print what a job printed; the beginning of its id is enough."""
    from xpm_workspace.logs import log_path

    with open_monitor() as monitor:
        job_id = monitor.find_job(job_id)
        path = log_path(monitor.job_layout(job_id), std)
        if not follow and not path.exists():
            raise click.ClickException(f"{job_id} has printed nothing yet: there is no {path}")
        sys.stdout.flush()
        for content in follow_file(path, (lambda: _is_over(monitor, job_id)) if follow else (lambda: True)):
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        if follow:
            say(f"{job_id} is {monitor.job(job_id).status}")


def follow_file(path: Path, is_over: Callable[[], bool], pause_s: float = _PAUSE_S) -> Iterator[bytes]:
    """Yield the content of a file as it grows, from its beginning.

    A file that does not exist yet is waited for. One that is replaced, by another try of the job, is followed
    from the beginning of the new one.

    Args:
        path: the file.
        is_over: whether nothing more will be written.
        pause_s: how long to wait when there is nothing new.
    """
    over = False
    file = None
    try:
        while True:
            if file is None:
                file = _open(path)
            while file is not None and (content := file.read(_CHUNK_BYTES)):
                yield content
            if file is not None and _is_replaced(path, file.fileno()):
                file.close()
                file = _open(path)
                continue
            if over:
                return
            over = is_over()  # and once more after that: the last words may have come meanwhile
            if not over:
                time.sleep(pause_s)
    finally:
        if file is not None:
            file.close()


def _open(path: Path) -> FileIO | None:
    try:
        return FileIO(path, "rb")
    except FileNotFoundError:
        return None


def _is_replaced(path: Path, fd: int) -> bool:
    try:
        named = os.stat(path)
    except FileNotFoundError:
        return False  # renamed, and the new one is not there yet
    opened = os.fstat(fd)
    return (named.st_dev, named.st_ino) != (opened.st_dev, opened.st_ino)


def _is_over(monitor: LocalMonitor, job_id: str) -> bool:
    from xpm_workspace.lifecycle import JobState

    monitor.sync(deep=False)
    return monitor.job(job_id).state in (JobState.DONE, JobState.ERROR, JobState.UNSCHEDULED)
