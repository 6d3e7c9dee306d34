"""What every request passes before it is answered, and every answer before it is sent."""

from __future__ import annotations

import html

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from xpm_web.guard import Guard
from xpm_web.problems import problem_of, problem_response

#: Nothing but files of this server; no script or style within the page.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

#: Sent with every answer of this package.
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class FrontDoor:
    """Lets requests in, tells problems, and knows what is ours: the pages of others go out as they are."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._ours: set[Handler] = set()

    def ours(self, handler: Handler) -> Handler:
        """Take note that a handler belongs to this package; return it."""
        self._ours.add(handler)
        return handler

    @property
    def middlewares(self) -> list[Middleware]:
        """The checks, outermost first."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            return self._check(request) or await handler(request)

        @web.middleware
        async def tell(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await (self._tell(request, handler) if self._is_ours(request) else handler(request))

        return [check, tell]

    async def add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        """Add what every answer of ours carries."""
        if self._is_ours(request):
            _add_headers(response)

    def _is_ours(self, request: web.Request) -> bool:
        """What no route leads to is answered here as well."""
        match = request.match_info
        return match.handler in self._ours or match.http_exception is not None

    def _check(self, request: web.Request) -> web.StreamResponse | None:
        try:
            response: web.StreamResponse | None = self._guard.login(request)
            if response is None:
                self._guard.check(request)
        except Exception as error:  # noqa: BLE001 - a defect of the guard lets nobody in either
            response = _refusal(request, error)
        if response is not None:
            _add_headers(response)
        return response

    async def _tell(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Exception as error:  # noqa: BLE001 - told by the status, and logged if it is a defect
            response = problem_response(problem_of(error))
            if isinstance(error, web.HTTPMethodNotAllowed):
                response.headers["Allow"] = error.headers["Allow"]
            return response


def _add_headers(response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    response.headers["Server"] = "xpm-web"


def _refusal(request: web.Request, error: Exception) -> web.Response:
    problem = problem_of(error)
    if "text/html" not in request.headers.get("Accept", ""):
        return problem_response(problem)
    body = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Experimaestro: link needed</title>"
        f"<h1>This monitor needs its link</h1><p>{html.escape(problem.detail)}.</p>"
    )
    return web.Response(text=body, status=problem.status, content_type="text/html")
