"""The proxy: services behind the web monitor, at `/services/{experiment}/{service}/`.

`pages` is registered under the entry point `experimaestro.web` (`xpm_workspace.frontends.WebPages`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from aiohttp import web

from xpm_services.proxy.handler import ServiceProxy
from xpm_services.proxy.headers import Private
from xpm_workspace.controller import Controller
from xpm_workspace.monitor import Monitor


class ServicePages:
    """A `WebPages`."""

    def routes(
        self,
        monitor: Monitor,
        controller: Controller,
        *,
        private_cookies: Collection[str] = (),
        private_headers: Collection[str] = (),
        private_parameters: Collection[str] = (),
    ) -> Sequence[Any]:
        """See `WebPages`."""
        private = Private.of(private_cookies, private_headers, private_parameters)
        return [web.route("*", "/services/{tail:.+}", ServiceProxy(monitor, private).handle)]


pages = ServicePages()
