"""Jobs as processes of this machine, detached: the scheduler can die, they go on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess

from xpm_scheduler.launchers.base import Handle, Launcher
from xpm_scheduler.launchers.watch import process_exit
from xpm_scheduler.outcome import Exit
from xpm_scheduler.plan import JobSpec
from xpm_workspace.layout import JobLayout
from xpm_workspace.process import ProcessRecord


def usable_cores() -> int:
    """How many cores this process may use (its affinity, where the system tells), at least one."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


class DirectLauncher(Launcher):
    """Runs jobs on this machine, at most `max_jobs` at once."""

    name = "local"

    def __init__(self, *, max_jobs: int | None = None, priority: int = 0) -> None:
        """Make a launcher.

        Args:
            max_jobs: how many jobs run at once; by default, as many as there are usable cores.
            priority: its jobs go before those of launchers with a lower one.
        """
        super().__init__(priority=priority, max_jobs=usable_cores() if max_jobs is None else max_jobs)

    async def submit(self, spec: JobSpec) -> Handle:
        job = spec.job
        with open(job.stdout, "ab") as stdout, open(job.stderr, "ab") as stderr:
            process = subprocess.Popen(
                [spec.python, "-m", "xpm_scheduler.job_process", str(job.params)],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                cwd=job.path,
                env=dict(spec.environ),
                start_new_session=True,
            )
        return _Child(process, ProcessRecord.of(process.pid))

    async def attach(self, job: JobLayout, record: ProcessRecord) -> Handle | None:
        return _Stranger(record) if record.type == self.name and record.is_alive() else None


class _LocalProcess:
    """What a child and a process found alive have in common."""

    def __init__(self, record: ProcessRecord) -> None:
        assert record.pid is not None, record
        self.record = record
        self.pid: int = record.pid

    async def started(self) -> None:
        return None

    async def wait(self) -> Exit:
        await process_exit(self.record)
        exit = self.poll()
        assert exit is not None, f"process {self.pid} is gone, yet answers"
        return exit

    def poll(self) -> Exit | None:
        return Exit() if self.record.is_alive() is False else None

    async def kill(self, grace_s: float) -> None:
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process_exit(self.record), grace_s)
        except asyncio.TimeoutError:
            self._signal(signal.SIGKILL)

    def remaining_time(self) -> float | None:
        return None

    def _signal(self, number: signal.Signals) -> None:
        if self.poll() is not None:
            return
        try:
            # The process leads its own session: its children go with it.
            if number is signal.SIGKILL:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)
        except ProcessLookupError:
            pass


class _Child(_LocalProcess):
    """A process that this scheduler started: its exit code is known."""

    def __init__(self, process: subprocess.Popen[bytes], record: ProcessRecord) -> None:
        super().__init__(record)
        self._process = process

    def poll(self) -> Exit | None:
        returncode = self._process.poll()
        return None if returncode is None else Exit.of_returncode(returncode)

    def __del__(self) -> None:
        # A scheduler that leaves running jobs behind does so on purpose; Popen would warn about it.
        if self._process.returncode is None:
            self._process.returncode = 0


class _Stranger(_LocalProcess):
    """A process that somebody else started."""
