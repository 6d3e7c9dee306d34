"""A launcher that spreads jobs over other launchers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

from xpm_scheduler.launchers.base import Handle, Launcher
from xpm_scheduler.plan import JobSpec
from xpm_workspace.layout import JobLayout
from xpm_workspace.process import ProcessRecord


class DynamicLauncher(Launcher):
    """Lets each job wait for several launchers: it goes to the one that can start it first.

        DynamicLauncher([DirectLauncher(max_jobs=4), cluster])

    What `max_jobs` says of each of them holds for all its jobs, also those that were submitted to it alone.
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
            launchers: of those with a free slot, a job goes to one of the highest priority; of equal ones, to
                the first in this order.
            sample: choose at random among those with a free slot, with their priorities (at least 1) as
                weights.
            priority: of this launcher, as for any other.
            rng: source of chance.
        """
        if not launchers:
            raise ValueError("a DynamicLauncher needs at least one launcher")
        if len({id(launcher) for launcher in launchers}) < len(launchers):
            raise ValueError("a launcher can only be once in a DynamicLauncher")
        #: The launchers, those of the highest priority first.
        self.launchers = tuple(sorted(launchers, key=lambda launcher: -launcher.priority))
        slots = [launcher.max_jobs for launcher in launchers if launcher.max_jobs is not None]
        super().__init__(priority=priority, max_jobs=sum(slots) if len(slots) == len(launchers) else None)
        self.kill_grace_s = max(launcher.kill_grace_s for launcher in launchers)
        self.sample = sample
        self._random = rng or random.Random()

    def choices(self) -> tuple[Launcher, ...]:
        launchers = self._drawn() if self.sample else self.launchers
        return tuple(dict.fromkeys(choice for launcher in launchers for choice in launcher.choices()))

    def _drawn(self) -> list[Launcher]:
        """Draw all launchers one after the other, weighted by their priorities.

        Whichever of them have a free slot later, the first of these in this order is a weighted draw among
        them: so the choice is made now, and the engine needs no chance. Each gets a key whose greatest is a
        weighted draw (Efraimidis and Spirakis, Weighted random sampling with a reservoir, 2006).
        """
        keys = {id(one): self._random.random() ** (1 / max(1, one.priority)) for one in self.launchers}
        return sorted(self.launchers, key=lambda launcher: -keys[id(launcher)])

    def describe(self) -> str:
        """One line for people."""
        how = "at random" if self.sample else "in this order"
        return f"{self.name}, {how}: {'; '.join(launcher.describe() for launcher in self.launchers)}"

    async def submit(self, spec: JobSpec) -> Handle:
        """Start a job for which nobody looked who has a free slot."""
        return await self.choices()[0].submit(spec)

    async def attach(self, job: JobLayout, record: ProcessRecord) -> Handle | None:
        for launcher in self.launchers:
            handle = await launcher.attach(job, record)
            if handle is not None:
                return handle
        return None

    async def close(self) -> None:
        closed = await asyncio.gather(*(m.close() for m in self.launchers), return_exceptions=True)
        for error in closed:
            if error is not None:
                raise error
