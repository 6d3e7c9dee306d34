from __future__ import annotations

import re
from pathlib import Path

import pytest

import xpm_web
from xpm_web.dispatch import MAX_BODY_BYTES
from xpm_web.testing import Visitor

STATIC = Path(xpm_web.__file__).parent / "static"


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/experiments", "/api/v1/openapi.json", "/nothing", "/api/v1/jobs?limit=0"]
)
def test_headers_of_every_answer(guest: Visitor, path: str) -> None:
    for token in (True, False):
        headers = guest.ask(path, token=token).headers
        policy = headers["Content-Security-Policy"]
        for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
            assert part in policy
        assert not re.search(r"unsafe|http|\*", policy)
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Access-Control-Allow-Origin" not in headers


def page_of(guest: Visitor) -> str:
    return guest.ask("/", token=False, headers=guest.cookie()).body.decode()


def test_the_page_and_its_files(guest: Visitor) -> None:
    page = page_of(guest)
    assert guest.api("/workspace")["position"] in page
    named = re.findall(r'(?:href|src)="(static/[^"]+)"', page)
    assert len(named) >= 4
    for path in named:
        answer = guest.ask(f"/{path}", token=False, headers=guest.cookie())
        assert (answer.status, "immutable" in answer.headers["Cache-Control"]) == (200, True), path
    assert guest.ask(f"/{named[0]}", token=False).status == 401


@pytest.mark.parametrize(
    "path",
    [
        "/static/{mark}/../../server.py",
        "/static/{mark}/..%2f..%2fserver.py",
        "/static/{mark}/%2e%2e/%2e%2e/server.py",
        "/static/{mark}//etc/passwd",
        "/static/{mark}/index.html",
        "/static/other/js/app.js",
        "/static/{mark}/",
        "/../../../../etc/passwd",
        "/api/v1/jobs/../../../etc/passwd",
        "/api/v1/jobs/..%2f..%2f/etc%2fpasswd/log",
        "/api/v1/jobs/..%2f..%2fetc/passwd/log",
        "/api/v1/jobs/%2e%2e/%2e%2e/log",
        "/api/v1/jobs/ir.learn/..%2f..%2f..%2fetc%2fpasswd/log",
        "/api/v1/jobs/ir.learn/%00/log",
        "/api/v1/experiments/..%2f..%2fetc/runs",
    ],
)
def test_paths_that_would_lead_elsewhere(guest: Visitor, path: str) -> None:
    found = re.search(r"static/(\w+)/", page_of(guest))
    assert found is not None
    for headers, token in ((guest.cookie(), False), ({}, True)):
        answer = guest.ask(path.format(mark=found[1]), token=token, headers=headers)
        assert answer.status in (400, 401, 404), answer
        assert b"root:" not in answer.body and b"import" not in answer.body


def test_bodies_have_a_limit(guest: Visitor) -> None:
    body = b'{"job_ids": ["' + b"x" * MAX_BODY_BYTES + b'"]}'
    answer = guest.ask(
        "/api/v1/actions/kill", "POST", body=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status, answer.headers["Content-Type"]) == (413, "application/problem+json")


def test_headers_have_a_limit(guest: Visitor) -> None:
    assert guest.ask("/api/v1/experiments", headers={"X": "x" * 20_000}).status == 400
    assert guest.ask("/api/v1/jobs?filter=" + "x" * 100_000).status == 400


def test_methods(guest: Visitor) -> None:
    for method in ("PUT", "DELETE", "PATCH", "POST"):
        answer = guest.ask("/api/v1/experiments", method)
        assert (answer.status, answer.headers["Allow"]) == (405, "GET")


def test_nothing_of_the_page_is_elsewhere() -> None:
    """No request to another host, no script or style within the page, nothing put into it as markup."""
    ours = [path for path in STATIC.rglob("*.*") if "vendor" not in path.parts and path.suffix != ".svg"]
    assert len(ours) > 15
    for path in ours:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://|[\"'(]//\w", text), path
        assert not re.search(
            r"innerHTML|insertAdjacent|document\.write|\beval\(|new Function|unsafe", text
        ), path
        assert not re.search(r"\sstyle=|\son\w+=\"", text), path


def test_what_is_taken_from_others_has_its_licence() -> None:
    told = (STATIC / "vendor" / "README.md").read_text(encoding="utf-8")
    folders = [folder for folder in (STATIC / "vendor").iterdir() if folder.is_dir()]
    assert folders
    for folder in folders:
        assert (folder / "LICENSE").is_file()
        assert f"`{folder.name}`" in told
