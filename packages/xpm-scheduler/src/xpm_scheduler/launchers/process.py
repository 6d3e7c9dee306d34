"""A job process of this machine, however it was started."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace

from xpm_scheduler.launchers.memory import memory_kills
from xpm_scheduler.launchers.watch import process_exit
from xpm_scheduler.outcome import Exit
from xpm_workspace.process import ProcessRecord


class LocalProcess:
    """A process that somebody else started: how it ends cannot be known, only when (a `base.Handle`)."""

    def __init__(self, record: ProcessRecord) -> None:
        assert record.pid is not None, record
        self.record = record
        self.pid: int = record.pid
        self._short_before = memory_kills()
        self._killed = False

    async def started(self) -> None:
        """A local process runs at once."""
        return

    async def wait(self) -> Exit:
        """Return once the process is gone."""
        await process_exit(self.record)
        return self._with_memory(self.poll() or Exit())

    def _with_memory(self, exit: Exit) -> Exit:
        """Add what the machine tells of memory to an end by SIGKILL that we did not ask for."""
        if self._killed or exit.code is not None or exit.signal not in (None, signal.SIGKILL):
            return exit
        return replace(exit, memory_was_short=memory_kills() > self._short_before)

    def poll(self) -> Exit | None:
        """How it ended; `None` while it lives."""
        return Exit() if self.record.is_alive() is False else None

    async def kill(self, grace_s: float) -> None:
        """Send SIGTERM to the process; after `grace_s` seconds, SIGKILL to it and its children."""
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process_exit(self.record), grace_s)
        except asyncio.TimeoutError:
            self._signal(signal.SIGKILL)

    def remaining_time(self) -> float | None:
        """This machine sets no limit."""
        return None

    def _signal(self, number: signal.Signals) -> None:
        if self.poll() is not None:
            return
        try:
            # The process leads its own session: with SIGKILL, its children go as well.
            if number is signal.SIGKILL:
                self._killed = True
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)
        except ProcessLookupError:
            return
