"""Which service a path means, and where it may be reached."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest

from xpm_services.proxy.targets import Directory, Refused, Target, is_loopback, reachable
from xpm_workspace.process import hostname
from xpm_workspace.records import ServiceRecord
from xpm_workspace.services import ServiceState


def service(
    experiment: str = "xp",
    id: str = "tb",
    url: str | None = "http://127.0.0.1:6006/",
    host: str | None = None,
    state: ServiceState = ServiceState.RUNNING,
) -> ServiceRecord:
    return ServiceRecord(
        experiment_id=experiment, run_id="r", service_id=id, url=url, host=host or hostname(), state=state
    )


class Shown:
    """As much of a monitor as the proxy asks for."""

    def __init__(self, *services: ServiceRecord) -> None:
        self.records = list(services)
        self.asked = 0

    def services(self) -> list[ServiceRecord]:
        self.asked += 1
        return self.records


def find(path: str, *services: ServiceRecord) -> Target:
    shown: Any = Shown(*services)
    return asyncio.run(Directory(shown).find(path))


STRANGE = service('a "b" é/#?', "t b%20")


@pytest.mark.parametrize(
    ("path", "prefix", "rest"),
    [
        ("/services/xp/tb/", "/services/xp/tb", "/"),
        ("/services/xp/tb", "/services/xp/tb", ""),
        ("/services/xp/tb/a/b%2Fc//d", "/services/xp/tb", "/a/b%2Fc//d"),
        ("/services/tb/", "/services/tb", "/"),
        ("/services/tb", "/services/tb", ""),
        ("/services/tb/xp", "/services/tb", "/xp"),
        ("/services/x%70/t%62/../x", "/services/x%70/t%62", "/../x"),
    ],
)
def test_paths(path: str, prefix: str, rest: str) -> None:
    target = find(path, service(), service("other", "else"))
    assert (target.prefix, target.rest) == (prefix, rest)
    assert target.url("a=b%20c") == f"http://127.0.0.1:6006{rest}?a=b%20c"
    assert target.service.service_id == "tb"


def test_strange_names() -> None:
    path = "/services/a%20%22b%22%20%C3%A9%2F%23%3F/t%20b%2520/x"
    target = find(path, STRANGE)
    assert (target.service, target.rest) == (STRANGE, "/x")


def test_an_experiment_named_as_a_service_comes_first() -> None:
    one, two = service("tb", "x"), service("xp", "tb")
    assert find("/services/tb/x/", one, two).service is one
    assert find("/services/tb/y/", one, two).service is two


@pytest.mark.parametrize(
    ("path", "services", "message"),
    [
        ("/services/xp/other/", [service()], "no current run has a service 'xp/other'"),
        ("/services/xp/", [service()], "no current run has a service 'xp"),
        ("/services//tb/", [service()], "no current run"),
        (
            "/services/tb/",
            [service("a"), service("b")],
            "several experiments .*: /services/a/tb/, /services/b/tb/",
        ),
    ],
)
def test_what_is_not_known(path: str, services: list[ServiceRecord], message: str) -> None:
    with pytest.raises(Refused, match=message) as info:
        find(path, *services)
    assert info.value.status == 404


@pytest.mark.parametrize("state", [s for s in ServiceState if s is not ServiceState.RUNNING])
def test_what_does_not_run(state: ServiceState) -> None:
    with pytest.raises(Refused, match=f"tb is {state.value}: start it first") as info:
        find("/services/xp/tb/", service(state=state))
    assert info.value.status == 503


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1:1/", None),
        ("http://localhost/", None),
        ("http://127.1.2.3/", None),
        ("http://[::1]:8080/x", None),
        ("http://0.0.0.0:5/", None),
        (f"http://{hostname().upper()}:5/", None),
        ("https://node-7:443/", "node-7"),
        ("http://10.0.0.7/", "10.0.0.7"),
    ],
)
def test_where_it_may_be(url: str, host: str | None) -> None:
    assert reachable(service(url=url, host=host)).geturl() == url


@pytest.mark.parametrize(
    ("url", "host", "status"),
    [
        ("http://169.254.169.254/latest", None, 403),  # what a cloud tells its machines
        ("http://intranet/", None, 403),
        ("http://127.0.0.1.evil.example/", None, 403),
        ("http://node-8/", "node-7", 403),
        ("http://node-7.evil.example/", "node-7", 403),
        (f"http://{hostname()}@node-8/", "node-7", 403),
        ("http://127.0.0.1:1/", "node-7", 502),  # that is the loopback of another machine
        ("file:///etc/passwd", None, 502),
        ("ftp://127.0.0.1/", None, 502),
        ("http://127.0.0.1:99999/", None, 502),
        ("http://[::1/", None, 502),
        ("nonsense", None, 502),
    ],
)
def test_where_it_must_not_be(url: str, host: str | None, status: int) -> None:
    with pytest.raises(Refused) as info:
        reachable(service(url=url, host=host))
    assert info.value.status == status


def test_names_of_this_machine() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::")))
    assert not any(map(is_loopback, ("localhost.example", "8.8.8.8", "", "::2", "127.0.0.1.example")))


def test_the_address_of_the_first_page_may_have_a_query() -> None:
    jupyter = service(url="http://user:pw@127.0.0.1:8888/base/?token=t")
    target = find("/services/xp/tb/", jupyter)
    assert target.url("") == "http://127.0.0.1:8888/base/?token=t"
    assert target.url("a=1") == "http://127.0.0.1:8888/base/?a=1"
    assert find("/services/xp/tb/x", jupyter).url("") == "http://127.0.0.1:8888/base/x"


def test_origins() -> None:
    target = find("/services/xp/tb/", service())
    for same in ("http://127.0.0.1:6006/x", "//localhost:6006", "https://[::1]:6006/"):
        assert target.is_origin(urlsplit(same))
    for other in ("http://127.0.0.1:6007/", "http://127.0.0.1/", "http://node-8:6006/", "http://x:x/"):
        assert not target.is_origin(urlsplit(other))


def test_a_page_asks_the_workspace_once() -> None:
    shown: Any = Shown(service())

    async def visit() -> None:
        directory = Directory(shown)
        await asyncio.gather(*(directory.find("/services/xp/tb/x") for _ in range(50)))

    asyncio.run(visit())
    assert shown.asked == 1
