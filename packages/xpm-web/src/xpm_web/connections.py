"""How many may be connected at once: the experiment in the same process needs files as well."""

from __future__ import annotations

import asyncio
import contextlib
import resource
from collections.abc import Callable

from aiohttp import web

_MOST = 1000

_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)


def most_connections() -> int:
    """Return how many visitors are taken: half of the files that this process may open, at most."""
    with contextlib.suppress(OSError, ValueError):
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY:
            return min(_MOST, soft // 2)
    return _MOST


def limited(server: web.Server, most: int) -> Callable[[], asyncio.Protocol]:
    """Return a factory of protocols that turns those away who come when there are too many."""

    def make() -> asyncio.Protocol:
        if len(server.connections) < most:
            return server()
        return _TurningAway()

    return make


class _TurningAway(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(_FULL)
        transport.close()
