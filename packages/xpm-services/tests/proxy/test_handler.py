"""Requests through a real proxy to a real server, over real sockets."""

from __future__ import annotations

import asyncio
import hashlib
import resource
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from xpm_services.proxy import handler as module
from xpm_services.proxy import pages
from xpm_services.testing import WAIT_S, served
from xpm_workspace.process import hostname
from xpm_workspace.records import ServiceRecord
from xpm_workspace.services import ServiceState

PREFIX = "/services/xp/tb"


class Shown:
    """A monitor that shows one service."""

    def __init__(self, url: str, host: str | None = None) -> None:
        self.record = ServiceRecord(
            experiment_id="xp",
            run_id="r",
            service_id="tb",
            state=ServiceState.RUNNING,
            url=url,
            host=host or hostname(),
        )

    def services(self) -> list[ServiceRecord]:
        return [self.record]


class Through:
    """A visitor's session, and where the proxy is."""

    def __init__(self, session: aiohttp.ClientSession, monitor: Shown, front: int, back: int) -> None:
        self.session, self.monitor, self.front, self.back = session, monitor, front, back

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.front}{path}"


@asynccontextmanager
async def through(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]], base: str = "/"
) -> AsyncIterator[Through]:
    """Serve with a function, and visit it through the proxy."""
    back_app = web.Application(client_max_size=1 << 30)
    back_app.router.add_route("*", "/{tail:.*}", answer)
    async with served(back_app) as back:
        monitor: Any = Shown(f"http://127.0.0.1:{back}{base}")
        front_app = web.Application()
        front_app.add_routes(
            pages.routes(
                monitor,
                None,  # type: ignore[arg-type]
                private_cookies=["xpm"],
                private_headers=["X-Xpm"],
                private_parameters=["token"],
            )
        )
        timeout = aiohttp.ClientTimeout(total=WAIT_S)
        async with (
            served(front_app) as front,
            aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session,
        ):
            yield Through(session, monitor, front, back)


def tell(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), 2 * WAIT_S))


def test_a_request_arrives_as_it_was_sent() -> None:
    async def answer(request: web.Request) -> web.Response:
        body = await request.read()
        return web.json_response(
            {
                "method": request.method,
                "path": request.raw_path,
                "headers": {name.lower(): value for name, value in request.headers.items()},
                "body": body.decode(),
            },
            status=418,
            reason="A teapot",
            headers={"X-Answer": "é"},
        )

    async def story() -> None:
        async with through(answer) as visit:
            for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
                body = None if method in ("GET", "OPTIONS") else "été"
                async with visit.session.request(
                    method,
                    visit.url(f"{PREFIX}/a/b?x=1&token=secret&y=2"),
                    data=body,
                    headers={"X-Xpm": "secret", "Cookie": "xpm=secret; own=1", "Accept": "x/y"},
                ) as got:
                    assert (got.status, got.reason, got.headers["X-Answer"]) == (418, "A teapot", "é")
                    seen = await got.json()
                assert (seen["method"], seen["path"]) == (method, "/a/b?x=1&y=2")
                assert seen["body"] == (body or "")
                assert seen["headers"]["cookie"] == "own=1" and seen["headers"]["accept"] == "x/y"
                assert "secret" not in str(seen)
                assert seen["headers"]["host"] == f"127.0.0.1:{visit.back}"
                assert seen["headers"]["x-forwarded-prefix"] == PREFIX
                assert seen["headers"]["x-forwarded-host"] == f"127.0.0.1:{visit.front}"
                assert seen["headers"]["x-forwarded-for"] == "127.0.0.1"

    tell(story)


def test_answers_without_a_body() -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/304":
            return web.Response(status=304, headers={"ETag": '"x"'})
        if request.path == "/204":
            return web.Response(status=204)
        return web.Response(body=b"x" * 1000)

    async def story() -> None:
        async with through(answer) as visit:
            async with visit.session.head(visit.url(f"{PREFIX}/")) as got:
                assert (got.status, got.headers["Content-Length"], await got.read()) == (200, "1000", b"")
            for status in (304, 204):
                async with visit.session.get(visit.url(f"{PREFIX}/{status}")) as got:
                    assert (got.status, await got.read()) == (status, b"")
            async with visit.session.post(visit.url(f"{PREFIX}/")) as got:
                assert await got.read() == b"x" * 1000

    tell(story)


