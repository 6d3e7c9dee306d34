"""From a request to an operation, and back."""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web

from xpm_web import asks
from xpm_web.api import Operation
from xpm_web.off_loop import OffLoop
from xpm_web.problems import Refused
from xpm_web.site import Site
from xpm_workspace.records import LogPart

#: Longest body that is taken.
MAX_BODY_BYTES = 512 * 1024
#: A body must be here after so long.
_BODY_S = 10.0
#: How often a log is looked at for somebody who waits for more.
_LOG_S = 0.2

_encode = msgspec.json.Encoder().encode


class Dispatcher:
    """Answers the requests for one operation."""

    def __init__(self, operation: Operation, site: Site, off_loop: OffLoop) -> None:
        self._operation = operation
        self._site = site
        self._off_loop = off_loop

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        ask = read_ask(request, self._operation.ask)
        if isinstance(ask, asks.LogAsk):
            return _log_response(await self._log(ask))
        if self._operation.method == "GET":
            answer = await self._off_loop.look(self._operation.call, self._site, ask)
        elif self._operation.body is None:
            answer = await self._off_loop.act(self._operation.call, self._site, ask)
        else:
            body = await _read_body(request, self._operation.body)
            answer = await self._off_loop.act(self._operation.call, self._site, ask, body)
        # Threads also encode: a page of jobs takes longer than a round in the loop should.
        content = await self._off_loop.look(_encode, answer)
        return web.Response(
            body=content, content_type="application/json", headers={"Cache-Control": "no-store"}
        )

    async def _log(self, ask: asks.LogAsk) -> LogPart:
        """Read a part of a log; if asked to, wait until there is one."""
        deadline = time.monotonic() + ask.wait
        while True:
            part: LogPart = await self._off_loop.look(self._operation.call, self._site, ask)
            # A log that became shorter was begun again: whoever waits for more must know.
            if part.content or part.size < ask.offset or time.monotonic() >= deadline:
                return part
            await asyncio.sleep(_LOG_S)


def read_ask(request: web.Request, kind: type[asks.Ask]) -> Any:
    """Return what is asked, from the path and the query.

    Raises:
        msgspec.ValidationError: it is not what the operation takes.
    """
    return msgspec.convert({**request.query, **request.match_info}, kind, strict=False)


async def _read_body(request: web.Request, kind: type[asks.ActBody]) -> asks.ActBody:
    # Only what no form of another site can send.
    if request.content_type != "application/json":
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json")
    try:
        content = await asyncio.wait_for(request.read(), _BODY_S)
    except asyncio.TimeoutError:
        raise Refused(HTTPStatus.REQUEST_TIMEOUT, f"the body took longer than {_BODY_S:g} s") from None
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"the body is no JSON: {error}") from error


def _log_response(part: LogPart) -> web.Response:
    return web.Response(
        body=part.content,
        content_type="application/octet-stream",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": "attachment",
            "X-Log-Offset": str(part.offset),
            "X-Log-Size": str(part.size),
        },
    )
