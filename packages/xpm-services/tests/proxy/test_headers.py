"""Headers on their way through the proxy."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from xpm_services.proxy.headers import (
    Private,
    Visit,
    shown_address,
    shown_cookie,
    to_service,
    to_visitor,
)
from xpm_services.proxy.targets import Target
from xpm_workspace.records import ServiceRecord

PRIVATE = Private.of(["xpm"], ["X-Xpm-Token"], ["token"])
VISIT = Visit(scheme="http", host="127.0.0.1:8080", remote="127.0.0.9")


def target(base: str = "", prefix: str = "/services/xp/tb") -> Target:
    return Target(
        service=ServiceRecord(experiment_id="xp", run_id="r", service_id="tb"),
        scheme="http",
        netloc="127.0.0.1:6006",
        base=base,
        query="",
        prefix=prefix,
        rest="/",
    )


def headers(*pairs: tuple[str, str]) -> CIMultiDictProxy[str]:
    return CIMultiDictProxy(CIMultiDict(pairs))


def test_a_request() -> None:
    passed = to_service(
        headers(
            ("Host", "127.0.0.1:8080"),
            ("Accept", "text/html"),
            ("Content-Length", "12"),
            ("Connection", "keep-alive, X-Mine"),
            ("X-Mine", "1"),
            ("Keep-Alive", "5"),
            ("Transfer-Encoding", "chunked"),
            ("Upgrade", "h2c"),
            ("Expect", "100-continue"),
            ("X-Forwarded-For", "a liar"),
            ("X-Forwarded-User", "root"),
            ("Forwarded", "for=liar"),
            ("X-Xpm-Token", "secret"),
            ("Cookie", "xpm=secret; a=1; xpm2=3"),
            ("Origin", "http://127.0.0.1:8080"),
            ("Referer", "http://127.0.0.1:8080/services/xp/tb/x?y"),
        ),
        target("/base"),
        VISIT,
        PRIVATE,
    )
    assert dict(passed) == {
        "Accept": "text/html",
        "Content-Length": "12",
        "Cookie": "a=1; xpm2=3",
        "Origin": "http://127.0.0.1:6006",
        "Referer": "http://127.0.0.1:6006/base/x?y",
        "Host": "127.0.0.1:6006",
        "X-Forwarded-For": "127.0.0.9",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "127.0.0.1:8080",
        "X-Forwarded-Prefix": "/services/xp/tb",
    }


def test_somebody_in_between_may_speak_https() -> None:
    origin = "https://127.0.0.1:8080"
    passed = to_service(
        headers(("Origin", origin), ("Referer", f"{origin}/services/xp/tb/")), target(), VISIT, PRIVATE
    )
    assert passed["Origin"] == "http://127.0.0.1:6006" and passed["Referer"] == "http://127.0.0.1:6006/"


def test_what_another_site_says_stays_as_it_is() -> None:
    pairs = [("Origin", "http://evil.example"), ("Referer", "http://evil.example/"), ("Cookie", "xpm=secret")]
    passed = to_service(headers(*pairs), target(), VISIT, PRIVATE)
    assert passed["Origin"] == "http://evil.example" and passed["Referer"] == "http://evil.example/"
    assert "Cookie" not in passed


def test_an_answer() -> None:
    passed = to_visitor(
        headers(
            ("Content-Type", "text/html"),
            ("Content-Length", "5"),
            ("Transfer-Encoding", "chunked"),
            ("Connection", "close"),
            ("Set-Cookie", "a=1; Path=/"),
            ("Set-Cookie", "b=2; Path=/x; Domain=127.0.0.1; HttpOnly"),
            ("Set-Cookie", "xpm=forged"),
            ("Location", "/login?next=%2F"),
            ("Refresh", "3; url=/x"),
            ("Service-Worker-Allowed", "/"),
            ("Clear-Site-Data", '"cookies"'),
            ("Strict-Transport-Security", "max-age=1"),
            ("Content-Security-Policy", "default-src 'self'"),
        ),
        target(),
        VISIT,
        PRIVATE,
    )
    assert list(passed.items()) == [
        ("Content-Type", "text/html"),
        ("Content-Length", "5"),
        ("Set-Cookie", "a=1; Path=/services/xp/tb/"),
        ("Set-Cookie", "b=2; Path=/services/xp/tb/x; HttpOnly"),
        ("Location", "/services/xp/tb/login?next=%2F"),
        ("Refresh", "3; url=/services/xp/tb/x"),
        ("Content-Security-Policy", "default-src 'self'"),
    ]


@pytest.mark.parametrize(
    ("base", "address", "shown"),
    [
        ("", "/x", "/services/xp/tb/x"),
        ("", "/", "/services/xp/tb/"),
        ("", "x?y#z", "x?y#z"),
        ("", "../x", "../x"),
        ("", "?page=2", "?page=2"),
        ("", "http://127.0.0.1:6006/a?b=%2F#c", "/services/xp/tb/a?b=%2F#c"),
        ("", "http://localhost:6006", "/services/xp/tb/"),
        ("", "//127.0.0.1:6006/a", "/services/xp/tb/a"),
        ("", "http://127.0.0.1:8080/a", "/services/xp/tb/a"),  # it believed X-Forwarded-Host
        ("", "http://127.0.0.1:8080/services/xp/tb/a", "/services/xp/tb/a"),  # and X-Forwarded-Prefix
        ("", "https://example.org/a", "https://example.org/a"),
        ("", "http://127.0.0.1:6007/a", "http://127.0.0.1:6007/a"),
        ("", "mailto:a@b", "mailto:a@b"),
        ("", "http://[bad", "http://[bad"),
        ("/base", "/base/x", "/services/xp/tb/x"),
        ("/base", "/base", "/services/xp/tb/"),
        ("/base", "/basement", "/basement"),
        ("/services/xp/tb", "/services/xp/tb/x", "/services/xp/tb/x"),
    ],
)
def test_addresses(base: str, address: str, shown: str) -> None:
    assert shown_address(address, target(base), VISIT) == shown


@pytest.mark.parametrize(
    ("base", "cookie", "shown"),
    [
        ("", "a=b=c", "a=b=c"),
        ("", "a=1;path=/;SECURE", "a=1; Path=/services/xp/tb/;SECURE"),
        (
            "",
            'a="x y"; Expires=Wed, 21 Oct 2026 07:28:00 GMT',
            'a="x y"; Expires=Wed, 21 Oct 2026 07:28:00 GMT',
        ),
        ("", "xpm=1; Path=/", None),
        ("", " xpm =1", None),
        ("/base", "a=1; Path=/base/x", "a=1; Path=/services/xp/tb/x"),
        ("/base", "a=1; Path=/base", "a=1; Path=/services/xp/tb/"),
        ("/base", "a=1; Path=/", "a=1; Path=/services/xp/tb/"),
    ],
)
def test_cookies(base: str, cookie: str, shown: str | None) -> None:
    assert shown_cookie(cookie, target(base), PRIVATE) == shown


def test_private_parameters() -> None:
    assert PRIVATE.query("a=%20b&token=secret&c&to%6ben=x&tokens=1") == "a=%20b&c&tokens=1"
    assert Private().query("a=1&&b") == "a=1&&b"
