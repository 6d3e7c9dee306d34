from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import pytest

from xpm_web.server import Server
from xpm_web.testing import Visitor
from xpm_workspace.frontends import Options


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
    assert Visitor(server.port, token).api("/experiments")
    server.close()
    server.close()
    left = [thread for thread in set(threading.enumerate()) - before if thread.is_alive()]
    for thread in left:  # what looked is allowed to finish
        thread.join(10)
        assert not thread.is_alive()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", server.port), timeout=5)
