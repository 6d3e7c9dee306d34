from __future__ import annotations

import asyncio
import gc
import socket
import threading
from asyncio import run_coroutine_threadsafe
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from xpm_web.asks import MAX_LOG_BYTES
from xpm_web.server import Server
from xpm_web.testing import TIMEOUT_S, Visitor
from xpm_workspace.frontends import Options
from xpm_workspace.layout import WorkspaceLayout


def test_this_machine_only_by_default(serve: Callable[..., Server], token: str) -> None:
    server = serve()
    assert server.root == f"http://127.0.0.1:{server.port}/"
    assert server.url == f"{server.root}?token=a%20token%20for%20tests%2C%20long%20enough"
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        assert connection.getpeername()[0] == "127.0.0.1"


def test_everywhere_if_told(serve: Callable[..., Server], token: str) -> None:
    server = serve(host="0.0.0.0")
    assert socket.gethostname() in server.url
    assert Visitor(server.port, token).api("/experiments")


def test_a_secret_for_each_start(serve: Callable[..., Server]) -> None:
    urls = {serve(token=None).url.partition("=")[2] for _ in range(2)}
    assert len(urls) == 2 and all(len(token) >= 32 for token in urls)


def test_a_port_that_is_taken(server: Server) -> None:
    with pytest.raises(
        OSError, match=f"cannot listen on port {server.port} of 127.0.0.1: .*; choose another"
    ):
        Server(server._target, Options(port=server.port), pages=[])


def test_an_address_of_somebody_else(server: Server) -> None:
    for host in ("no.such.host.invalid", "198.51.100.7"):
        with pytest.raises(OSError, match=r"no address of this machine|cannot listen"):
            Server(server._target, Options(host=host), pages=[])


def test_nothing_is_left(serve: Callable[..., Server], token: str) -> None:
    before = set(threading.enumerate())
    server = serve()
    port = server.port
    assert Visitor(port, token).api("/experiments")
    server.close()
    server.close()
    left = [thread for thread in set(threading.enumerate()) - before if thread.is_alive()]
    for thread in left:  # what looked is allowed to finish
        thread.join(10)
        assert not thread.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_who_arrives_at_the_end_is_disconnected(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop learns of visitors right after it learned that it is to stop."""
    server = serve()
    held, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        go_on.wait(TIMEOUT_S)

    def ask_then_go_on(what: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop) -> Future[None]:
        asked = run_coroutine_threadsafe(what, loop)
        go_on.set()
        return asked

    monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", ask_then_go_on)
    server._loop.call_soon_threadsafe(hold)
    assert held.wait(TIMEOUT_S)
    with ExitStack() as opened:
        visitors = [
            opened.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT_S))
            for _ in range(20)
        ]
        server.close()
        assert go_on.is_set()
        for visitor in visitors:
            with suppress(ConnectionResetError):
                assert visitor.recv(1) == b""
    gc.collect()  # a connection that was forgotten is a warning now, and that an error


def test_who_takes_nothing_is_disconnected(
    serve: Callable[..., Server], token: str, workspace: WorkspaceLayout
) -> None:
    """Most of what was asked for is still on the way when the server ends."""
    log = workspace.job("ir.learn", "0" * 64).stdout
    log.write_bytes(b"x" * MAX_LOG_BYTES)
    server = serve()
    server._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    with socket.socket() as visitor:
        visitor.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        visitor.settimeout(TIMEOUT_S)
        visitor.connect(("127.0.0.1", server.port))
        path = f"/api/v1/jobs/ir.learn/{'0' * 64}/log?limit={MAX_LOG_BYTES}"
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}"]
        visitor.sendall("\r\n".join([*lines, "", ""]).encode())
        assert visitor.recv(12) == b"HTTP/1.1 200"
        server.close()
        received = 0
        with suppress(ConnectionResetError):
            while part := visitor.recv(1 << 20):
                received += len(part)
        assert received < MAX_LOG_BYTES
    gc.collect()
