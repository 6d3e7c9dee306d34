"""Appends events to a journal: JSON lines, one writer per file. Light: the job process imports it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from xpm_workspace.times import utc_iso


def encode_events(events: tuple[Mapping[str, Any], ...], at: str) -> bytes:
    """Return the lines for the events; those without a time get `at`."""
    lines = []
    for event in events:
        line = dict(event)
        line.setdefault("at", at)
        lines.append(_encode(line) + "\n")
    return "".join(lines).encode("utf-8", "replace")


#: `json.dumps` would make one for each event.
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str, allow_nan=False)


def _encode(value: Any) -> str:
    try:
        return _encoder.encode(value)
    except ValueError:  # JSON has no word for them, and readers would take the line for damaged
        return _encode(_without_nan(value))


def _without_nan(value: Any) -> Any:
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(inner) for inner in value]
    return value


class JournalWriter:
    """The one writer of a journal. A batch is one system call.

    The file is not kept open: an NFS client sends what was written when the file is closed, and else whenever
    it likes.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        #: Whether the file ends in the middle of a line, which then gets its newline first; not known before
        #: the first look.
        self._torn: bool | None = None

    def append(self, *events: Mapping[str, Any]) -> None:
        """Append events, in this order, with the present time as `at` unless they have one.

        Raises:
            OSError: they were not written, or only in part; the journal stays readable.
        """
        if not events:
            return
        content = encode_events(events, utc_iso())
        fd = self._open()
        try:
            if self._torn is None:
                self._torn = _is_torn(fd)
            if self._torn:
                content = b"\n" + content
            written = os.write(fd, content)
            while written < len(content):  # a disk about to be full takes a part, then refuses the rest
                self._torn = True
                written += os.write(fd, content[written:])
            self._torn = False
        finally:
            os.close(fd)

    def close(self) -> None:
        """Forget what is known of the file; a later event looks at it again."""
        self._torn = None

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        try:
            return os.open(self.path, flags, 0o666)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(self.path) or os.curdir, exist_ok=True)
            return os.open(self.path, flags, 0o666)


def _is_torn(fd: int) -> bool:
    size = os.fstat(fd).st_size
    return size > 0 and os.pread(fd, 1, size - 1) != b"\n"
