"""Pages that other packages add, such as the proxy of services."""

from __future__ import annotations

import logging
from importlib.metadata import entry_points

from xpm_workspace.frontends import WEB_GROUP, WebExtension
from xpm_workspace.records import ServiceRecord
from xpm_workspace.services import ServiceState

logger = logging.getLogger("xpm.web")


def find_extensions() -> list[WebExtension]:
    """Return the extensions of the installed packages; one that cannot be imported is told, and left out."""
    found: list[WebExtension] = []
    for entry_point in sorted(entry_points(group=WEB_GROUP), key=lambda e: e.name):
        try:
            found.append(entry_point.load())
        except Exception as error:  # noqa: BLE001 - whatever the import of somebody else's module raises
            logger.warning("the web extension %s cannot be used: %s", entry_point.name, error)
    return found


def service_link(extensions: list[WebExtension], service: ServiceRecord) -> str | None:
    """Return where a service can be opened: through this server, or at its own address."""
    for extension in extensions:
        link = extension.service_link(service)
        if link is not None:
            return link
    # Nothing else than a page: the address was written by a job.
    web = service.url is not None and service.url.startswith(("http://", "https://"))
    return service.url if web and service.state is ServiceState.RUNNING else None
