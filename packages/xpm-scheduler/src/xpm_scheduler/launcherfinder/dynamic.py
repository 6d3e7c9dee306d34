"""A launcher that spreads jobs over other launchers."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from xpm_scheduler.job_guard import DEADLINE_VARIABLE, MEMORY_VARIABLE
from xpm_scheduler.launchers.base import Handle, Launcher
from xpm_scheduler.outcome import Exit
from xpm_scheduler.plan import JobSpec
from xpm_workspace.layout import JobLayout
from xpm_workspace.process import ProcessRecord

logger = logging.getLogger("xpm.scheduler")


class DynamicLauncher(Launcher):
    """Starts each job on one of several launchers that has a free slot, chosen when the job starts.

        DynamicLauncher([DirectLauncher(max_jobs=4), cluster])

    A slot is what a launcher's `max_jobs` counts; only the jobs of this `DynamicLauncher` are counted.
    """

    name = "dynamic"

    def __init__(
        self,
        launchers: Sequence[Launcher],
        sample: bool = False,
        *,
        priority: int = 0,
        rng: random.Random | None = None,
    ) -> None:
        """Join launchers.

        Args:
            launchers: those of the highest priority get jobs first; equal ones in this order.
            sample: choose at random among those with a free slot, with their priorities (at least 1) as
                weights.
            priority: of this launcher, as for any other.
            rng: source of chance.
        """
        if not launchers:
            raise ValueError("a DynamicLauncher needs at least one launcher")
        if len({id(launcher) for launcher in launchers}) < len(launchers):
            raise ValueError("a launcher can only be once in a DynamicLauncher")
        slots = [launcher.max_jobs for launcher in launchers if launcher.max_jobs is not None]
        super().__init__(priority=priority, max_jobs=sum(slots) if len(slots) == len(launchers) else None)
        self.kill_grace_s = max(launcher.kill_grace_s for launcher in launchers)
        self.sample = sample
        self._members = [_Member(m) for m in sorted(launchers, key=lambda launcher: -launcher.priority)]
        self._random = rng or random.Random()

    @property
    def launchers(self) -> tuple[Launcher, ...]:
        """The launchers, those of the highest priority first."""
        return tuple(member.launcher for member in self._members)

    def describe(self) -> str:
        """One line for people."""
        how = "at random" if self.sample else "in this order"
        return f"{self.name}, {how}: {'; '.join(launcher.describe() for launcher in self.launchers)}"

    async def submit(self, spec: JobSpec) -> Handle:
        member = self._choose()
        logger.debug("%s goes to %s", spec.job.job_id, member.launcher.describe())
        with member.reserved():
            return member.hold(await member.launcher.submit(_adapted(spec, member.launcher)))

    async def attach(self, job: JobLayout, record: ProcessRecord) -> Handle | None:
        for member in self._members:
            handle = await member.launcher.attach(job, record)
            if handle is not None:
                return member.hold(handle)
        return None

    async def close(self) -> None:
        closed = await asyncio.gather(*(m.close() for m in self.launchers), return_exceptions=True)
        for error in closed:
            if error is not None:
                raise error

    def _choose(self) -> _Member:
        free = [member for member in self._members if member.has_room()]
        if not free:
            # More jobs run than we have slots for: some were found running. Waiting is the engine's work.
            return min(self._members, key=lambda member: member.load)
        if not self.sample:
            return free[0]
        return self._random.choices(free, [max(1, member.launcher.priority) for member in free])[0]


class _Member:
    """A launcher, and the jobs that it runs for us."""

    def __init__(self, launcher: Launcher) -> None:
        self.launcher = launcher
        self._starting = 0
        self._handles: set[_Held] = set()

    @property
    def load(self) -> float:
        """Share of its slots that are taken."""
        used = self._starting + len(self._handles)
        return used / self.launcher.max_jobs if self.launcher.max_jobs else 0

    def has_room(self) -> bool:
        """Whether a slot is free; before it says no, it looks for jobs that ended without anybody waiting."""
        if self.load >= 1:
            for handle in tuple(self._handles):
                handle.poll()
        return self.load < 1

    @contextmanager
    def reserved(self) -> Iterator[None]:
        """Take a slot while a job starts, whether it succeeds or not."""
        self._starting += 1
        try:
            yield
        finally:
            self._starting -= 1

    def hold(self, handle: Handle) -> Handle:
        """Count a job until it ends."""
        held = _Held(handle, self)
        self._handles.add(held)
        return held

    def release(self, handle: _Held) -> None:
        """A job ended."""
        self._handles.discard(handle)


class _Held:
    """The handle of a job (a `base.Handle`), which gives its slot back at the end."""

    def __init__(self, handle: Handle, member: _Member) -> None:
        self.record = handle.record
        self._handle = handle
        self._member = member

    async def started(self) -> None:
        await self._handle.started()

    async def wait(self) -> Exit:
        exit = await self._handle.wait()
        self._member.release(self)
        return exit

    def poll(self) -> Exit | None:
        exit = self._handle.poll()
        if exit is not None:
            self._member.release(self)
        return exit

    async def kill(self, grace_s: float) -> None:
        await self._handle.kill(grace_s)

    def remaining_time(self) -> float | None:
        return self._handle.remaining_time()


def _adapted(spec: JobSpec, launcher: Launcher) -> JobSpec:
    """Add what the chosen launcher says about its jobs to what is known of this one."""
    environ = {**spec.environ, **launcher.environ}
    if "PYTHONPATH" in launcher.environ and "PYTHONPATH" in spec.environ:
        # The job could not find its modules without those that it has.
        environ["PYTHONPATH"] = os.pathsep.join((spec.environ["PYTHONPATH"], launcher.environ["PYTHONPATH"]))
    time_limit_s = spec.time_limit_s
    if launcher.time_limit_s is not None:
        time_limit_s = min(launcher.time_limit_s, math.inf if time_limit_s is None else time_limit_s)
        deadline = time.time() + launcher.time_limit_s
        environ[DEADLINE_VARIABLE] = str(min(deadline, float(environ.get(DEADLINE_VARIABLE, "inf"))))
    if launcher.memory_bytes is not None:
        known = int(environ.get(MEMORY_VARIABLE, launcher.memory_bytes))
        environ[MEMORY_VARIABLE] = str(min(launcher.memory_bytes, known))
    return replace(spec, environ=environ, time_limit_s=time_limit_s)
