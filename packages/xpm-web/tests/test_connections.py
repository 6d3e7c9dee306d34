"""Visitors in large numbers, and those who take their time."""

from __future__ import annotations

import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from xpm_web.connections import most_connections
from xpm_web.server import Server
from xpm_web.testing import TIMEOUT_S, Visitor


@pytest.fixture
def many_files() -> Iterator[None]:
    """Both ends of the connections are in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4096 if hard == resource.RLIM_INFINITY else min(4096, hard)
    if wanted < 2048:
        pytest.skip("the system allows too few open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def open_stream(visitor: Visitor) -> socket.socket:
    """A visitor who follows the changes."""
    connection = socket.create_connection(("127.0.0.1", visitor.port), timeout=TIMEOUT_S)
    lines = ["GET /api/v1/events HTTP/1.1", "Host: localhost", f"Authorization: Bearer {visitor.token}"]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    return connection


def test_five_hundred_visitors(many_files: None, serve: Callable[..., Server], token: str) -> None:
    visitor = Visitor(serve().port, token)
    with ExitStack() as opened:
        streams = [opened.enter_context(open_stream(visitor)) for _ in range(500)]
        for stream in streams:
            assert stream.recv(20).startswith(b"HTTP/1.1 200")
        assert visitor.ask("/api/v1/experiments").status == 200


def test_too_many_visitors(serve: Callable[..., Server], token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xpm_web.server.most_connections", lambda: 3)
    visitor = Visitor(serve().port, token)
    with ExitStack() as opened:
        streams = [opened.enter_context(open_stream(visitor)) for _ in range(3)]
        for stream in streams:
            assert stream.recv(20).startswith(b"HTTP/1.1 200")
        answer = visitor.ask("/api/v1/experiments")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert visitor.ask("/api/v1/experiments").status == 503


def test_the_process_keeps_files_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    for soft, most in ((1024, 512), (100_000, 1000), (resource.RLIM_INFINITY, 1000)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=soft: (soft, soft))
        assert most_connections() == most


@pytest.mark.parametrize("sent", [b"", b"GET /api/v1/experiments HTTP/1.1\r\nHost: loc", b"GET / HT"])
def test_who_asks_too_slowly(
    serve: Callable[..., Server], token: str, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr("xpm_web.server.IDLE_S", 0.2)
    port = serve().port
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
        connection.sendall(sent)
        assert connection.recv(1) == b""  # disconnected
    assert Visitor(port, token).ask("/api/v1/experiments").status == 200
