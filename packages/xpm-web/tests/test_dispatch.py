from __future__ import annotations

import socket
import threading

import pytest

from xpm_web.testing import TIMEOUT_S, Visitor
from xpm_workspace.layout import WorkspaceLayout

LOG = "/api/v1/jobs/ir.learn/" + "0" * 64 + "/log"
TEXT = b"one\ntwo\n<b>three</b>\n"


def test_a_log_by_parts(visitor: Visitor) -> None:
    answer = visitor.ask(LOG)
    assert answer.body == TEXT
    assert (answer.headers["X-Log-Offset"], answer.headers["X-Log-Size"]) == ("0", str(len(TEXT)))
    # Whatever it holds, no browser takes it for a page.
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert visitor.ask(LOG, offset=-9, limit=4).body == b"hree"
    assert visitor.ask(LOG, offset=4, limit=3).body == b"two"
    assert visitor.ask(LOG, offset=10**12).body == b""
    assert visitor.ask(LOG, offset=-(10**12)).body == TEXT
    assert visitor.ask(LOG, stream="err").headers["X-Log-Size"] == "0"
    assert visitor.ask(LOG, stream="in").status == 400


def test_waiting_for_more_of_a_log(visitor: Visitor, workspace: WorkspaceLayout) -> None:
    got: list[bytes] = []
    waiting = threading.Thread(
        target=lambda: got.append(visitor.ask(LOG, offset=len(TEXT), wait=TIMEOUT_S - 5).body)
    )
    waiting.start()
    with workspace.job("ir.learn", "0" * 64).stdout.open("a") as file:
        file.write("four\n")
    waiting.join(TIMEOUT_S)
    assert got == [b"four\n"]


def test_a_log_that_was_begun_again_is_told_at_once(visitor: Visitor, workspace: WorkspaceLayout) -> None:
    workspace.job("ir.learn", "0" * 64).stdout.write_text("new\n")
    answer = visitor.ask(LOG, offset=len(TEXT), wait=25)
    assert (answer.body, answer.headers["X-Log-Size"]) == (b"", "4")


def test_a_body_that_does_not_come(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xpm_web.dispatch._BODY_S", 0.1)
    with socket.create_connection(("127.0.0.1", visitor.port), timeout=TIMEOUT_S) as connection:
        lines = [
            "POST /api/v1/actions/kill HTTP/1.1",
            "Host: localhost",
            f"Authorization: Bearer {visitor.token}",
            "Content-Type: application/json",
            "Content-Length: 1000",
        ]
        connection.sendall("\r\n".join([*lines, "", "{"]).encode())
        assert connection.recv(100).split()[1] == b"408"


def test_a_kind_of_body_that_forms_can_send(visitor: Visitor) -> None:
    body = b'{"job_ids": ["ir.learn/0"]}'
    answer = visitor.ask("/api/v1/actions/kill", "POST", body=body, headers={"Content-Type": "text/plain"})
    assert answer.status == 415
    assert visitor.ask("/api/v1/actions/kill", "POST", body=b"").status == 415
