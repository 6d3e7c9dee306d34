"""Who may come in: every request needs the secret, a name of this machine, and no foreign page behind it."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import socket
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import web

from xpm_web.errors import WeakToken
from xpm_web.problems import Refused

#: Shortest secret that is taken.
MIN_TOKEN = 16

_API = "/api/"
_COOKIE = "xpm_web_"
#: More cookies than this of other monitors are removed.
_MANY = 10

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on this address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def choose_token(token: str | None) -> str:
    """Return the secret of this start.

    Raises:
        WeakToken: the given one can be guessed.
    """
    if token is None:
        return secrets.token_urlsafe(32)
    if len(token) < MIN_TOKEN:
        raise WeakToken(
            f"the token of a web monitor needs {MIN_TOKEN} characters or more, not {len(token)}: give a "
            "longer one, or none to have one made"
        )
    return token


class Guard:
    """Decides about requests, before anything else looks at them."""

    def __init__(self, token: str, host: str) -> None:
        """Guard a server.

        Args:
            token: the secret.
            host: the address it listens on.
        """
        self._token = token.encode()
        # Not the token itself: whoever sees the cookie of one start learns no link.
        self._session = hmac.new(self._token, b"xpm-web session", hashlib.sha256).hexdigest()
        #: Cookies know no ports: two monitors of one machine must not overwrite each other's.
        self.cookie_name = _COOKIE + hashlib.sha256(b"xpm-web name" + self._token).hexdigest()[:12]
        self._local_only = is_loopback(host)
        self._names = _LOCAL_NAMES if self._local_only else _LOCAL_NAMES | _names_of_machine(host)

    def check(self, request: web.Request) -> None:
        """Let a request pass.

        Raises:
            Refused: it does not come from a page of ours, or has no right to be here.
        """
        host = self._check_host(request)
        self._check_origin(request, host)
        if self._has_token(request):
            return
        if not self._has_session(request):
            raise Refused(
                HTTPStatus.UNAUTHORIZED, "open the link that was printed when this monitor was started"
            )
        if request.method not in _SAFE and "Origin" not in request.headers:
            raise Refused(HTTPStatus.FORBIDDEN, "the request does not say which page it comes from")

    def login(self, request: web.Request) -> web.Response | None:
        """Exchange the secret of a link for a cookie.

        Returns:
            The answer, if this is such a link.

        Raises:
            Refused: the secret is wrong, or the request does not come from a person.
        """
        given = request.query.get("token")
        if given is None or request.path != "/" or request.method != "GET":
            return None
        self._check_origin(request, self._check_host(request))
        if not hmac.compare_digest(_bytes(given), self._token):
            raise Refused(
                HTTPStatus.UNAUTHORIZED, "this link is of another start: open the one that was printed last"
            )
        # Relative, so that it works behind a prefix. The token leaves the address bar and the history.
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "./"})
        # `Lax`: with `Strict`, a link that is opened from a mail would come without the cookie. What changes
        # something is no GET, and is checked by its origin as well.
        response.set_cookie(self.cookie_name, self._session, httponly=True, samesite="Lax", path="/")
        others = [name for name in request.cookies if name.startswith(_COOKIE) and name != self.cookie_name]
        if len(others) > _MANY:
            for name in others:  # of monitors that ended, most of them: a header of cookies has its limit
                response.del_cookie(name, path="/")
        return response

    def _check_host(self, request: web.Request) -> str:
        given = request.headers.getall("Host", [])
        host = given[0].lower() if len(given) == 1 else ""
        name = _name_of(host)
        # A name that we do not know may lead here only because somebody says so (DNS rebinding). An address
        # leads where it says; the port may be that of a tunnel.
        if name not in self._names and (self._local_only or not _is_address(name)):
            raise Refused(
                HTTPStatus.FORBIDDEN,
                f"this monitor is not known as {name[:100]!r}: use the printed link, or start it with --host",
            )
        return host

    def _check_origin(self, request: web.Request, host: str) -> None:
        # Whoever is in between may speak https with the browser.
        ours = (f"http://{host}", f"https://{host}")
        if any(origin.lower() not in ours for origin in request.headers.getall("Origin", [])):
            raise Refused(HTTPStatus.FORBIDDEN, "the request comes from a page of another site")
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        navigates = request.headers.get("Sec-Fetch-Mode") == "navigate" and request.method == "GET"
        if site not in ("same-origin", "none") and not navigates:
            raise Refused(HTTPStatus.FORBIDDEN, "the request comes from a page of another site")

    def _has_token(self, request: web.Request) -> bool:
        # Elsewhere, this header belongs to the service that is asked, which must not get to know the secret.
        if not request.path.startswith(_API):
            return False
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(_bytes(given.strip()), self._token)

    def _has_session(self, request: web.Request) -> bool:
        given = request.cookies.get(self.cookie_name, "")
        return hmac.compare_digest(_bytes(given), self._session.encode())


def _bytes(text: str) -> bytes:
    """What was sent, whether it was text or not."""
    return text.encode("utf-8", "surrogateescape")


def _name_of(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _names_of_machine(host: str) -> frozenset[str]:
    names: Iterable[str] = (host, socket.gethostname(), socket.getfqdn())
    return frozenset(name.lower() for name in names)
