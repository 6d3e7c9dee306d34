"""The job's folder before and after its process: who runs it, how it ended, making it ready for a run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from xpm_scheduler.events import Finding
from xpm_workspace.files import remove_file, temporary_name, write_whole
from xpm_workspace.layout import JobLayout
from xpm_workspace.lifecycle import FailureReason
from xpm_workspace.locks import FileLock, is_held
from xpm_workspace.markers import clear_markers, read_marker, write_failed
from xpm_workspace.names import JobFiles
from xpm_workspace.process import ProcessRecord
from xpm_workspace.removal import remove_tree

#: How many logs of earlier tries are kept.
_KEPT_LOGS = 9


def inspect(job: JobLayout) -> Finding:
    """Tell whether the job is done, runs, or may be started; nothing is changed.

    A marker of failure says that nobody runs it: the marker is removed before a new try starts.
    """
    if not os.path.exists(job.files.path):
        return Finding.FREE
    marker = read_marker(job.files)
    if marker is not None and marker.state == "DONE":
        return Finding.DONE
    return Finding.RUNNING if marker is None and runs_elsewhere(job) else Finding.FREE


def runs_elsewhere(job: JobLayout) -> bool:
    """Whether a process runs the job, or was started and is about to: its lock tells, or its record."""
    # A process that was just started may not have taken the lock yet; one on another machine that we cannot
    # see and that holds no lock is gone.
    return is_held(job.files.lock) or _is_alive(job.files)


def _is_alive(job: JobFiles) -> bool:
    """Whether the process that is recorded for the job is known to live."""
    record = ProcessRecord.read(job.pid)
    return record is not None and record.is_alive() is True


def prepare(
    job: JobLayout, parameters: Callable[[], bytes], *, keep: bool
) -> tuple[Finding, FileLock | None]:
    """Make the folder ready for a run, unless somebody was faster.

    Args:
        job: the job.
        parameters: gives the content of `params.json`.
        keep: leave what an earlier try wrote (resumable tasks); else the folder is emptied, but for the logs,
            which are renamed `.out.1`, `.err.1`, and the journal.

    Returns:
        `FREE` and the job's lock, which the caller holds until the process is recorded; or what was found.
    """
    lock = FileLock(job.files.lock)
    if not _acquire(job, lock):
        # The owner is a job process, or a scheduler about to start one.
        finding = inspect(job)
        return (finding if finding is Finding.DONE else Finding.RUNNING), None
    try:
        used = _was_used(job.files)
        finding = _found(job.files) if used else Finding.FREE
        if finding is not Finding.FREE:
            lock.release()
            return finding, None
        if used:
            _clear(job, keep=keep)
        write_whole(job.files.params, parameters(), durable=False)
    except BaseException:
        lock.release()
        raise
    return Finding.FREE, lock


def _found(job: JobFiles) -> Finding:
    """Tell how the job stands, its lock being ours."""
    marker = read_marker(job)
    if marker is not None:
        return Finding.DONE if marker.state == "DONE" else Finding.FREE
    return Finding.RUNNING if _is_alive(job) else Finding.FREE


def _clear(job: JobLayout, *, keep: bool) -> None:
    """Put away what an earlier try left."""
    _rotate(job.stdout)
    _rotate(job.stderr)
    if not keep:
        _empty(job)
    clear_markers(job.files)
    remove_file(job.files.pid)


def _acquire(job: JobLayout, lock: FileLock) -> bool:
    try:
        job.create()
        return lock.acquire()
    except FileNotFoundError:  # somebody removed the folder between the two
        job.create()
        return lock.acquire()


def record_end(job: JobLayout, reason: FailureReason, code: int | None, message: str) -> None:
    """Write the marker of a job whose process left none, unless somebody has taken the job up since.

    Args:
        job: the job.
        reason: why it failed.
        code: exit code of its process; negative for a signal.
        message: one line for people.
    """
    lock = FileLock(job.lock)
    if not job.path.is_dir() or not lock.acquire():
        return
    try:
        if read_marker(job.files) is None and not _is_alive(job.files):
            write_failed(job, reason, code, message)
    finally:
        lock.release()


def generate(job: JobLayout, parameters: bytes) -> None:
    """Write the folder of a job without running it; a job that ran or runs keeps its own."""
    job.create()
    with FileLock(job.lock):
        if not job.params.exists():
            write_whole(job.params, parameters, durable=False)


def remove(job: JobLayout, is_read: Callable[[], bool]) -> bool:
    """Remove the folder of a job that ended well; tell whether it was. One that somebody runs is left alone.

    Args:
        job: the job.
        is_read: whether somebody counts on what is in the folder. Asked once the job does not look done any
            more: who comes later runs it again, who came before is seen.
    """
    lock = FileLock(job.lock)
    try:
        if not lock.acquire():
            return False
    except FileNotFoundError:
        return False
    try:
        hidden = temporary_name(job.done)
        os.rename(job.done, hidden)
        try:
            if is_read():
                os.rename(hidden, job.done)
                return False
        except BaseException:
            os.rename(hidden, job.done)
            raise
        remove_tree(job.workspace, job.path)
    except FileNotFoundError:  # another experiment was faster
        return False
    finally:
        lock.release()
    return True


def _was_used(job: JobFiles) -> bool:
    """Whether the folder holds more than what was just made, its lock: most jobs run once."""
    ours = os.listdir(job.path) == [os.path.basename(job.state_dir)]
    return not ours or os.listdir(job.state_dir) != [os.path.basename(job.lock)]


def _rotate(log: Path) -> None:
    """Rename `x.out` to `x.out.1`, `x.out.1` to `x.out.2`...; the oldest goes."""
    if not log.exists():
        return
    for number in range(_KEPT_LOGS - 1, 0, -1):
        older = Path(f"{log}.{number}")
        if older.exists():
            os.replace(older, f"{log}.{number + 1}")
    os.replace(log, f"{log}.1")


def _empty(job: JobLayout) -> None:
    """Remove what an earlier try left, but the logs and our own files. Links are removed, never followed."""
    keep_prefixes = (f"{job.stdout.name}.", f"{job.stderr.name}.")
    for entry in os.scandir(job.path):
        if entry.path == str(job.state_dir) or entry.name.startswith(keep_prefixes):
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)
    remove_file(job.task_outputs)
