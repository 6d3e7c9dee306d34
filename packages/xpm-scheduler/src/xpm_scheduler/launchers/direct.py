"""Jobs as processes of this machine, detached: the scheduler can die, they go on."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias
from weakref import WeakKeyDictionary

from xpm_scheduler.launchers.base import Handle, Launcher
from xpm_scheduler.launchers.gpus import GpuPool
from xpm_scheduler.launchers.process import LocalProcess
from xpm_scheduler.launchers.warm import ForkServerGone, WarmStart, WarmStartFailed
from xpm_scheduler.outcome import Exit
from xpm_scheduler.plan import JobSpec
from xpm_workspace.layout import JobLayout
from xpm_workspace.process import ProcessRecord

_Servers: TypeAlias = dict[tuple[str, frozenset[tuple[str, str]]], "asyncio.Task[WarmStart]"]

logger = logging.getLogger("xpm.scheduler")

#: Fork servers that one launcher keeps; jobs with yet another environment start cold.
_MAX_FORK_SERVERS = 4
#: Fork servers that one job is asked of, before all start cold.
_PATIENCE = 3
#: Variables that differ from job to job, given with each request.
_JOB_VARIABLES = ("XPM_", "CUDA_VISIBLE_DEVICES")
_JOB_PROCESS = str(Path(__file__).parents[1] / "job_process.py")


def usable_cores() -> int:
    """How many cores this process may use (its affinity, where the system tells), at least one."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


class DirectLauncher(Launcher):
    """Runs jobs on this machine, at most `max_jobs` at once."""

    name = "local"

    def __init__(
        self,
        *,
        max_jobs: int | None = None,
        priority: int = 0,
        preload: Sequence[str] | None = (),
        gpus: str | Sequence[str] | None = None,
        time_limit_s: float | None = None,
        memory_bytes: int | None = None,
    ) -> None:
        """Make a launcher.

        Args:
            max_jobs: how many jobs run at once; by default, as many as there are usable cores.
            priority: its jobs go before those of launchers with a lower one.
            preload: modules that are imported once for all jobs, such as `["torch"]`; each job is then a fork
                of a process that has them. `None` starts each job as a process of its own, from nothing.
            gpus: devices handed out, one for each job, through `CUDA_VISIBLE_DEVICES`; `"auto"` for those
                that this process sees. Then at most as many jobs run as there are devices.
            time_limit_s: a job that runs longer is stopped.
            memory_bytes: a job that asks for more address space gets a `MemoryError`.
        """
        self._gpus = GpuPool(gpus) if gpus is not None else None
        limits = [usable_cores() if max_jobs is None else max_jobs]
        if self._gpus is not None:
            limits.append(len(self._gpus.devices))
        super().__init__(
            priority=priority, max_jobs=min(limits), time_limit_s=time_limit_s, memory_bytes=memory_bytes
        )
        self._preload = preload
        #: The fork servers of each scheduler: two experiments at once may use one launcher.
        self._warm: WeakKeyDictionary[asyncio.AbstractEventLoop, _Servers] = WeakKeyDictionary()

    def expect(self, python: str, environ: Mapping[str, str]) -> None:
        if self._preload is not None:
            self._server(python, _split(environ)[1], self._preload)

    async def submit(self, spec: JobSpec) -> Handle:
        if self._gpus is None:
            return await self._start(spec)
        device = self._gpus.take()
        try:
            environ = {**spec.environ, **self._gpus.environ(device)}
            handle = await self._start(replace(spec, environ=environ))
        except BaseException:
            self._gpus.free(device)
            raise
        self._gpus.give(device, handle)
        return handle

    async def _start(self, spec: JobSpec) -> Handle:
        if self._preload is not None:
            try:
                handle = await self._start_warm(spec, self._preload)
                if handle is not None:
                    return handle
            except WarmStartFailed as error:
                logger.warning("jobs start cold from now on: %s", error)
                self._preload = None
        return _start_cold(spec)

    async def _start_warm(self, spec: JobSpec, preload: Sequence[str]) -> Handle | None:
        own, shared = _split(spec.environ)
        for _ in range(_PATIENCE):
            starting = self._server(spec.python, shared, preload)
            if starting is None:
                return None
            # Shielded, so that a job that is given up does not take it from the others.
            warm = await asyncio.shield(starting)
            try:
                return await warm.spawn(spec, own)
            except ForkServerGone:
                logger.info("a fork server is gone, another one takes its place")
                await self._forget(warm)
        raise WarmStartFailed(f"{_PATIENCE} fork servers in a row were gone before they had started a job")

    async def attach(self, job: JobLayout, record: ProcessRecord) -> Handle | None:
        return LocalProcess(record) if record.type == self.name and record.is_alive() else None

    async def close(self) -> None:
        servers = list(self._warm.pop(asyncio.get_running_loop(), {}).values())
        for starting in servers:
            starting.cancel()  # without effect on one that is up
        for answer in await asyncio.gather(*servers, return_exceptions=True):
            if isinstance(answer, WarmStart):
                await answer.close()

    async def _forget(self, gone: WarmStart) -> None:
        """Take a server off the list, if no other job has done so since."""
        servers = self._warm.get(asyncio.get_running_loop(), {})
        for key, starting in tuple(servers.items()):
            started = starting.done() and not starting.cancelled() and starting.exception() is None
            if started and starting.result() is gone:
                del servers[key]
                await gone.close()

    def _server(
        self, python: str, environ: Mapping[str, str], preload: Sequence[str]
    ) -> asyncio.Task[WarmStart] | None:
        """Return the fork server for an environment, which perhaps has just begun to start."""
        loop = asyncio.get_running_loop()
        servers = self._warm.setdefault(loop, {})
        key = (python, frozenset(environ.items()))
        starting = servers.get(key)
        if starting is None:
            if len(servers) >= _MAX_FORK_SERVERS:
                return None
            starting = servers[key] = loop.create_task(WarmStart.start(python, environ, preload))
        return starting


def _split(environ: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the variables that differ from job to job, and the others."""
    own = {name: value for name, value in environ.items() if name.startswith(_JOB_VARIABLES)}
    return own, {name: value for name, value in environ.items() if name not in own}


def _start_cold(spec: JobSpec) -> Handle:
    job = spec.job
    with open(job.stdout, "ab") as stdout, open(job.stderr, "ab") as stderr:
        process = subprocess.Popen(
            [spec.python, _JOB_PROCESS, str(job.params)],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd=job.path,
            env=dict(spec.environ),
            start_new_session=True,
        )
    return _Child(process)


class _Child(LocalProcess):
    """A process that this scheduler started itself: its exit code is known."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(ProcessRecord.of(process.pid))
        self._process = process

    def poll(self) -> Exit | None:
        returncode = self._process.poll()
        return None if returncode is None else Exit.of_returncode(returncode)

    def __del__(self) -> None:
        # A scheduler that leaves running jobs behind does so on purpose; Popen would warn about it.
        if self._process.returncode is None:
            self._process.returncode = 0
