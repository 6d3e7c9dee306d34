"""What watches over a task from inside its process: signals, the deadline, the memory limit.

Light: each job process imports it. A signal handler of Python runs in the main thread only, once that thread
is back in Python code, which may be never. So a second thread, woken by the interpreter's wakeup descriptor,
writes the marker at once; whatever happens to the main thread then, the reason is on disk.
"""

from __future__ import annotations

import _thread
import os
import time
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

from xpm_tasks.errors import TaskCancelled
from xpm_workspace.locks import FileLock
from xpm_workspace.markers import write_failed
from xpm_workspace.names import JobFiles

if TYPE_CHECKING:
    import signal
else:
    # What `signal` is made from: that one makes enumerations of all its names, for half a millisecond.
    import _signal as signal

#: Environment variables by which the scheduler sets limits.
DEADLINE_VARIABLE = "XPM_DEADLINE"
#: What the clock said, in the scheduler, when it set the deadline.
CLOCK_VARIABLE = "XPM_CLOCK"
MEMORY_VARIABLE = "XPM_MEMORY_BYTES"
#: Lock file of the device that the job was given.
DEVICE_LOCK_VARIABLE = "XPM_DEVICE_LOCK"

#: Seconds between asking a task that is over its time to stop, and stopping it.
GRACE_S = 30.0

_STOPPING: dict[int, str] = {signal.SIGTERM: "SIGTERM", signal.SIGINT: "SIGINT"}


class JobGuard:
    """Watches over the task of this process."""

    def __init__(self, job: JobFiles) -> None:
        self._job = job
        deadline = os.environ.get(DEADLINE_VARIABLE)
        #: On the monotonic clock: the machine's clock may be set while the task runs.
        self._deadline_s = None if deadline is None else time.monotonic() + _seconds_to(float(deadline))
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        #: Why the task was asked to stop: `CANCELLED` or `TIMEOUT`, and a line for people.
        self.stopped: tuple[str, str] | None = None
        self._over = False
        self._device: FileLock | None = None
        #: What was called on the signals before.
        self._handlers: dict[int, Any] = {}

    def remaining_time(self) -> float | None:
        """Seconds until the task is stopped; `None` without a limit."""
        return None if self._deadline_s is None else max(0.0, self._deadline_s - time.monotonic())

    def start(self) -> None:
        """Begin: from now on a signal to stop raises `TaskCancelled` in the main thread."""
        _limit_memory()
        device = os.environ.get(DEVICE_LOCK_VARIABLE)
        if device is not None:
            # Held until this process is gone.
            self._device = FileLock(device)
            self._device.acquire(timeout_s=None)
        os.register_at_fork(after_in_child=self._leave_alone)
        self._handlers = {number: signal.signal(number, self._raise) for number in _STOPPING}
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        _thread.start_new_thread(self._watch, ())

    def stop(self) -> None:
        """The task has ended: a signal that comes now must not tear the marker."""
        self._over = True
        for number in _STOPPING:
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(-1)

    def _leave_alone(self) -> None:
        """In a process that the task forked: a worker that is stopped must not stop the task."""
        if self._over:
            return
        signal.set_wakeup_fd(-1)
        for number, handler in self._handlers.items():
            if signal.getsignal(number) == self._raise:
                signal.signal(number, handler or signal.SIG_DFL)

    def _raise(self, number: int, frame: FrameType | None) -> None:
        if not self._over:
            _, message = self._note(number)
            raise TaskCancelled(message, remaining_time=self.remaining_time())

    def _note(self, number: int) -> tuple[str, str]:
        if self.stopped is None:
            self.stopped = ("CANCELLED", f"stopped by {_STOPPING[number]}")
        return self.stopped

    def _watch(self) -> None:
        while True:
            if self._deadline_s is not None and not self._is_woken_in_time():
                if not self._over:
                    self._time_is_over()
                return
            numbers = os.read(self._woken, 64)
            if self._over:
                return
            for number in numbers:
                if number in _STOPPING:
                    self._write(128 + number, *self._note(number))

    def _is_woken_in_time(self) -> bool:
        import select

        return bool(select.select([self._woken], [], [], self.remaining_time())[0])

    def _time_is_over(self) -> None:
        self.stopped = ("TIMEOUT", "reached its time limit")
        self._write(128 + signal.SIGTERM, *self.stopped)
        self._deadline_s = None
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_S)
        if not self._over:
            os.killpg(os.getpgrp(), signal.SIGKILL)

    def _write(self, code: int, reason: str, message: str) -> None:
        # Where the marker cannot be written, the task has to be stopped all the same.
        with suppress(OSError):
            write_failed(self._job, reason, code, message)


def _seconds_to(deadline: float) -> float:
    """How long the task may run; by the clock that the limit was set with, which may not be ours."""
    return deadline - float(os.environ.get(CLOCK_VARIABLE) or time.time())


def _limit_memory() -> None:
    limit = os.environ.get(MEMORY_VARIABLE)
    if limit is not None:
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (int(limit), hard))
