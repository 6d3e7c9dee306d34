"""Appends events to a journal: JSON lines, one writer per file. Light: the job process imports it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
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


def _encode(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str, allow_nan=False)
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
    """The one writer of a journal. Opened at the first event; a batch is one system call."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._fd: int | None = None
        #: Whether the file ends in the middle of a line, which then gets its newline first.
        self._torn = False

    def append(self, *events: Mapping[str, Any]) -> None:
        """Append events, in this order, with the present time as `at` unless they have one.

        Raises:
            OSError: they were not written, or only in part; the journal stays readable.
        """
        if not events:
            return
        content = encode_events(events, utc_iso())
        if self._fd is None:
            self._fd = self._open()
        if self._torn:
            content = b"\n" + content
        written = os.write(self._fd, content)
        while written < len(content):  # a disk about to be full takes a part, then refuses the rest
            self._torn = True
            written += os.write(self._fd, content[written:])
        self._torn = False

    def close(self) -> None:
        """Close the file; a later event opens it again."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        try:
            fd = os.open(self.path, flags, 0o666)
        except FileNotFoundError:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fd = os.open(self.path, flags, 0o666)
        size = os.fstat(fd).st_size
        self._torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
        return fd