def test_compressed_and_ranged_answers_pass_as_they_are() -> None:
    async def answer(request: web.Request) -> web.Response:
        assert request.headers["Accept-Encoding"] == "gzip" and request.headers["Range"] == "bytes=0-3"
        return web.Response(
            status=206,
            body=b"\x1f\x8bnot really",
            headers={"Content-Encoding": "gzip", "Content-Range": "bytes 0-3/9"},
        )

    async def story() -> None:
        headers = {"Accept-Encoding": "gzip", "Range": "bytes=0-3"}
        async with (
            through(answer) as visit,
            visit.session.get(visit.url(f"{PREFIX}/"), headers=headers) as got,
        ):
            assert (got.status, got.headers["Content-Encoding"]) == (206, "gzip")
            assert await got.read() == b"\x1f\x8bnot really"

    tell(story)


def test_redirects_and_cookies_stay_below_the_prefix() -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/login":
            response = web.Response(status=302, headers={"Location": f"http://{request.host}/home?a=1"})
            response.set_cookie("session", "1", path="/")
            response.set_cookie("xpm", "forged", path="/")
            return response
        return web.Response(text=f"{request.path_qs} {request.cookies.get('session')}")

    async def story() -> None:
        async with through(answer) as visit:
            address = visit.url(f"{PREFIX}/login")
            async with visit.session.get(address, allow_redirects=False) as got:
                assert got.headers["Location"] == f"{PREFIX}/home?a=1"
                (cookie,) = got.headers.getall("Set-Cookie")
                assert cookie.startswith("session=1") and f"Path={PREFIX}/" in cookie
            async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
                async with session.get(address) as got:
                    assert await got.text() == "/home?a=1 1"
                assert not session.cookie_jar.filter_cookies(got.url.with_path("/"))

    tell(story)


def test_the_slash_that_relative_addresses_need() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=request.raw_path)

    async def story() -> None:
        async with through(answer, base="/base/?key=k") as visit:
            async with visit.session.get(visit.url(f"{PREFIX}?a=1"), allow_redirects=False) as got:
                assert (got.status, got.headers["Location"]) == (308, f"{PREFIX}/?a=1")
            async with visit.session.get(visit.url("/services/tb")) as got:
                assert await got.text() == "/base/?key=k"
            async with visit.session.get(URL(visit.url(f"{PREFIX}/a%2Fb/%C3%A9?q=%20"), encoded=True)) as got:
                assert await got.text() == "/base/a%2Fb/%C3%A9?q=%20"

    tell(story)


def test_a_long_upload_and_download_are_streamed() -> None:
    """Each side has the first part of a body before the other has sent the last."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        async for part in request.content.iter_any():
            await response.write(part)
        return response

    async def story() -> None:
        async with through(answer) as visit:
            echoed: asyncio.Queue[bytes] = asyncio.Queue()

            async def body() -> AsyncIterator[bytes]:
                for word in (b"one", b"two", b"three"):
                    yield word
                    assert await asyncio.wait_for(echoed.get(), WAIT_S) == word

            async with visit.session.post(visit.url(f"{PREFIX}/"), data=body()) as got:
                async for part in got.content.iter_any():
                    echoed.put_nowait(part)

    tell(story)


def test_events_come_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the service hears that the visitor has left, also between two events."""
    monkeypatch.setattr(module, "_LOOK_S", 0.05)
    gone = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number in range(3):
            await response.write(f"data: {number}\n\n".encode())
        while request.transport is not None:
            await asyncio.sleep(0.01)
        gone.set()
        return response

    async def story() -> None:
        async with through(answer) as visit:
            async with visit.session.get(visit.url(f"{PREFIX}/events")) as got:
                assert got.headers["Content-Type"] == "text/event-stream"
                for number in range(3):
                    assert await got.content.readuntil(b"\n\n") == f"data: {number}\n\n".encode()
                got.close()
            await asyncio.wait_for(gone.wait(), WAIT_S)

    tell(story)


@pytest.mark.parametrize("length", [None, 100])
def test_a_body_that_is_cut_off_is_seen_to_be(length: int | None) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = length
        await response.prepare(request)
        await response.write(b"the beginning")
        assert request.transport is not None
        request.transport.abort()
        return response

    async def story() -> None:
        async with through(answer) as visit:
            with pytest.raises(aiohttp.ClientError):
                async with visit.session.get(visit.url(f"{PREFIX}/")) as got:
                    await got.read()

    tell(story)


