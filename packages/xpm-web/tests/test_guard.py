"""Each way in that must be closed, with the refusal that is expected."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from xpm_web.errors import WeakToken
from xpm_web.guard import choose_token, is_loopback
from xpm_web.server import Server
from xpm_web.testing import Answer, Visitor

API = "/api/v1/experiments"
PATHS = ("/", "/static/x/js/app.js", API, "/api/v1/openapi.json", "/api/v1/events", "/nothing")


def with_cookie(guest: Visitor, path: str, method: str = "GET", **headers: str) -> Answer:
    """Ask as a browser does that followed the link."""
    sent = guest.cookie() | {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"job_ids": ["ir.learn/" + "0" * 64]} if method == "POST" else None
    return guest.ask(path, method, token=False, headers=sent, body=body)


@pytest.mark.parametrize("path", PATHS)
def test_without_the_secret(guest: Visitor, path: str) -> None:
    no_text = guest.ask(
        path, token=False, headers={"Authorization": "Bearer \xff", "Cookie": "xpm_web_=\xff"}
    )
    assert no_text.status == 401
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer clé".encode().decode("latin-1")},
        {"Authorization": f"Basic {guest.token}"},
        {"Cookie": "xpm_web_=; xpm_web_0=0"},
        {"Cookie": guest.cookie()["Cookie"][:-1]},
        {"Cookie": guest.cookie()["Cookie"].partition("=")[0] + "=" + "é"},
    ):
        encoded = {name: value.encode().decode("latin-1") for name, value in headers.items()}
        answer = guest.ask(path, token=False, headers=encoded)
        assert (answer.status, answer.headers["Content-Type"]) == (401, "application/problem+json"), headers


def test_a_person_without_the_secret_is_told_what_to_do(guest: Visitor) -> None:
    answer = guest.ask("/", token=False, headers={"Accept": "text/html"})
    assert (answer.status, answer.headers["Content-Type"]) == (401, "text/html; charset=utf-8")
    assert b"open the link that was printed" in answer.body


@pytest.mark.parametrize(
    "wrong", ["", "wrong", "🔑", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")]
)
def test_a_link_with_a_wrong_secret(guest: Visitor, wrong: str) -> None:
    answer = guest.login(wrong)
    assert (answer.status, "Set-Cookie" in answer.headers) == (401, False)


def test_a_link_with_a_secret_that_is_no_text(guest: Visitor) -> None:
    answer = guest.ask("/?token=%ff%fe", token=False)
    assert (answer.status, "Set-Cookie" in answer.headers) == (401, False)


def test_the_link_is_exchanged_for_a_cookie(guest: Visitor) -> None:
    answer = guest.login()
    assert (answer.status, answer.headers["Location"]) == (303, "./")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    assert guest.token not in cookie
    assert with_cookie(guest, "/").status == 200
    assert with_cookie(guest, API).status == 200


def test_the_secret_is_taken_at_the_root_only(guest: Visitor) -> None:
    answer = guest.ask(API, token=False, method="GET", headers={}, body=None)
    assert answer.status == 401
    answer = guest.ask(f"{API}?token=a%20token%20for%20tests,%20long%20enough", token=False)
    assert (answer.status, "Set-Cookie" in answer.headers) == (401, False)


def test_cookies_of_other_monitors_do_not_pile_up(guest: Visitor) -> None:
    cookies = "; ".join(f"xpm_web_{number:012}=0" for number in range(11))
    removed = guest.login(headers={"Cookie": cookies}).headers.get_all("Set-Cookie", [])
    assert len([line for line in removed if "Max-Age=0" in line]) == 11
    few = guest.login(headers={"Cookie": "xpm_web_000000000000=0"}).headers.get_all("Set-Cookie", [])
    assert len(few) == 1


@pytest.mark.parametrize(
    "name",
    ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "10.1.2.3", "", "x@y", "[::1"],
)
def test_a_name_that_was_made_to_lead_here(guest: Visitor, name: str) -> None:
    """DNS rebinding: a page of evil.example, whose name suddenly means 127.0.0.1."""
    host = {"Host": name.format(port=guest.port)}
    assert guest.ask(API, headers=host).status in (400, 403)
    answer = guest.login(headers=host)
    assert answer.status in (400, 403) and "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "name", ["localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "LOCALHOST:9999", "localhost"]
)
def test_the_names_of_this_machine(guest: Visitor, name: str) -> None:
    """The port may be that of a tunnel."""
    assert guest.ask(API, headers={"Host": name.format(port=guest.port)}).status == 200


def test_names_when_other_machines_may_come(serve: Callable[..., Server], token: str) -> None:
    visitor = Visitor(serve(host="0.0.0.0").port, token)
    for name, status in {"10.1.2.3:80": 200, socket.gethostname(): 200, "evil.example": 403}.items():
        assert visitor.ask(API, headers={"Host": name}).status == status, name


def test_several_names_are_none(guest: Visitor) -> None:
    with socket.create_connection(("127.0.0.1", guest.port), timeout=10) as connection:
        lines = [
            f"GET {API} HTTP/1.1",
            "Host: localhost",
            "Host: evil",
            f"Authorization: Bearer {guest.token}",
        ]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        assert connection.recv(100).split()[1] in (b"400", b"403")


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "https://127.0.0.1.evil.example",
        "http://127.0.0.1:1",
        "file://",
        "garbage",
        "http://[::",
    ],
)
def test_pages_of_other_sites(guest: Visitor, origin: str) -> None:
    for path in (API, "/api/v1/events", "/"):
        assert with_cookie(guest, path, Origin=origin).status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_requests_that_other_sites_made(guest: Visitor, site: str) -> None:
    assert with_cookie(guest, API, Sec_Fetch_Site=site, Sec_Fetch_Mode="no-cors").status == 403
    # A link in a mail leads here: that is no harm.
    assert with_cookie(guest, "/", Sec_Fetch_Site=site, Sec_Fetch_Mode="navigate").status == 200


def test_forged_actions(guest: Visitor) -> None:
    """CSRF: the browser sends the cookie along, whoever made the request."""
    path, ours = "/api/v1/actions/clean", f"http://127.0.0.1:{guest.port}"
    navigation = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert with_cookie(guest, path, "POST").status == 403
    assert with_cookie(guest, path, "POST", Origin="http://evil.example").status == 403
    assert with_cookie(guest, path, "POST", Origin="null").status == 403
    assert with_cookie(guest, path, "POST", Origin=ours, **navigation).status == 403
    # What a form can send without asking first.
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert with_cookie(guest, path, "POST", Origin=ours, Content_Type=kind).status == 415
    assert with_cookie(guest, path, "POST", Origin=ours).status == 200
    assert with_cookie(guest, path, "GET").status == 405


@pytest.mark.parametrize("token", ["", "short", "15 characters.."])
def test_secrets_that_can_be_guessed(serve: Callable[..., Server], token: str) -> None:
    for host in ("127.0.0.1", "0.0.0.0"):
        with pytest.raises(WeakToken, match="16 characters or more"):
            serve(host=host, token=token)


def test_secrets_are_made_for_each_start() -> None:
    assert choose_token(None) != choose_token(None)
    assert len(choose_token(None)) >= 32
    assert choose_token("sixteen letters!") == "sixteen letters!"


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("node", False),
    ],
)
def test_what_only_this_machine_reaches(host: str, local: bool) -> None:
    assert is_loopback(host) is local
