"""The aiohttp application: routes, the checks before them, and what every answer carries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler

from xpm_web import openapi
from xpm_web.api import OPERATIONS
from xpm_web.asks import EventsAsk
from xpm_web.assets import Assets
from xpm_web.dispatch import MAX_BODY_BYTES, Dispatcher, read_ask
from xpm_web.events import Hub, stream
from xpm_web.extensions import service_link
from xpm_web.front_door import FrontDoor
from xpm_web.guard import Guard
from xpm_web.off_loop import OffLoop
from xpm_web.site import Site
from xpm_workspace.frontends import Target, WebPages


def make_application(
    target: Target, guard: Guard, hub: Hub, off_loop: OffLoop, pages: list[WebPages]
) -> web.Application:
    """Return the application; all of it is behind the guard, the pages of others too."""
    door = FrontDoor(guard)
    application = web.Application(middlewares=door.middlewares, client_max_size=MAX_BODY_BYTES)
    application.on_response_prepare.append(door.add_headers)
    application.on_shutdown.append(hub.end)
    routes = [route for each in pages for route in _routes_of(each, target, guard)]
    proxied = any(str(route.path).startswith("/services/") for route in routes)
    site = Site(target=target, position=lambda: hub.position, link=partial(service_link, proxied=proxied))
    assets = Assets()
    document = openapi.document()

    async def page(request: web.Request) -> web.StreamResponse:
        return assets.page(hub.position)

    async def file(request: web.Request) -> web.StreamResponse:
        return assets.file(**request.match_info)

    async def describe(request: web.Request) -> web.StreamResponse:
        return web.json_response(document)

    async def events(request: web.Request) -> web.StreamResponse:
        return await stream(request, hub, read_ask(request, EventsAsk).since)

    ours: list[tuple[str, str, Handler]] = [
        ("GET", "/", page),
        ("GET", "/static/{mark}/{name:.+}", file),
        ("GET", f"{openapi.ROOT}/openapi.json", describe),
        ("GET", f"{openapi.ROOT}/events", events),
    ]
    for operation in OPERATIONS:
        answer = Dispatcher(operation, site, off_loop).answer
        ours.append((operation.method, openapi.ROOT + operation.path, answer))
    for method, path, handler in ours:
        application.router.add_route(method, path, door.ours(handler))
    application.router.add_routes(routes)
    return application


def _routes_of(pages: WebPages, target: Target, guard: Guard) -> Sequence[web.RouteDef]:
    return pages.routes(target.monitor, target.controller, private_cookies=[guard.cookie_name])
