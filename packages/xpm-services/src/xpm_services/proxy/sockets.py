"""WebSockets through the proxy: message by message, each side as fast as the other one reads."""

from __future__ import annotations

import asyncio
from typing import Any, TypeAlias

import aiohttp
from aiohttp import WSMsgType, web
from multidict import CIMultiDict
from yarl import URL

from xpm_services.proxy.targets import Refused

#: The longest message; it is held in memory, unlike what goes through without a WebSocket.
MAX_MESSAGE_BYTES = 64 << 20
#: Seconds given to a side to say goodbye.
_CLOSE_S = 5.0

_Socket: TypeAlias = "aiohttp.ClientWebSocketResponse[Any] | web.WebSocketResponse[Any]"


async def relay(
    session: aiohttp.ClientSession, request: web.Request, url: str, headers: CIMultiDict[str]
) -> web.WebSocketResponse:
    """Connect a visitor with a service, until one of them ends it.

    Raises:
        Refused: the service does not want it.
    """
    wanted = [p.strip() for p in headers.get("Sec-WebSocket-Protocol", "").split(",") if p.strip()]
    for name in [name for name in headers if name.lower().startswith("sec-websocket-")]:
        headers.popall(name, None)
    try:
        service = await session.ws_connect(
            URL(url, encoded=True),
            headers=headers,
            protocols=wanted,
            autoping=False,
            max_msg_size=MAX_MESSAGE_BYTES,
            timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_S),
        )
    except aiohttp.WSServerHandshakeError as error:
        raise Refused(error.status if error.status >= 400 else 502, error.message) from error
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
        raise Refused(502, f"the service does not answer: {error}") from error
    visitor = web.WebSocketResponse(
        protocols=[service.protocol] if service.protocol else [],
        autoping=False,
        compress=False,
        max_msg_size=MAX_MESSAGE_BYTES,
        timeout=_CLOSE_S,
    )
    async with service:
        await visitor.prepare(request)
        pumps = [
            asyncio.ensure_future(_pump(service, visitor)),
            asyncio.ensure_future(_pump(visitor, service)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        await visitor.close()
    return visitor


async def _pump(source: _Socket, sink: _Socket) -> None:
    """Pass messages on, until the source ends it."""
    while True:
        message = await source.receive()
        if message.type is WSMsgType.TEXT:
            await sink.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await sink.send_bytes(message.data)
        elif message.type is WSMsgType.PING:
            await sink.ping(message.data)
        elif message.type is WSMsgType.PONG:
            await sink.pong(message.data)
        else:
            code, reason = _end(source, message)
            await sink.close(code=code, message=reason)
            return


def _end(source: _Socket, message: aiohttp.WSMessage) -> tuple[int, bytes]:
    """Return the code and the reason to end a connection with, for a message that ended the other one."""
    if message.type is WSMsgType.CLOSE:
        reason = message.extra or ""
        # No code at all is said as 1005, which cannot be sent.
        return message.data if message.data not in (None, 0, 1005) else 1000, reason.encode()
    code = source.close_code
    return (1011 if code in (None, 1000, 1005, 1006) else code), b"the other side is gone"
