"""Warm start: a small process that has the job runtime imported, and forks once for each job.

`python -m xpm_scheduler.fork_server FD [MODULE ...]` reads requests from the socket FD, a number and a JSON
object a line:

    7 {"params": "/.../params.json", "environ": {"XPM_ATTEMPT": "1"}}

and answers with `{"ready": true}` or `{"ready": false, "why": ...}` once, then for each job with
`{"forked": 7, "pid": 4242}` (or `{"forked": 7, "pid": null, "why": ...}`) and, when it ended, with
`{"exited": 4242, "status": 0}`, where the status is that of `waitpid`.

It has one thread and stays small: what a fork costs grows with the memory of the process. It also does
little, and has each job read its own request: every page of memory that one of them touches after a fork is
copied, which is most of what a job costs.

When the socket is closed (the scheduler left, or was killed) it exits; the jobs, which lead their own
sessions, go on.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import sys
from contextlib import suppress
from typing import NoReturn

from xpm_scheduler.job_run import run_job, write_what_is_held_back
from xpm_workspace.names import JobFiles
from xpm_workspace.process import ProcessRecord

#: What jobs import to load their task and to leave, and what modules of tasks often need.
EVERY_JOB = (
    "atexit",
    "ctypes",
    "importlib.util",
    "pathlib",
    "threading",
    "xpm_tasks.making",
    "xpm_tasks.tasks",
)


class ForkServer:
    """Serves one scheduler."""

    def __init__(self, connection: int) -> None:
        #: File descriptor of the socket.
        self._connection = connection
        self._received = b""
        self._woken, self._wake = os.pipe()
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)

    def preload(self, modules: list[str]) -> bool:
        """Import what the jobs will need; tell whether it worked."""
        try:
            for module in (*EVERY_JOB, *modules):
                importlib.import_module(module)
            ProcessRecord.of()  # for what the standard library imports at its first use
        except BaseException as error:  # noqa: BLE001 - the scheduler starts plain processes instead
            why = json.dumps(f"{type(error).__name__}: {error}")
            self._send(f'{{"ready": false, "why": {why}}}')
            return False
        self._send('{"ready": true}')
        return True

    def serve(self) -> None:
        """Fork for each request, until the socket is closed."""
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        # The garbage collector of the jobs leaves alone what was imported so far: that memory stays shared.
        gc.collect()
        gc.freeze()
        while True:
            readable, _, _ = select.select([self._connection, self._woken], [], [])
            if self._woken in readable:
                os.read(self._woken, 4096)
                self._reap()
            if self._connection in readable and not self._receive():
                return

    def _receive(self) -> bool:
        """Handle the requests that came; false when there will be no more."""
        try:
            chunk = os.read(self._connection, 65536)
        except ConnectionResetError:  # the scheduler was killed with answers unread
            return False
        if not chunk:
            return False
        *lines, self._received = (self._received + chunk).split(b"\n")
        for line in lines:
            self._fork(line)
        return True

    def _fork(self, line: bytes) -> None:
        number, _, request = line.partition(b" ")
        try:
            pid = os.fork()  # noqa: TID251 - this process has one thread
        except OSError as error:  # too many processes, no memory
            why = json.dumps(str(error))
            self._send(f'{{"forked": {int(number)}, "pid": null, "why": {why}}}')
            return
        if pid == 0:
            self._run_child(request)
        self._send(f'{{"forked": {int(number)}, "pid": {pid}}}')

    def _run_child(self, line: bytes) -> NoReturn:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            for fd in (self._connection, self._woken, self._wake):
                os.close(fd)
            request = json.loads(line)
            job = JobFiles.in_folder(request["params"])
            _redirect(job)
            for name, value in request["environ"].items():
                os.environ[name] = value
            _reseed()
            code = run_job(job)
            _end_python()
        except BaseException:  # noqa: BLE001 - nothing may unwind into the server's loop
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code & 0xFF)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._send(f'{{"exited": {pid}, "status": {status}}}')

    def _send(self, message: str) -> None:
        """Send a JSON object."""
        rest = message.encode() + b"\n"
        # A scheduler that left does not hear it; the next read says so.
        with suppress(BrokenPipeError, ConnectionResetError):
            while rest:
                rest = rest[os.write(self._connection, rest) :]


def _redirect(job: JobFiles) -> None:
    """Give the process the logs of a job; its standard input is that of the server, which is empty."""
    for target, path in ((1, job.stdout), (2, job.stderr)):
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        os.dup2(fd, target)
        os.close(fd)


def _reseed() -> None:
    """Generators that were imported before the fork would give all jobs the same numbers.

    Python's own generator is taken care of by Python.
    """
    numpy = sys.modules.get("numpy")
    if numpy is not None and "numpy.random" in sys.modules:
        numpy.random.seed()


def _end_python() -> None:
    """Do what an interpreter does at its end, as far as a task can tell.

    Taking it to pieces, which also closes what is open, would cost as much as all the rest of a small job.
    """
    atexit, threading = sys.modules["atexit"], sys.modules["threading"]
    shutdown = getattr(threading, "_shutdown", None)
    if shutdown is not None:
        shutdown()
    atexit._run_exitfuncs()
    write_what_is_held_back()
    with suppress(Exception):  # what C code printed
        sys.modules["ctypes"].pythonapi.fflush(None)


def main(arguments: list[str]) -> int:
    """Serve on the socket whose number is given, with the modules that are named after it."""
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]  # put there by `-m`
    server = ForkServer(int(arguments[0]))
    if not server.preload(arguments[1:]):
        return 1
    server.serve()
    return 0


if __name__ == "__main__":
    exit_code = main(sys.argv[1:])
    # Nothing of ours is left to do, and threads of preloaded modules could keep the interpreter from ending.
    sys.stderr.flush()
    os._exit(exit_code)
