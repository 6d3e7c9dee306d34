"""The files of the page: read once, and served by name from memory, so that no path can lead elsewhere."""

from __future__ import annotations

import hashlib
import html
import mimetypes
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from xpm_web.problems import Refused

_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class Assets:
    """The files, each under a path with a mark of all of them: browsers keep them until we change."""

    def __init__(self) -> None:
        folder = Path(__file__).parent / "static"
        content = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        whole = hashlib.sha256()
        for name in sorted(content):
            whole.update(name.encode() + b"\0" + content[name])
        self.mark = whole.hexdigest()[:16]
        self._page = content.pop("index.html").replace(b"{static}", f"static/{self.mark}".encode())
        self._content = content

    def page(self, position: str) -> web.Response:
        """Return the page itself, which knows from where on to ask for events."""
        return web.Response(
            body=self._page.replace(b"{position}", html.escape(position).encode()),
            content_type="text/html",
            charset="utf-8",
            headers={"Cache-Control": "no-store"},
        )

    def file(self, mark: str, name: str) -> web.Response:
        """Return a file of the page.

        Raises:
            Refused: there is none of this name.
        """
        if mark != self.mark or name not in self._content:
            raise Refused(HTTPStatus.NOT_FOUND, "the page has no such file: load it again")
        kind = _TYPES.get(name[name.rfind(".") :]) or mimetypes.guess_type(name)[0] or "text/plain"
        return web.Response(
            body=self._content[name],
            content_type=kind,
            charset="utf-8" if kind.startswith("text/") else None,
            headers={"Cache-Control": "private, max-age=31536000, immutable"},
        )
