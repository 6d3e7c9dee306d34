"""Reads journals, also while they are written, also when a crash cut them anywhere."""

from __future__ import annotations

import logging
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

from xpm_workspace.errors import JournalReplaced
from xpm_workspace.events import AnyEvent, parse_event

logger = logging.getLogger(__name__)

#: Corrupt lines already reported by this process: path and offset.
_reported: set[tuple[str, int]] = set()
_MAX_REPORTED = 1000

#: How much of a journal is read at a time.
_PIECE_BYTES = 1 << 20

#: How much of the beginning of a journal tells it from another one.
_HEAD_BYTES = 256


def read_events(path: Path, offset: int = 0) -> tuple[list[AnyEvent], int]:
    """Read the events after `offset`.

    The last line counts only once its newline is there. A line that is no event is reported once, in the log,
    and skipped.

    Args:
        path: the journal; a missing one has no events.
        offset: in bytes, from an earlier call.

    Returns:
        The events, and the offset to give next time.

    Raises:
        JournalReplaced: the file is shorter than `offset`.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if size < offset:
                raise JournalReplaced(f"{path} has {size} bytes, {offset} were read before")
            file.seek(offset)
            content = file.read(size - offset)
    except (FileNotFoundError, NotADirectoryError):
        if offset:
            raise JournalReplaced(f"{path} is gone") from None
        return [], 0
    events, consumed, corrupt = parse_lines(content)
    for position in corrupt:
        _report(path, offset + position)
    return events, offset + consumed


def follow(path: str | os.PathLike[str], cursor: str = "") -> Iterator[tuple[list[AnyEvent], str, bool]]:
    """Read the events after a cursor, in pieces that fit in memory.

    A cursor remembers the offset and a checksum of the beginning, so that a journal that was replaced by
    another, of any size, is noticed.

    Args:
        path: the journal; a missing one is empty.
        cursor: from an earlier call; empty for the start.

    Yields:
        Events, the cursor after them, and whether they are from the start although the cursor was not: what
        was concluded before is then void. Nothing when there is nothing new.
    """
    offset, checksum = _parse_cursor(cursor)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        if offset:
            yield [], "", True
        return
    try:
        size = os.fstat(fd).st_size
        restarted = offset > 0 and (size < offset or _head(fd, offset) != checksum)
        if restarted:
            offset = 0
            yield [], "", True
        while offset < size:
            content = os.pread(fd, _PIECE_BYTES, offset)
            while len(content) < size - offset and b"\n" not in content:  # one very long line
                content += os.pread(fd, len(content), offset + len(content))
            events, consumed, corrupt = parse_lines(content)
            for position in corrupt:
                _report(Path(path), offset + position)
            if not consumed:
                return
            # The checksum covers the beginning of the file, which is here when the first piece is long
            # enough.
            if offset == 0:
                checksum = zlib.crc32(content[: min(consumed, _HEAD_BYTES)])
            elif offset < _HEAD_BYTES:
                checksum = _head(fd, offset + consumed)
            offset += consumed
            yield events, f"{offset}:{checksum:08x}", False
    finally:
        os.close(fd)


def cursor_offset(cursor: str) -> int:
    """Return how many bytes were read up to a cursor."""
    return _parse_cursor(cursor)[0]


def _parse_cursor(cursor: str) -> tuple[int, int]:
    offset, _, checksum = cursor.partition(":")
    return int(offset or 0), int(checksum or "0", 16)


def _head(fd: int, offset: int) -> int:
    return zlib.crc32(os.pread(fd, min(offset, _HEAD_BYTES), 0))


def parse_lines(content: bytes) -> tuple[list[AnyEvent], int, list[int]]:
    """Parse a piece of a journal that starts at a line.

    Returns:
        The events, how many bytes they and the skipped lines took, and where the corrupt lines begin.
    """
    end = content.rfind(b"\n") + 1
    events: list[AnyEvent] = []
    corrupt: list[int] = []
    position = 0
    for line in content[:end].split(b"\n")[:-1]:
        if line.strip():
            event = parse_event(line)
            if event is None:
                corrupt.append(position)
            else:
                events.append(event)
        position += len(line) + 1
    return events, end, corrupt


def _report(path: Path, position: int) -> None:
    key = (str(path), position)
    if key not in _reported and len(_reported) < _MAX_REPORTED:
        _reported.add(key)
        logger.warning("%s: the line at byte %d is damaged; it is skipped", path, position)
