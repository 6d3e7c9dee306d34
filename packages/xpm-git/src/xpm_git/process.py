"""Run git: one command, bounded in time and output.

GitPython starts the process. Loading it takes about a tenth of a second, so the first command loads it, not
an import of this package. Where it cannot be had (a mock sits in its place), the command is started without
it: whether a project is clean must not depend on what else is mocked.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import IO, Any, NamedTuple

#: What is asked about a project has this long: a frozen network file system must not freeze the experiment.
TIMEOUT_S = 30.0

#: Status of a command that is not there, as shells have it; git never ends with it.
NOT_FOUND = 127

_EXECUTABLE_VARIABLE = "GIT_PYTHON_GIT_EXECUTABLE"

#: Set by git for its hooks, and by people: they would make git look at another repository than the path's
#: own, or read our path patterns in another way.
_MISLEADING_VARIABLES = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
)

_ENVIRONMENT = {
    "LC_ALL": "C",  # messages are recognized by their English text
    "LANGUAGE": "C",
    "GIT_OPTIONAL_LOCKS": "0",  # looking changes nothing, not even the index's cache of file dates
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",  # a partial clone must not go to the network
}

_import_lock = threading.Lock()


class Deadline:
    """When a question to git has to be answered, whatever number of commands it takes."""

    def __init__(self, seconds: float = TIMEOUT_S) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def remaining_s(self) -> float:
        """Return the seconds that are left, 0 when there are none."""
        return max(0.0, self._end - time.monotonic())


class Completed(NamedTuple):
    """How a git command ended."""

    #: Exit status; None when it was stopped because it took too long.
    status: int | None
    stdout: bytes
    stderr: str
    #: There was more output than asked for; the rest was not read.
    truncated: bool = False

    @property
    def complaint(self) -> str:
        """What git says is wrong: its first `fatal:` or `error:` line, and what to do when it tells."""
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        advice = next((line for line in lines if line.startswith("git config --global --add safe.dir")), None)
        for line in lines:
            if line.startswith(("fatal: ", "error: ")):
                return line.partition(": ")[2] + (f" (if you trust it: {advice})" if advice else "")
        return lines[-1] if lines else f"git ended with status {self.status}"


def run_git(
    arguments: Sequence[str],
    folder: Path,
    deadline: Deadline,
    *,
    environ: Mapping[str, str] | None = None,
    stdin: IO[bytes] | None = None,
    limit: int | None = None,
) -> Completed:
    """Run a git command that only reads.

    Args:
        arguments: What follows `git` on the command line.
        folder: Where it runs.
        deadline: When it is stopped.
        environ: Variables to add.
        stdin: What it reads (default: nothing).
        limit: Stop after that many bytes of output.

    Returns:
        How it ended; with the status `NOT_FOUND` when there is no git command.
    """
    executable = os.environ.get(_EXECUTABLE_VARIABLE) or "git"
    if shutil.which(executable) is None:
        missing = f"fatal: there is no {executable!r} command on the PATH"
        return Completed(status=NOT_FOUND, stdout=b"", stderr=missing)
    added = {**_ENVIRONMENT, **(environ or {})}
    misleading = [name for name in _MISLEADING_VARIABLES if name in os.environ.keys() - added]
    # GitPython can set variables of the command, not remove some.
    unset = ["env", *(word for name in misleading for word in ("-u", name))] if misleading else []
    # Not the working folder of the process: GitPython takes our own when it may not enter the one asked for.
    command = [*unset, executable, "-C", str(folder), *arguments]
    try:
        process = _start(command, added, stdin)
    except OSError as error:
        return Completed(status=NOT_FOUND, stdout=b"", stderr=f"fatal: cannot run {executable}: {error}")
    completed = _collect(process, limit, deadline.remaining_s())
    if completed is None:
        late = f"fatal: `git {arguments[0]}` was stopped: no answer within {deadline.seconds:g} s"
        return Completed(status=None, stdout=b"", stderr=late)
    return completed


def _start(command: list[str], environ: dict[str, str], stdin: IO[bytes] | None) -> subprocess.Popen[bytes]:
    # Its own session: what git itself starts (filters, submodules) is stopped with it.
    git = _gitpython()
    if git is None:
        return subprocess.Popen(
            command,
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    try:
        started: Any = git.Git().execute(
            command,
            istream=stdin,
            as_process=True,
            shell=False,
            env=environ,
            start_new_session=True,
        )
    except git.exc.GitCommandNotFound as error:
        raise FileNotFoundError(str(error)) from error
    process: subprocess.Popen[bytes] = started.proc
    started.proc = None  # else the wrapper ends the process when it goes out of scope
    return process


@cache
def _gitpython() -> Any:
    """Return GitPython, or None when it cannot be had: not installed, a mock in its place, or no git answers.

    Its variable that lets it be imported without git is not set: what other threads start meanwhile, a job,
    would get it too.
    """
    with _import_lock:  # an import that fails is not done by two threads at once
        try:
            import git
        except Exception:  # noqa: BLE001 - its own dependencies may be mocked: anything may happen in there
            return None
    # Mocks are of a class of their own.
    return git if type(git) is ModuleType and isinstance(git.Git, type) else None


def _collect(process: subprocess.Popen[bytes], limit: int | None, timeout_s: float) -> Completed | None:
    """Read what a process says until it ends; None when it had to be stopped."""
    stdout, stderr = process.stdout, process.stderr
    assert stdout is not None and stderr is not None
    late = threading.Event()

    def give_up() -> None:
        late.set()
        _kill(process)

    errors: list[bytes] = []
    # Read apart: a command with thousands of warnings would wait for us while we wait for its output.
    reader = threading.Thread(target=lambda: errors.extend(iter(stderr.readline, b"")), daemon=True)
    watchdog = threading.Timer(timeout_s, give_up)
    watchdog.daemon = True
    with stdout, stderr:
        try:
            reader.start()
            watchdog.start()
            output = stdout.read() if limit is None else stdout.read(limit + 1)
            truncated = limit is not None and len(output) > limit
            if truncated:
                _kill(process)
            reader.join()
            status = process.wait()
        except BaseException:  # Ctrl+C does not reach a process of another session
            _kill(process)
            process.wait()
            raise
        finally:
            watchdog.cancel()
    if late.is_set():
        return None
    message = b"".join(errors).decode("utf-8", "backslashreplace")
    return Completed(0 if truncated else status, output[:limit], message, truncated)


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # it has just ended
        process.kill()
