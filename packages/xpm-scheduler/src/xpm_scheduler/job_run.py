"""Running one job inside its own process: lock, signals, the task, journal, marker.

Light: each job process imports it. Everything it writes is in the job's folder.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any

from xpm_scheduler.job_guard import JobGuard
from xpm_tasks.errors import GracefulTimeout, TaskCancelled
from xpm_tasks.parameters import load_task, run_task
from xpm_tasks.runtime import set_runtime
from xpm_workspace.files import read_whole
from xpm_workspace.journal_writer import JournalWriter
from xpm_workspace.locks import FileLock
from xpm_workspace.markers import read_marker, write_done, write_failed
from xpm_workspace.names import JobFiles
from xpm_workspace.process import ProcessRecord, hostname

if TYPE_CHECKING:
    from pathlib import Path

#: Environment variables by which the scheduler talks to the job process.
ATTEMPT_VARIABLE = "XPM_ATTEMPT"
TAGS_VARIABLE = "XPM_TAGS"

#: Exit codes of a job process: done, failed, could not write to the disk (EX_IOERR), asked to be resumed
#: (EX_TEMPFAIL), stopped.
EXIT_DONE, EXIT_FAILED, EXIT_DISK, EXIT_RESUME, EXIT_CANCELLED = 0, 1, 74, 75, 143


class JobRuntime:
    """What the task can ask while it runs; see `xpm_tasks.runtime.TaskRuntime`."""

    def __init__(self, job: JobFiles, journal: JournalWriter, guard: JobGuard) -> None:
        self.tags: dict[str, Any] = _tags()
        self._job = job
        self._journal = journal
        self._outputs: JournalWriter | None = None
        self._guard = guard

    @property
    def taskdir(self) -> Path:
        """The job's folder."""
        from pathlib import Path

        return Path(self._job.path)

    @property
    def workspace(self) -> Path:
        """The workspace's folder."""
        from pathlib import Path

        return Path(self._job.root)

    def progress(self, level: int, value: float, desc: str | None) -> None:
        """Report how far the task is, at one level of its nested loops."""
        # A full disk is no reason to lose the task: what it has to write, it writes itself.
        with suppress(OSError):
            self._journal.append(
                {"event": "progress", "level": level, "value": round(value, 4), "desc": desc}
            )

    def remaining_time(self) -> float | None:
        """Seconds until the job is stopped; `None` without a limit."""
        return self._guard.remaining_time()

    def register_output(self, key: str, payload: dict[str, Any]) -> None:
        """Tell the experiment's process about an output."""
        if self._outputs is None:
            self._outputs = JournalWriter(self._job.task_outputs)
        self._outputs.append({"event": "task-output", "key": key, "payload": payload})

    def stream_path(self, task_id: str, identifier: str, stream: str) -> Path:
        """The file of a job's `stdout` or `stderr`."""
        from xpm_workspace.layout import WorkspaceLayout

        other = WorkspaceLayout(self._job.root).job(task_id, identifier)
        return other.stdout if stream == "stdout" else other.stderr


def run_job(job: JobFiles) -> int:
    """Run the job, unless somebody else did; return the exit code of the process."""
    lock = FileLock(job.lock)
    # The scheduler holds the lock until it has recorded this process; then it is ours for as long as we live.
    lock.acquire(timeout_s=None)
    if read_marker(job) is not None:
        # Another process ran it between the moment the scheduler started this one and now.
        lock.release()
        return EXIT_DONE
    recorded = ProcessRecord.read(job.pid)
    me = recorded
    if me is None or (me.pid, me.host) != (os.getpid(), hostname()):
        me = ProcessRecord.of()
    if recorded is not None and recorded.pid != me.pid and recorded.is_alive() is True:
        # The scheduler lost sight of this process and started that one, which waits for the lock.
        lock.release()
        return EXIT_DONE
    journal = JournalWriter(job.journal)
    attempt = int(os.environ.get(ATTEMPT_VARIABLE, "1"))
    try:
        if recorded is None or (recorded.type == me.type and recorded.pid != me.pid):
            me.write(job.pid)  # the scheduler died before it could
        journal.append({"event": "started", "pid": me.pid, "host": me.host, "attempt": attempt})
    except OSError as error:  # a full disk: the task may need none
        _tell(f"the start of the job could not be recorded: {error}")
    # Kept open, so that a folder that is made anew in its place is known to be another one.
    folder = os.open(job.path, os.O_RDONLY)
    os.chdir(job.path)
    started_s = time.monotonic()
    failure = _execute(job, journal)
    _flush_streams()
    if not _is_at(folder, job.path):
        # No marker: what the task wrote is gone, whatever it did.
        _tell("the job's folder was removed while it ran")
        return EXIT_DISK
    try:
        _finish(job, journal, failure, time.monotonic() - started_s)
    except OSError as error:
        _tell(f"the end of the job could not be recorded: {error}")
        return EXIT_DISK
    return EXIT_DONE if failure is None else failure.code


