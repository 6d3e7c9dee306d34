"""Reads journals, also while they are written, also when a crash cut them anywhere."""

from __future__ import annotations

import logging
from pathlib import Path

from xpm_workspace.errors import JournalReplaced
from xpm_workspace.events import AnyEvent, parse_event

logger = logging.getLogger(__name__)

#: Corrupt lines already reported by this process: path and offset.
_reported: set[tuple[str, int]] = set()
_MAX_REPORTED = 1000


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
