"""WebSockets through the proxy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType, web

from xpm_services.proxy import pages
from xpm_services.testing import WAIT_S, served
from xpm_workspace.process import hostname
from xpm_workspace.records import ServiceRecord
from xpm_workspace.services import ServiceState

Talk = Callable[[web.WebSocketResponse, web.Request], Awaitable[None]]


class Shown:
    def __init__(self, port: int) -> None:
        self.record = ServiceRecord(
            experiment_id="xp",
            run_id="r",
            service_id="tb",
            state=ServiceState.RUNNING,
            url=f"http://127.0.0.1:{port}/base/",
            host=hostname(),
        )

    def services(self) -> list[ServiceRecord]:
        return [self.record]


@asynccontextmanager
async def socket_to(talk: Talk, **options: Any) -> AsyncIterator[aiohttp.ClientWebSocketResponse[Any]]:
    """A WebSocket through the proxy, to a server that talks."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path != "/base/socket":
            return web.Response(status=403, text="not here")
        socket = web.WebSocketResponse(protocols=["second"], autoping=False, max_msg_size=0)
        await socket.prepare(request)
        await talk(socket, request)
        return socket

    back_app, front_app = web.Application(), web.Application()
    back_app.router.add_get("/{tail:.*}", answer)
    async with served(back_app) as back:
        monitor: Any = Shown(back)
        routes = pages.routes(monitor, None, private_cookies=["xpm"])  # type: ignore[arg-type]
        front_app.add_routes(routes)
        async with served(front_app) as front, aiohttp.ClientSession() as session:
            path = options.pop("path", "socket")
            origin = f"http://127.0.0.1:{front}"
            async with session.ws_connect(
                f"{origin}/services/xp/tb/{path}", origin=origin, autoping=False, max_msg_size=0, **options
            ) as socket:
                yield socket


def tell(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), WAIT_S))


async def echo(socket: web.WebSocketResponse, request: web.Request) -> None:
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await socket.send_bytes(message.data)
        elif message.type is WSMsgType.PING:
            await socket.pong(message.data)


def test_messages_of_all_kinds() -> None:
    async def story() -> None:
        async with socket_to(echo) as socket:
            for text in ("", "été", "x" * 100_000):
                await socket.send_str(text)
                assert await socket.receive_str() == text
            await socket.send_bytes(b"\0\xff" * 500_000)
            assert await socket.receive_bytes() == b"\0\xff" * 500_000
            await socket.ping(b"are you there")
            message = await socket.receive()
            assert (message.type, bytes(message.data)) == (WSMsgType.PONG, b"are you there")

    tell(story)


def test_what_the_service_sees_of_the_visitor() -> None:
    seen: dict[str, str] = {}

    async def talk(socket: web.WebSocketResponse, request: web.Request) -> None:
        seen.update(request.headers)
        seen["query"] = request.raw_path
        await socket.send_str(str(socket.ws_protocol))

    async def story() -> None:
        async with socket_to(
            talk, path="socket?a=%20b", protocols=["first", "second"], headers={"Cookie": "xpm=s; own=1"}
        ) as socket:
            assert await socket.receive_str() == "second"
            assert socket.protocol == "second"
        assert seen["query"] == "/base/socket?a=%20b"
        assert seen["Origin"] == f"http://{seen['Host']}"
        assert seen["Cookie"] == "own=1" and seen["X-Forwarded-Prefix"] == "/services/xp/tb"

    tell(story)


@pytest.mark.parametrize(("code", "expected"), [(1000, 1000), (4001, 4001), (1001, 1001)])
def test_the_service_ends_it(code: int, expected: int) -> None:
    async def talk(socket: web.WebSocketResponse, request: web.Request) -> None:
        await socket.close(code=code, message="enough é".encode())

    async def story() -> None:
        async with socket_to(talk) as socket:
            message = await socket.receive()
            assert (message.type, message.data, message.extra) == (WSMsgType.CLOSE, expected, "enough é")

    tell(story)


def test_the_visitor_ends_it() -> None:
    ended: asyncio.Queue[tuple[Any, Any]] = asyncio.Queue()

    async def talk(socket: web.WebSocketResponse, request: web.Request) -> None:
        message = await socket.receive()
        await ended.put((message.data, message.extra))

    async def story() -> None:
        async with socket_to(talk) as socket:
            await socket.close(code=4002, message=b"bye")
            assert await ended.get() == (4002, "bye")

    tell(story)


@pytest.mark.parametrize("side", ["service", "visitor"])
def test_a_side_that_vanishes_takes_the_other_with_it(side: str) -> None:
    ended = asyncio.Event()

    async def talk(socket: web.WebSocketResponse, request: web.Request) -> None:
        if side == "service":
            assert request.transport is not None
            request.transport.abort()
        while (await socket.receive()).type in (WSMsgType.TEXT, WSMsgType.BINARY):
            pass
        ended.set()

    async def story() -> None:
        async with socket_to(talk) as socket:
            if side == "visitor":
                transport = socket.get_extra_info("socket")
                assert transport is not None
                assert socket._response.connection is not None
                assert socket._response.connection.transport is not None
                socket._response.connection.transport.abort()
                await ended.wait()
            else:
                message = await socket.receive()
                assert (message.type, message.data) == (WSMsgType.CLOSE, 1011)

    tell(story)


def test_a_slow_reader_holds_the_writer_back() -> None:
    """What cannot be delivered is not taken: the proxy holds some buffers, not the whole stream."""
    sent = 0
    part = b"x" * 65536

    async def talk(socket: web.WebSocketResponse, request: web.Request) -> None:
        nonlocal sent
        for number in range(2000):
            await socket.send_bytes(number.to_bytes(4, "big") + part)
            sent += 1

    async def story() -> None:
        async with socket_to(talk) as socket:
            before, still = -1, 0
            while still < 5:
                await asyncio.sleep(0.05)
                still = still + 1 if sent == before else 0
                before = sent
            assert sent < 1000
            for number in range(2000):
                message = await socket.receive_bytes()
                assert int.from_bytes(message[:4], "big") == number and len(message) == 65540
        assert sent == 2000

    tell(story)


def test_a_service_that_does_not_want_it() -> None:
    async def story() -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as info:
            async with socket_to(echo, path="elsewhere"):
                pass
        assert info.value.status == 403

    tell(story)


def test_a_message_that_is_too_long_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xpm_services.proxy.sockets.MAX_MESSAGE_BYTES", 1 << 20)

    async def story() -> None:
        async with socket_to(echo) as socket:
            await socket.send_bytes(b"x" * (1 << 20 + 1))
            message = await socket.receive()
            assert (message.type, message.data) == (WSMsgType.CLOSE, 1009)

    tell(story)
