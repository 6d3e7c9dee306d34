"""One request on its way to a service and back: streamed both ways, whatever its size."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import aiohttp
from aiohttp import web
from yarl import URL

from xpm_services.proxy.headers import Private, Visit, to_service, to_visitor
from xpm_services.proxy.sockets import relay
from xpm_services.proxy.targets import Directory, Refused, Target
from xpm_workspace.monitor import Monitor

logger = logging.getLogger("xpm.services")

#: Seconds within which a service has to accept a connection. How long it takes to answer is its own affair.
_CONNECT_S = 10.0
#: Seconds between two looks whether the visitor of a page without end is still there.
_LOOK_S = 5.0
#: What aiohttp would add to a request.
_NOT_OURS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class ServiceProxy:
    """Passes requests on to the services of a workspace."""

    def __init__(self, monitor: Monitor, private: Private) -> None:
        """Make one.

        Args:
            monitor: knows the services.
            private: what is not passed on.
        """
        self._directory = Directory(monitor)
        self._private = private

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request below `/services/`."""
        try:
            target = await self._directory.find(request.rel_url.raw_path)
            if not target.rest:  # relative addresses in the page need the slash
                query = request.rel_url.raw_query_string
                address = f"{target.prefix}/" + (f"?{query}" if query else "")
                return web.Response(status=308, headers={"Location": address})
            return await self._pass_on(request, target)
        except Refused as refused:
            return _plain(refused.status, str(refused))

    async def _pass_on(self, request: web.Request, target: Target) -> web.StreamResponse:
        visit = Visit(scheme=request.scheme, host=request.host, remote=request.remote or "")
        headers = to_service(request.headers, target, visit, self._private)
        url = target.url(self._private.query(request.rel_url.raw_query_string))
        async with _session() as session:
            if _is_websocket(request):
                return await relay(session, request, url, headers)
            try:
                answer = await session.request(
                    request.method,
                    URL(url, encoded=True),
                    headers=headers,
                    data=request.content if request.can_read_body else None,
                    allow_redirects=False,
                    skip_auto_headers=_NOT_OURS,
                )
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
                name = target.service.service_id
                raise Refused(502, f"service {name} does not answer at {target.origin}: {error}") from error
            async with answer:
                response = web.StreamResponse(
                    status=answer.status,
                    reason=answer.reason,
                    headers=to_visitor(answer.headers, target, visit, self._private),
                )
                await response.prepare(request)
                await _stream(answer, request, response)
                return response


async def _stream(answer: aiohttp.ClientResponse, request: web.Request, response: web.StreamResponse) -> None:
    """Pass a body on as it comes."""
    try:
        while part := await _next_part(answer, request):
            await response.write(part)
        await response.write_eof()
    except (aiohttp.ClientError, OSError) as error:
        # Its end would look like that of a whole body, unless the connection ends with it.
        logger.debug("%s was cut off: %s", request.path, error)
        if request.transport is not None:
            request.transport.abort()


async def _next_part(answer: aiohttp.ClientResponse, request: web.Request) -> bytes:
    """Wait for more; for nothing, once the visitor is gone."""
    reading = asyncio.ensure_future(answer.content.readany())
    try:
        while not (await asyncio.wait({reading}, timeout=_LOOK_S))[0]:
            if request.transport is None:
                raise ConnectionResetError("the visitor is gone")
        return reading.result()
    finally:
        if not reading.done():
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading


def _session() -> aiohttp.ClientSession:
    """Make a session for one request: nothing is shared between visitors, nothing has to be closed later."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S),
    )


def _is_websocket(request: web.Request) -> bool:
    return request.headers.get("Upgrade", "").lower() == "websocket"


def _plain(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n", headers={"X-Content-Type-Options": "nosniff"})