def write_what_is_held_back() -> None:
    """Flush the files that the task left open; what it was doing is over.

    An interpreter that ends closes what its modules held, unless something else still holds it too.
    """
    import gc
    import io

    # `io.IOBase` is abstract, and asking it about thousands of objects takes long; this is its parent in C.
    file_type = io.FileIO.__mro__[-2]
    # In a job that was forked, not among these is what was there before: it is frozen.
    files: list[Any] = [found for found in gc.get_objects() if isinstance(found, file_type)]
    texts = [file for file in files if isinstance(file, io.TextIOBase)]
    buffers = [file for file in files if isinstance(file, (io.BufferedWriter, io.BufferedRandom))]
    plain = (io.TextIOBase, io.RawIOBase, io.BufferedWriter, io.BufferedRandom)
    # From the outside in: what one writes, the next holds. Those that compress write their end when they are
    # closed.
    steps: list[Callable[[], object]] = [*(file.flush for file in texts), _flush_streams]
    steps += [file.close for file in files if not isinstance(file, plain)]
    steps += [file.flush for file in buffers]
    for step in steps:
        with suppress(Exception):  # a closed file, a full disk, a reader that left
            step()


class Failure:
    """Why the task did not end well."""

    def __init__(self, reason: str, code: int, message: str, *, resume: bool = False) -> None:
        self.reason = reason
        self.code = code
        self.message = message
        #: Whether the task asked to be started again.
        self.resume = resume


def _execute(job: JobFiles, journal: JournalWriter) -> Failure | None:
    guard = JobGuard(job)
    set_runtime(JobRuntime(job, journal, guard))
    try:
        guard.start()
        run_task(load_task(job.params))
    except GracefulTimeout as request:
        return Failure("TIMEOUT", EXIT_RESUME, str(request) or "asked to be resumed", resume=True)
    except (TaskCancelled, KeyboardInterrupt) as stop:
        reason, message = guard.stopped or ("CANCELLED", str(stop) or "stopped")
        return Failure(reason, EXIT_CANCELLED, message)
    except SystemExit as leave:
        if leave.code in (None, 0):
            return None
        code = leave.code if isinstance(leave.code, int) else EXIT_FAILED
        return Failure("FAILED", code, f"the task called sys.exit({leave.code!r})")
    except MemoryError as error:
        _show(error)
        return Failure("MEMORY", EXIT_FAILED, "out of memory")
    except BaseException as error:  # noqa: BLE001 - whatever the task raises is its failure
        _show(error)
        return Failure("FAILED", EXIT_FAILED, _one_line(error))
    finally:
        guard.stop()
        set_runtime(None)
    return None


def _finish(job: JobFiles, journal: JournalWriter, failure: Failure | None, duration_s: float) -> None:
    """Write the end into the journal, then the marker: the marker is the last act."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    ended: dict[str, Any] = {
        "event": "ended",
        "state": "DONE" if failure is None else "ERROR",
        "reason": None if failure is None else failure.reason,
        "exit_code": EXIT_DONE if failure is None else failure.code,
        "peak_memory_bytes": _peak_memory_bytes(),
        "cpu_time_s": round(sum(u.ru_utime + u.ru_stime for u in usage), 3),
        "duration_s": round(duration_s, 3),
    }
    try:
        journal.append(ended)
        journal.close()
    except OSError as error:  # a full disk: the marker matters more, and an empty one needs no space
        _tell(f"the job journal could not be written: {error}")
    if failure is None:
        write_done(job)
    else:
        extra: dict[str, Any] = {"resume": True} if failure.resume else {}
        write_failed(job, failure.reason, failure.code, failure.message, **extra)


def _peak_memory_bytes() -> int:
    """Most memory that this process, or one of its children, held at once."""
    unit_bytes = 1 if sys.platform == "darwin" else 1024
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit_bytes
    try:
        _, _, after = read_whole("/proc/self/status")[0].partition(b"VmHWM:")
        return max(int(after.split(maxsplit=1)[0]) * 1024, children)
    except (OSError, IndexError):
        # On Linux this would count what the scheduler held when it started us.
        return max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit_bytes, children)


def _show(error: BaseException) -> None:
    """Print the traceback of the task's own code: our frames before it say nothing to its author."""
    import traceback

    told, user = error, _user_frames(error)
    while user is None and told.__cause__ is not None:  # what a module raised while it was imported
        told = told.__cause__
        user = _user_frames(told)
    with suppress(OSError, ValueError):  # a full disk, a closed stream
        if user is None:
            traceback.print_exception(type(error), error, error.__traceback__)
        else:
            traceback.print_exception(type(told), told, user)
            if told is not error:
                print(f"\n{_one_line(error)}", file=sys.stderr)


def _user_frames(error: BaseException) -> TracebackType | None:
    folders = (os.path.dirname(__file__), os.path.dirname(sys.modules["xpm_tasks"].__file__ or ""))
    ours = tuple(folder + os.sep for folder in folders)
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith((*ours, "<frozen ")):
        trace = trace.tb_next
    return trace


def _tell(text: str) -> None:
    with suppress(OSError, ValueError, AttributeError):
        print(text, file=sys.stderr, flush=True)


def _is_at(folder: int, path: str) -> bool:
    """Whether a path leads to the folder that was opened."""
    try:
        return os.path.samestat(os.fstat(folder), os.stat(path))
    except OSError:
        return False


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:500] if text else type(error).__name__


def _flush_streams() -> None:
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        # One that is closed, or made by the user, does not change how the task ended.
        with suppress(Exception):
            stream.flush()  # type: ignore[union-attr]


def _tags() -> dict[str, Any]:
    text = os.environ.get(TAGS_VARIABLE)
    if not text:
        return {}
    import json

    tags: dict[str, Any] = json.loads(text)
    return tags
