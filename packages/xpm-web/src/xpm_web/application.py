"""The aiohttp application: routes, the checks before them, and what every answer carries."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from xpm_web import openapi
from xpm_web.api import OPERATIONS
from xpm_web.asks import EventsAsk
from xpm_web.assets import HEADERS, Assets, sign_in_page
from xpm_web.dispatch import MAX_BODY_BYTES, Dispatcher, read_ask
from xpm_web.events import Hub, stream
from xpm_web.extensions import service_link
from xpm_web.guard import Guard
from xpm_web.off_loop import OffLoop
from xpm_web.problems import problem_of, problem_response
from xpm_web.site import Site
from xpm_workspace.frontends import Target, WebPages

_OURS = "xpm_web.ours"


def make_application(
    target: Target, guard: Guard, hub: Hub, off_loop: OffLoop, pages: list[WebPages]
) -> web.Application:
    """Return the application; all of it is behind the guard, extensions too."""
    application = web.Application(
        middlewares=[_guarding(guard), _telling_problems], client_max_size=MAX_BODY_BYTES
    )
    application.on_response_prepare.append(_add_headers)
    application.on_shutdown.append(hub.end)
    routes = [route for each in pages for route in _routes_of(each, target, guard)]
    proxied = any(str(route.path).startswith("/services/") for route in routes)
    site = Site(target=target, position=lambda: hub.position, link=partial(service_link, proxied=proxied))
    assets = Assets()
    router = application.router
    router.add_get("/", _ours(lambda request: _answer(assets.page(hub.position))))
    router.add_get(
        "/static/{mark}/{name:.+}", _ours(lambda request: _answer(assets.file(**request.match_info)))
    )
    document = openapi.document()
    router.add_get(
        f"{openapi.ROOT}/openapi.json", _ours(lambda request: _answer(web.json_response(document)))
    )
    router.add_get(
        f"{openapi.ROOT}/events",
        _ours(lambda request: stream(request, hub, read_ask(request, EventsAsk).since)),
        allow_head=False,
    )
    for operation in OPERATIONS:
        handler = _ours(Dispatcher(operation, site, off_loop))
        router.add_route(operation.method, openapi.ROOT + operation.path, handler)
    router.add_routes(routes)
    return application


def _routes_of(pages: WebPages, target: Target, guard: Guard) -> Sequence[web.RouteDef]:
    return pages.routes(target.monitor, target.controller, private_cookies=[guard.cookie_name])


async def _answer(response: web.StreamResponse) -> web.StreamResponse:
    return response


def _ours(handler: Handler) -> Handler:
    async def call(request: web.Request) -> web.StreamResponse:
        request[_OURS] = True
        return await handler(request)

    return call


def _guarding(guard: Guard) -> Middleware:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        # What no route leads to is answered here as well.
        request[_OURS] = request.match_info.http_exception is not None
        try:
            response = guard.login(request)
            if response is None:
                guard.check(request)
        except Exception as error:  # noqa: BLE001 - a defect of the guard lets nobody in either
            return _refusal(request, error)
        if response is not None:
            request[_OURS] = True
        return response or await handler(request)

    return check


@web.middleware
async def _telling_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        if not request[_OURS]:
            raise  # somebody else's answer
        response = problem_response(problem_of(error))
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except Exception as error:  # noqa: BLE001 - told by the status, logged if it is a defect
        return problem_response(problem_of(error))


def _refusal(request: web.Request, error: Exception) -> web.Response:
    request[_OURS] = True
    problem = problem_of(error)
    if "text/html" not in request.headers.get("Accept", ""):
        return problem_response(problem)
    body = sign_in_page(html.escape(problem.detail))
    return web.Response(body=body, status=problem.status, content_type="text/html", charset="utf-8")


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    # The pages of others are applications of their own, with scripts and styles as they like.
    if request.get(_OURS):
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
