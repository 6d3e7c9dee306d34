"""Server-Sent Events: one thread watches the monitor, any number of visitors follow, each at its own pace."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque

from aiohttp import web

from xpm_web.coalescing import MAX_JOBS, Batch
from xpm_workspace.monitor import Monitor

logger = logging.getLogger("xpm.web")

#: Changes are collected for so long before they are sent.
_COLLECT_S = 0.1
#: A comment is sent after so long without a change, so that both sides learn when the line is dead.
_ALIVE_S = 15.0
#: Who takes nothing for so long is left.
_PATIENCE_S = 30.0
#: So many batches, with so many jobs together, are kept for those who come back.
_KEPT, _KEPT_JOBS = 256, 4 * MAX_JOBS
#: How long a monitor may take to stop watching; its thread does not keep the process.
_LEAVE_S = 5.0
#: How long to wait before watching a monitor again that failed.
_AGAIN_S = 1.0


class Follower:
    """One visitor, with what it has not got yet: bounded, whatever it does."""

    def __init__(self) -> None:
        #: Whether the server leaves.
        self.ended = False
        self._pending: Batch | None = None
        self._something = asyncio.Event()

    def offer(self, batch: Batch) -> None:
        """Have a batch sent; what is not sent yet is put together with it."""
        self._pending = batch if self._pending is None else self._pending.then(batch)
        self._something.set()

    async def take(self) -> Batch | None:
        """Wait for something to send; `None` if nothing comes for a while."""
        try:
            await asyncio.wait_for(self._something.wait(), _ALIVE_S)
        except asyncio.TimeoutError:
            return None
        batch, self._pending = self._pending, None
        self._something.clear()
        return batch

    def end(self) -> None:
        """Have the visitor sent away."""
        self.ended = True
        self._something.set()


class Hub:
    """Passes the changes of a monitor on. Used in the loop, but for its own thread."""

    def __init__(self, monitor: Monitor, loop: asyncio.AbstractEventLoop) -> None:
        self._monitor = monitor
        self._loop = loop
        #: Read by other threads.
        self.position = monitor.position()
        #: Batches that were sent, each with the position before it.
        self._kept: deque[tuple[str, Batch]] = deque(maxlen=_KEPT)
        self._followers: set[Follower] = set()
        #: What the thread has seen and the loop has not: guarded.
        self._seen: Batch | None = None
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="xpm-web-watch", daemon=True)

    def start(self) -> None:
        """Start watching."""
        self._thread.start()

    def close(self) -> None:
        """Stop watching, and wait for it; not in the loop."""
        self._stop.set()
        self._thread.join(_LEAVE_S)

    async def end(self, _: web.Application) -> None:
        """Send all visitors away."""
        for follower in self._followers:
            follower.end()

    def follow(self, since: str | None) -> Follower:
        """Take in a visitor, who knows what happened up to a position."""
        follower = Follower()
        missed = self._missed(since)
        if missed is not None:
            follower.offer(missed)
        self._followers.add(follower)
        return follower

    def leave(self, follower: Follower) -> None:
        """Forget a visitor."""
        self._followers.discard(follower)

    def _missed(self, since: str | None) -> Batch | None:
        if since is None or since == self.position:
            return None
        kept = list(self._kept)
        first = next((n for n, (before, _) in enumerate(kept) if before == since), None)
        if first is None:
            return Batch.start_over(self.position)
        missed = kept[first][1]
        for _, batch in kept[first + 1 :]:
            missed = missed.then(batch)
        return missed

    def _watch(self) -> None:
        """In the thread: see what changes."""
        since: str | None = self.position
        told = False
        while not self._stop.is_set():
            try:
                for changes in self._monitor.watch(since, self._stop):
                    since, told = changes.position, False
                    self._hand_over(Batch(changes))
            except Exception as error:  # noqa: BLE001 - whatever a monitor raises, visitors still look
                if not told:
                    logger.warning("the workspace cannot be watched (%s); trying again", error)
                told = True
            self._stop.wait(_AGAIN_S)

    def _hand_over(self, batch: Batch) -> None:
        with self._guard:
            waiting = self._seen is not None
            self._seen = batch if self._seen is None else self._seen.then(batch)
        if not waiting and not self._stop.is_set():
            self._loop.call_soon_threadsafe(self._loop.call_later, _COLLECT_S, self._send)

    def _send(self) -> None:
        """In the loop: pass on what was collected."""
        with self._guard:
            batch, self._seen = self._seen, None
        if batch is None:
            return
        self._kept.append((self.position, batch))
        while sum(kept.size for _, kept in self._kept) > _KEPT_JOBS:
            self._kept.popleft()
        self.position = batch.position
        for follower in self._followers:
            follower.offer(batch)


async def stream(request: web.Request, hub: Hub, since: str | None) -> web.StreamResponse:
    """Send events until the visitor leaves, or takes nothing any more."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    response.headers["X-Accel-Buffering"] = "no"
    follower = hub.follow(request.headers.get("Last-Event-ID") or since)
    try:
        await response.prepare(request)
        await response.write(b"retry: 1000\n\n")
        while not follower.ended:
            batch = await follower.take()
            message = b": still here\n\n" if batch is None else batch.message
            await asyncio.wait_for(response.write(message), _PATIENCE_S)
    except (asyncio.TimeoutError, ConnectionError):
        if request.transport is not None:
            request.transport.abort()
    finally:
        hub.leave(follower)
    return response
