"""Runs the command of a service, and leaves nothing of it behind, whatever happens to who wanted it.

A small program of its own, between a process that wants a command to run and that command:

    python -I -S guard.py GRACE_S MAX_LOG_BYTES STDOUT STDERR COMMAND...

It writes lines to its standard output: `started PID`, or `failed WHY`; then `ended CODE` (negative for a
signal). The end of its standard input, which comes when its parent closes it or dies, means: stop. So does a
change of its parent, for a parent whose forks keep the pipe open. To stop is SIGTERM to the command's process
group, and after the grace SIGKILL to all that descends from it, in whatever group.

Only the standard library, and little of it: it starts in a few hundredths of a second.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import time

#: Seconds between two looks at the parent and at the size of the logs.
_LOOK_S = 1.0
#: How much is kept of the end of a log that is too long.
_KEPT_BYTES = 1 << 20
#: Ends the name of the file beside a log that holds what is kept.
CUT_SUFFIX = ".cut"
#: Seconds given to the system to end processes that were killed.
_KILL_S = 5.0

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


class Guard:
    """One command."""

    def __init__(self, grace_s: float, max_log_bytes: int, logs: list[str], command: list[str]) -> None:
        self._grace_s = grace_s
        self._max_log_bytes = max_log_bytes
        self._log_paths = logs
        self._logs = [os.open(p, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666) for p in logs]
        self._command = command
        self._parent = os.getppid()
        self._code: int | None = None
        self._asked = False
        self._wake, wake = os.pipe()
        for end in (self._wake, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask)

    def run(self) -> None:
        """Run the command to its end, or until somebody asks for it."""
        self._inherits = _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        try:
            # The group is its own, so that Ctrl+C in a terminal leaves it to us.
            child = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=self._logs[0],
                stderr=self._logs[1],
                start_new_session=True,
                preexec_fn=lambda: _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),
            )
        except (OSError, ValueError) as error:
            _say(f"failed {error}")
            return
        self._pid = child.pid
        _say(f"started {child.pid}")
        while self._code is None and not self._asked:
            self._wait(_LOOK_S)
            self._reap()
            self._look()
        self._end()
        self._reap()  # it may have ended since the last time
        # Without a code it could not be killed: it hangs in the system.
        child.returncode = -signal.SIGKILL if self._code is None else self._code
        _say(f"ended {child.returncode}")

    def _ask(self, *_: object) -> None:
        self._asked = True

    def _wait(self, timeout_s: float) -> None:
        """Wait for the parent to say something, for a signal, or for some time."""
        ready, _, _ = select.select([self._wake] if self._asked else [0, self._wake], [], [], timeout_s)
        if self._wake in ready:
            os.read(self._wake, 512)
        if 0 in ready and not os.read(0, 512):
            self._asked = True

    def _look(self) -> None:
        if os.getppid() != self._parent:
            self._asked = True
        for fd, path in zip(self._logs, self._log_paths, strict=True):
            if os.fstat(fd).st_size > self._max_log_bytes:
                with contextlib.suppress(OSError):
                    _shorten(fd, path)

    def _reap(self) -> None:
        """Take note of what ended: the command, and orphans of it, which we have inherited."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                if pid == self._pid:
                    self._code = os.waitstatus_to_exitcode(status)

    def _end(self) -> None:
        """Stop all that is there."""
        rest = self._rest()
        if rest:
            self._terminate(rest)
        if not self._gone_within(self._grace_s):
            self._gone_within(_KILL_S, kill=True)

    def _gone_within(self, timeout_s: float, *, kill: bool = False) -> bool:
        """Wait until nothing is left; tell whether nothing is."""
        deadline = time.monotonic() + timeout_s
        while rest := self._rest():
            if kill:  # each time: what forks meanwhile is new
                _signal(rest, signal.SIGKILL)
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            self._wait(min(left_s, 0.2))
        return True

    def _terminate(self, rest: list[int]) -> None:
        """Ask the group to leave, and those that have left the group."""
        outside = [pid for pid in rest if _group(pid) != self._pid]
        if outside != rest:  # else its number may be another group's by now
            with contextlib.suppress(OSError):
                os.killpg(self._pid, signal.SIGTERM)
        _signal(outside, signal.SIGTERM)

    def _rest(self) -> list[int]:
        """The processes that descend from us; where we do not inherit orphans, what is left of the group."""
        self._reap()
        parents = _parents()
        found: list[int] = []
        level = {os.getpid()}
        while level:
            level = {pid for pid, (parent, _, _) in parents.items() if parent in level}
            found += level
        if not self._inherits:
            found += [pid for pid, (_, group, _) in parents.items() if group == self._pid]
        return sorted(pid for pid in set(found) if parents[pid][2] not in "ZX")


def _parents() -> dict[int, tuple[int, int, str]]:
    """All processes: parent, group and state."""
    return _parents_of_proc() if os.path.exists("/proc/self/stat") else _parents_of_ps()


def _parents_of_ps() -> dict[int, tuple[int, int, str]]:
    listing = subprocess.Popen(["ps", "-axo", "pid=,ppid=,pgid=,state="], stdout=subprocess.PIPE, text=True)
    rows = [line.split() for line in listing.communicate()[0].splitlines()]
    found = {int(r[0]): (int(r[1]), int(r[2]), r[3][0]) for r in rows if len(r) >= 4}
    found.pop(listing.pid, None)
    return found


def _parents_of_proc() -> dict[int, tuple[int, int, str]]:
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdecimal():
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            with open(f"/proc/{name}/stat", "rb") as file:
                stat = file.read()
            state, parent, group = stat[stat.rindex(b")") + 2 :].split()[:3]
            found[int(name)] = (int(parent), int(group), state.decode())
    return found


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return 0


def _signal(pids: list[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def _shorten(fd: int, path: str) -> None:
    """Keep the end of a log that is too long beside it; the command goes on writing to an empty one."""
    with open(path, "rb") as source, open(f"{path}{CUT_SUFFIX}", "wb") as kept:
        source.seek(-_KEPT_BYTES, os.SEEK_END)
        shutil.copyfileobj(source, kept)
    os.ftruncate(fd, 0)


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more
        os.write(1, line.replace("\n", " ").encode("utf-8", "replace") + b"\n")


def _prctl(option: int, value: int) -> bool:
    """Linux only; elsewhere, the process group has to do. Tell whether it was done."""
    if sys.platform == "linux":
        with contextlib.suppress(Exception):
            import ctypes

            return bool(ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0)
    return False


def main() -> None:
    """Run the command that the arguments name."""
    grace_s, max_log_bytes, out, err, *command = sys.argv[1:]
    Guard(float(grace_s), int(max_log_bytes), [out, err], command).run()


if __name__ == "__main__":
    main()
