"""Pages that other packages add, such as the proxy of services."""

from __future__ import annotations

import logging
from importlib.metadata import entry_points
from urllib.parse import quote

from xpm_workspace.frontends import WEB_GROUP, WebPages
from xpm_workspace.records import ServiceRecord
from xpm_workspace.services import ServiceState

logger = logging.getLogger("xpm.web")


def find_pages() -> list[WebPages]:
    """Return the pages of the installed packages; those that cannot be imported are told, and left out."""
    found: list[WebPages] = []
    for entry_point in sorted(entry_points(group=WEB_GROUP), key=lambda e: e.name):
        try:
            found.append(entry_point.load())
        except Exception as error:  # noqa: BLE001 - whatever the import of somebody else's module raises
            logger.warning("the web pages %s cannot be used: %s", entry_point.name, error)
    return found


def service_link(service: ServiceRecord, *, proxied: bool) -> str | None:
    """Return where a running service can be opened.

    Args:
        service: the service.
        proxied: whether this server passes on what is asked of services.
    """
    if service.state is not ServiceState.RUNNING or service.url is None:
        return None
    if proxied:
        return f"services/{quote(service.experiment_id, safe='')}/{quote(service.service_id, safe='')}/"
    # The address was written by a job: nothing else than a page is opened.
    return service.url if service.url.startswith(("http://", "https://")) else None
