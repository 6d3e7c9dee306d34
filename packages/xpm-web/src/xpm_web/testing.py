"""For tests: a visitor without a browser."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

#: No test waits longer for an answer.
TIMEOUT_S = 20.0


class Answer(NamedTuple):
    """What a server answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Visitor:
    """Asks a server, with the secret unless told otherwise."""

    def __init__(self, port: int, token: str) -> None:
        """Visit a server of this machine.

        Args:
            port: where it listens.
            token: its secret.
        """
        self.port, self.token = port, token

    def ask(
        self,
        path: str,
        method: str = "GET",
        *,
        headers: Mapping[str, str] | None = None,
        token: bool = True,
        body: Any = None,
        **query: Any,
    ) -> Answer:
        """Ask for something of the server.

        Args:
            path: from the root on.
            method: of HTTP.
            headers: further ones; `Host` is ours unless it is given.
            token: send the secret.
            body: bytes as they are, anything else as JSON.
            query: what follows the path.
        """
        connection = self.connect()
        try:
            sent = dict(headers or {})
            if token:
                sent.setdefault("Authorization", f"Bearer {self.token}")
            if body is not None and not isinstance(body, bytes):
                body = json.dumps(body).encode()
                sent.setdefault("Content-Type", "application/json")
            connection.request(method, path + (f"?{urlencode(query)}" if query else ""), body, sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def login(self, token: str | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Follow a link as it is printed at the start.

        Args:
            token: the secret in the link; by default, the right one.
            headers: further ones.
        """
        query = urlencode({"token": self.token if token is None else token})
        return self.ask(f"/?{query}", token=False, headers=headers)

    def cookie(self) -> dict[str, str]:
        """Return the header that a browser sends after it followed the link."""
        return {"Cookie": self.login().headers["Set-Cookie"].partition(";")[0]}

    def api(self, path: str, **query: Any) -> Any:
        """Return what an operation of the API answers."""
        answer = self.ask(f"/api/v1{path}", **query)
        if answer.status != 200:
            raise AssertionError(f"{path}: {answer.status} {answer.body!r}")
        return answer.json

    def post(self, path: str, body: Any = None) -> Answer:
        """Ask the API to do something."""
        return self.ask(f"/api/v1{path}", "POST", body=body)

    def events(self, since: str | None = None, last_id: str | None = None) -> Iterator[tuple[str, Any]]:
        """Yield the positions and data of events, once the server has taken the visitor in."""
        connection = self.connect()
        query = f"?{urlencode({'since': since})}" if since else ""
        headers = {"Authorization": f"Bearer {self.token}"}
        if last_id:
            headers["Last-Event-ID"] = last_id
        connection.request("GET", f"/api/v1/events{query}", headers=headers)
        answer = connection.getresponse()
        first = answer.readline()
        if not first.startswith(b"retry:"):
            raise AssertionError(f"no stream of events: {answer.status} {first!r}")
        return _events(connection, answer)

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)


def _events(
    connection: http.client.HTTPConnection, answer: http.client.HTTPResponse
) -> Iterator[tuple[str, Any]]:
    position = ""
    try:
        while line := answer.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name == "id":
                position = value
            elif name == "data":
                yield position, json.loads(value)
    finally:
        answer.close()
        connection.close()
