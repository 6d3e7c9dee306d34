"""Headers on their way through the proxy: what is left out, and what is rewritten to the prefix."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus, urlsplit, urlunsplit

from multidict import CIMultiDict, CIMultiDictProxy

from xpm_services.proxy.targets import Target

#: They belong to one connection (RFC 9110, 7.6.1).
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)

#: Said by us, whatever the visitor says. (What begins with `x-forwarded-` is, too.)
_OURS = frozenset({"host", "expect", "forwarded", "x-real-ip"})

#: They would reach beyond the prefix: to all pages of the monitor, or all services of this machine.
_TOO_WIDE = frozenset({"alt-svc", "clear-site-data", "service-worker-allowed", "strict-transport-security"})


@dataclass(frozen=True)
class Private:
    """What is between the visitor and the monitor, in lower case but for cookies and parameters."""

    cookies: frozenset[str] = frozenset()
    headers: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()

    @classmethod
    def of(cls, cookies: Collection[str], headers: Collection[str], parameters: Collection[str]) -> Private:
        """Take the names as they are written."""
        return cls(frozenset(cookies), frozenset(h.lower() for h in headers), frozenset(parameters))

    def query(self, raw: str) -> str:
        """Return a query without what is private in it; the rest stays as it is written."""
        if not self.parameters:
            return raw
        parts = [p for p in raw.split("&") if unquote_plus(p.partition("=")[0]) not in self.parameters]
        return "&".join(parts)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """How the visitor reached the monitor."""

    #: `http` or `https`.
    scheme: str
    #: Host and port in the request.
    host: str
    #: Address of the visitor.
    remote: str

    @property
    def origins(self) -> tuple[str, str]:
        """What the visitor may call this monitor: whoever is in between may speak https with the browser."""
        return (f"http://{self.host}", f"https://{self.host}")


def to_service(
    headers: CIMultiDictProxy[str], target: Target, visit: Visit, private: Private
) -> CIMultiDict[str]:
    """Return the headers of a request as the service gets them."""
    passed: CIMultiDict[str] = CIMultiDict()
    for name, value in _end_to_end(headers):
        low = name.lower()
        if low in _OURS or low in private.headers or low.startswith("x-forwarded-"):
            continue
        if low == "cookie":
            value = _without_private(value, private)
            if not value:
                continue
        elif low == "origin" and value in visit.origins:
            value = target.origin
        elif low == "referer":
            value = _referer(value, target, visit)
        passed.add(name, value)
    passed["Host"] = target.netloc
    passed["X-Forwarded-For"] = visit.remote
    passed["X-Forwarded-Proto"] = visit.scheme
    passed["X-Forwarded-Host"] = visit.host
    passed["X-Forwarded-Prefix"] = target.prefix
    return passed


def to_visitor(
    headers: CIMultiDictProxy[str], target: Target, visit: Visit, private: Private
) -> CIMultiDict[str]:
    """Return the headers of an answer as the visitor gets them."""
    passed: CIMultiDict[str] = CIMultiDict()
    for name, value in _end_to_end(headers):
        low = name.lower()
        if low in _TOO_WIDE:
            continue
        if low in ("location", "content-location"):
            value = shown_address(value, target, visit)
        elif low == "refresh":
            delay, found, address = value.partition("url=")
            value = f"{delay}{found}{shown_address(address, target, visit)}" if found else value
        elif low == "set-cookie":
            cookie = shown_cookie(value, target, private)
            if cookie is None:
                continue
            value = cookie
        passed.add(name, value)
    return passed


def shown_address(address: str, target: Target, visit: Visit) -> str:
    """Return an address of the service as one of the monitor; others stay as they are."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    if parts.netloc:
        if not (target.is_origin(parts) or parts.netloc == visit.host):
            return address
    elif parts.scheme or not parts.path.startswith("/"):
        return address  # below the page, wherever that is
    path = target.shown_path(parts.path or "/")
    return urlunsplit(("", "", path, parts.query, parts.fragment))


def shown_cookie(cookie: str, target: Target, private: Private) -> str | None:
    """Return what sets a cookie for the pages of this service only; nothing for one that is not its own."""
    pair, *attributes = cookie.split(";")
    if pair.partition("=")[0].strip() in private.cookies:
        return None
    shown = [pair]
    for attribute in attributes:
        name, _, value = (part.strip() for part in attribute.partition("="))
        if name.lower() == "domain":
            continue
        if name.lower() == "path" and value.startswith("/"):
            attribute = f" Path={_cookie_path(value, target)}"
        shown.append(attribute)
    return ";".join(shown)


def _cookie_path(path: str, target: Target) -> str:
    """A path above the service's own means all of it."""
    if target.base and not f"{path.rstrip('/')}/".startswith(f"{target.base}/"):
        return f"{target.prefix}/"
    return target.shown_path(path)


def _referer(address: str, target: Target, visit: Visit) -> str:
    """The page of the service that a request comes from, as the service calls it."""
    for origin in visit.origins:
        shown = f"{origin}{target.prefix}/"
        if address.startswith(shown):
            return f"{target.origin}{target.base}/{address[len(shown) :]}"
    return address


def _end_to_end(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    dropped = set(_HOP_BY_HOP)
    dropped.update(name.strip().lower() for name in headers.get("Connection", "").split(","))
    return ((name, value) for name, value in headers.items() if name.lower() not in dropped)


def _without_private(cookies: str, private: Private) -> str:
    parts = [part.strip() for part in cookies.split(";")]
    return "; ".join(part for part in parts if part and part.partition("=")[0].strip() not in private.cookies)
