"""Waiting for the end of a process of this machine, child or not; without polling where there is `pidfd`."""

from __future__ import annotations

import asyncio
import os

from xpm_workspace.process import ProcessRecord

#: Seconds between two looks where there is no `pidfd`: first, and longest.
_POLL_FIRST_S, _POLL_MAX_S = 0.02, 0.5


async def process_exit(record: ProcessRecord) -> None:
    """Return once the process is gone (or is a zombie)."""
    assert record.pid is not None, record
    try:
        pidfd = os.pidfd_open(record.pid)
    except ProcessLookupError:
        return
    except (AttributeError, OSError):
        await _poll(record)
        return
    try:
        # The number may have been given to another process before we got hold of it.
        if record.is_alive():
            await _readable(pidfd)
    finally:
        os.close(pidfd)


async def _readable(pidfd: int) -> None:
    loop = asyncio.get_running_loop()
    gone = loop.create_future()

    def tell() -> None:
        if not gone.done():
            gone.set_result(None)

    loop.add_reader(pidfd, tell)
    try:
        await gone
    finally:
        loop.remove_reader(pidfd)


async def _poll(record: ProcessRecord) -> None:
    pause_s = _POLL_FIRST_S
    while record.is_alive():
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 1.5, _POLL_MAX_S)