def test_a_service_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xpm_services.proxy.targets._KNOWN_S", -1.0)

    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def story() -> None:
        async with through(answer) as visit:
            async with visit.session.get(visit.url(f"{PREFIX}/")) as got:
                assert got.status == 502
            visit.monitor.record = Shown("http://127.0.0.1:1/").record
            async with visit.session.get(visit.url("/services/tb/x")) as got:
                assert (got.status, got.content_type) == (502, "text/plain")
                assert "service tb does not answer at http://127.0.0.1:" in await got.text()
            async with visit.session.get(visit.url("/services/xp/<b>/")) as got:
                assert got.status == 404 and got.content_type == "text/plain"
                assert got.headers["X-Content-Type-Options"] == "nosniff"

    tell(story)


MEMORY = """
import asyncio, resource, sys
from aiohttp import web
from xpm_services.proxy import pages
from xpm_workspace.process import hostname
from xpm_workspace.records import ServiceRecord
from xpm_workspace.services import ServiceState

class Shown:
    def services(self):
        return [ServiceRecord(experiment_id="xp", run_id="r", service_id="tb", state=ServiceState.RUNNING,
                              url=sys.argv[1], host=hostname())]

async def peak(request):
    return web.Response(text=str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))

async def main():
    app = web.Application()
    app.router.add_get("/peak", peak)
    app.add_routes(pages.routes(Shown(), None))
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""

#: Short here: what is more than some buffers shows already.
_MANY_BYTES = 96 << 20
_PART = bytes(range(256)) * 256


@pytest.mark.skipif(sys.platform != "linux", reason="the peak memory is in KiB on Linux")
def test_any_size_in_constant_memory() -> None:
    """The proxy is a process of its own; both directions, with a reader that is slower than the writer."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.method == "POST":
            digest, size = hashlib.sha256(), 0
            async for part in request.content.iter_any():
                digest.update(part)
                size += len(part)
            return web.Response(text=f"{size} {digest.hexdigest()}")
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(_MANY_BYTES // len(_PART)):
            await response.write(_PART)
        return response

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(_MANY_BYTES // len(_PART)):
            yield _PART

    async def story() -> None:
        app = web.Application()
        app.router.add_route("*", "/", answer)
        async with served(app) as back, aiohttp.ClientSession() as session:
            with subprocess.Popen(
                [sys.executable, "-c", MEMORY, f"http://127.0.0.1:{back}/"],
                stdout=subprocess.PIPE,
                text=True,
            ) as process:
                try:
                    assert process.stdout is not None
                    line = await asyncio.to_thread(process.stdout.readline)
                    front = f"http://127.0.0.1:{int(line)}"

                    async def peak() -> int:
                        async with session.get(f"{front}/peak") as got:
                            return int(await got.text())

                    async with session.get(f"{front}{PREFIX}/nothing") as got:
                        assert got.status == 404
                    before = await peak()
                    expected = hashlib.sha256(_PART * (_MANY_BYTES // len(_PART))).hexdigest()
                    async with session.post(f"{front}{PREFIX}/", data=parts()) as got:
                        assert await got.text() == f"{_MANY_BYTES} {expected}"
                    digest = hashlib.sha256()
                    async with session.get(f"{front}{PREFIX}/") as got:
                        async for part in got.content.iter_any():
                            digest.update(part)
                    assert digest.hexdigest() == expected
                    assert await peak() - before < 24 << 10
                finally:
                    process.kill()

    tell(story)


def test_a_visitor_that_reads_nothing_fills_no_memory() -> None:
    """The service is held back: what it could write stays far below what it wants to."""
    written = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(_PART)
            written += len(_PART)

    async def story() -> None:
        async with through(answer) as visit:
            with socket.create_connection(("127.0.0.1", visit.front)) as lazy:
                lazy.sendall(f"GET {PREFIX}/ HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                before, still = -1, 0
                while still < 5:
                    await asyncio.sleep(0.05)
                    still = still + 1 if written == before else 0
                    before = written
            assert written < 64 << 20

    tell(story)


def test_five_hundred_visitors_at_once() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4096:
        pytest.skip("this system lets a process open too few files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, hard))

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=request.path)

    async def story() -> None:
        async with through(answer) as visit:

            async def one(number: int) -> None:
                async with visit.session.get(visit.url(f"{PREFIX}/{number}")) as got:
                    assert await got.text() == f"/{number}"

            await asyncio.gather(*map(one, range(500)))

    try:
        tell(story)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
