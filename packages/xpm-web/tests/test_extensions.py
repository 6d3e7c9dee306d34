"""Pages of others: behind the same checks, and otherwise left alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from aiohttp import web

from xpm_web import extensions
from xpm_web.dispatch import MAX_BODY_BYTES
from xpm_web.extensions import find_pages, service_link
from xpm_web.server import Server
from xpm_web.testing import Visitor
from xpm_workspace.records import ServiceRecord
from xpm_workspace.services import ServiceState


class Echo:
    """A page of somebody else."""

    def __init__(self) -> None:
        self.private: Collection[str] = ()

    def routes(
        self, monitor: Any, controller: Any, *, private_cookies: Collection[str] = (), **_: Any
    ) -> Sequence[Any]:
        self.private = private_cookies
        assert monitor.experiments() and controller is not None
        return [web.route("*", "/services/{tail:.+}", self.answer)]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/broken"):
            raise web.HTTPNotFound(text="theirs")
        size = 0
        async for chunk in request.content.iter_any():
            size += len(chunk)
        return web.Response(text=f"<script>1</script>{size}", content_type="text/html")


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def theirs(serve: Callable[..., Server], echo: Echo, token: str) -> Visitor:
    return Visitor(serve(pages=[echo]).port, token)


def test_their_pages_are_left_alone(theirs: Visitor, echo: Echo) -> None:
    cookie = theirs.cookie()
    answer = theirs.ask("/services/xp/board/", token=False, headers=cookie)
    assert (answer.status, answer.body) == (200, b"<script>1</script>0")
    assert "Content-Security-Policy" not in answer.headers
    large = theirs.ask(
        "/services/xp/board/", "POST", token=False, body=b"x" * (4 * MAX_BODY_BYTES),
        headers={**cookie, "Origin": f"http://127.0.0.1:{theirs.port}"},
    )  # fmt: skip
    assert large.body.endswith(str(4 * MAX_BODY_BYTES).encode())
    missing = theirs.ask("/services/xp/broken", token=False, headers=cookie)
    assert (missing.status, missing.body) == (404, b"theirs")
    assert list(echo.private) == [cookie["Cookie"].partition("=")[0]]


def test_their_pages_are_behind_the_same_checks(theirs: Visitor) -> None:
    path, cookie = "/services/xp/board/", theirs.cookie()
    assert theirs.ask(path, token=False).status == 401
    assert "Content-Security-Policy" in theirs.ask(path, token=False).headers
    # The header belongs to the service: our secret must not be sent there.
    assert theirs.ask(path).status == 401
    assert theirs.ask(path, token=False, headers={**cookie, "Host": "evil.example"}).status == 403
    assert theirs.ask(path, token=False, headers={**cookie, "Origin": "http://evil.example"}).status == 403
    assert theirs.ask(path, "POST", token=False, headers=cookie).status == 403


def test_finding_them(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    group = "experimaestro.web"
    good = EntryPoint("good", "xpm_web.frontend:frontend", group)
    bad = EntryPoint("bad", "no_such_module:pages", group)
    monkeypatch.setattr(extensions, "entry_points", lambda group: [good, bad])
    assert len(find_pages()) == 1
    assert caplog.messages == ["the web pages bad cannot be used: No module named 'no_such_module'"]


@pytest.mark.parametrize(
    ("state", "url", "proxied", "link"),
    [
        (ServiceState.RUNNING, "http://127.0.0.1:6006/", False, "http://127.0.0.1:6006/"),
        (ServiceState.RUNNING, "http://127.0.0.1:6006/", True, "services/my%20xp/a%2Fb/"),
        (ServiceState.RUNNING, "javascript:alert(1)", False, None),
        (ServiceState.RUNNING, None, True, None),
        (ServiceState.STOPPED, "http://127.0.0.1:6006/", True, None),
    ],
)
def test_where_a_service_is_opened(
    state: ServiceState, url: str | None, proxied: bool, link: str | None
) -> None:
    service = ServiceRecord(experiment_id="my xp", run_id="1", service_id="a/b", state=state, url=url)
    assert service_link(service, proxied=proxied) == link
