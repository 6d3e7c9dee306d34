"""Which service a path means, and where it may be reached."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from xpm_workspace.monitor import Monitor
from xpm_workspace.process import hostname
from xpm_workspace.records import ServiceRecord
from xpm_workspace.services import ServiceState

#: First part of the paths of services.
ROOT = "services"

#: For how long what is known of the services is used: a page asks for dozens of files at once.
_KNOWN_S = 1.0

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Refused(Exception):
    """A request that is not passed on, with what the visitor is told."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a request goes."""

    #: The service.
    service: ServiceRecord
    #: `http` or `https`.
    scheme: str
    #: Host and port, as in a URL.
    netloc: str
    #: Path below which the service answers, without a slash at its end.
    base: str
    #: What the address has after its path, for the first page.
    query: str
    #: Path below which the monitor shows it, as the visitor wrote it, without a slash at its end.
    prefix: str
    #: What the visitor asks for below the prefix; empty without even a slash.
    rest: str

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.netloc}"

    def url(self, query: str) -> str:
        """Return the address to ask, for a query of the visitor."""
        if not query and self.rest == "/":
            query = self.query
        return f"{self.origin}{self.base}{self.rest}" + (f"?{query}" if query else "")

    def is_origin(self, parts: SplitResult) -> bool:
        """Whether an address is of this service, under any name of this machine."""
        try:
            port = parts.port or _DEFAULT_PORTS.get(parts.scheme or self.scheme)
        except ValueError:
            return False
        own = urlsplit(self.origin)
        if port != (own.port or _DEFAULT_PORTS[self.scheme]):
            return False
        names = (parts.hostname or "", own.hostname or "")
        return names[0] == names[1] or all(is_loopback(name) for name in names)

    def shown_path(self, path: str) -> str:
        """Return where the visitor finds an absolute path of the service."""
        if self.base:
            if path == self.base or path.startswith(f"{self.base}/"):
                return self.prefix + (path[len(self.base) :] or "/")
            return path  # not below what is shown
        if path == self.prefix or path.startswith(f"{self.prefix}/"):
            return path  # it knows where it is shown
        return self.prefix + path


class Directory:
    """The services that the workspace knows."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._services: list[ServiceRecord] = []
        self._until = 0.0
        self._looking = asyncio.Lock()

    async def find(self, raw_path: str) -> Target:
        """Return what a path means.

        Args:
            raw_path: as the visitor wrote it: `/services/EXPERIMENT/SERVICE/...`, or, if only one experiment
                has a service of this name, `/services/SERVICE/...`.

        Raises:
            Refused: there is no such service, it does not run, or it is somewhere it must not be reached.
        """
        service, length = _choose(await self._known(), raw_path)
        parts = raw_path.split("/", length)
        rest = "/" + parts[length] if len(parts) > length else ""
        address = reachable(service)
        return Target(
            service=service,
            scheme=address.scheme,
            netloc=address.netloc.rpartition("@")[2],
            base=address.path.rstrip("/"),
            query=address.query,
            prefix="/".join(parts[:length]),
            rest=rest,
        )

    async def _known(self) -> list[ServiceRecord]:
        async with self._looking:
            if time.monotonic() > self._until:
                # The monitor may be busy with the index of a large workspace.
                self._services = await asyncio.to_thread(self._monitor.services)
                self._until = time.monotonic() + _KNOWN_S
            return self._services


def _choose(services: list[ServiceRecord], raw_path: str) -> tuple[ServiceRecord, int]:
    """Return the service that a path means, and how many parts of the path (an empty one first) name it."""
    names = [unquote(part) for part in raw_path.split("/", 4)[2:4]]
    for service in services:
        if [service.experiment_id, service.service_id] == names:
            return service, 4
    found = [service for service in services if service.service_id == names[0]]
    if len(found) == 1:
        return found[0], 3
    if found:
        where = ", ".join(f"/{ROOT}/{s.experiment_id}/{s.service_id}/" for s in found)
        raise Refused(404, f"several experiments have a service {names[0]!r}: {where}")
    raise Refused(404, f"no current run has a service {'/'.join(names)!r}")


def reachable(service: ServiceRecord) -> SplitResult:
    """Return the address of a service that runs.

    Raises:
        Refused: it does not run; or its address is neither on this machine nor on the one that it is recorded
            to run on.
    """
    if service.state is not ServiceState.RUNNING or not service.url:
        raise Refused(503, f"service {service.service_id} is {service.state.value}: start it first")
    try:
        address = urlsplit(service.url)
        host, _ = address.hostname or "", address.port
    except ValueError:
        raise Refused(502, f"service {service.service_id} has no usable address: {service.url}") from None
    if address.scheme not in _DEFAULT_PORTS or not host:
        raise Refused(502, f"service {service.service_id} has no usable address: {service.url}")
    recorded = service.host or hostname()
    if is_loopback(host):
        if recorded == hostname():
            return address
        raise Refused(
            502,
            f"service {service.service_id} listens to {recorded} only ({service.url}): open a monitor there",
        )
    if host.casefold() == recorded.casefold():
        return address
    raise Refused(
        403, f"service {service.service_id} runs on {recorded}, but its address is elsewhere: {service.url}"
    )


def is_loopback(host: str) -> bool:
    """Whether a host name is this very machine, said without its name; `0.0.0.0` counts."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
