"""Finding a text in a log of any size."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

from xpm_workspace.records import LogPart

#: Bytes that are looked at between two looks at whether to stop.
STEP = 1 << 20

Read = Callable[[int, int], LogPart]


def pattern(text: str) -> re.Pattern[bytes]:
    """Return what finds a text: in any case, unless it has a capital letter."""
    flags = 0 if text != text.lower() else re.IGNORECASE
    return re.compile(re.escape(text.encode()), flags)


def forward(
    read: Read,
    wanted: re.Pattern[bytes],
    offset: int,
    *,
    stop: threading.Event,
    tell: Callable[[float], None] = lambda share: None,
) -> int | None:
    """Return where a text is found first, from an offset to the end.

    Args:
        read: gives a part of the log.
        wanted: what is looked for; it is in one line.
        offset: where to begin.
        stop: set it to give up.
        tell: called now and then with the share of the log that was looked at.
    """
    kept = b""
    while not stop.is_set():
        part = read(offset, STEP)
        content = kept + part.content
        found = wanted.search(content)
        if found:
            return part.offset - len(kept) + found.start()
        if not part.content:
            return None
        # What is looked for may lie across the border of two parts.
        kept = content[-len(wanted.pattern) :]
        offset = part.next_offset
        tell(offset / max(part.size, 1))
    return None


def backward(
    read: Read,
    wanted: re.Pattern[bytes],
    offset: int,
    *,
    stop: threading.Event,
    tell: Callable[[float], None] = lambda share: None,
) -> int | None:
    """Return where a text is found last, of all places that begin before an offset."""
    end = offset
    after = read(offset, len(wanted.pattern)).content  # what begins before the offset may end after it
    while end > 0 and not stop.is_set():
        begin = max(end - STEP, 0)
        part = read(begin, end - begin)
        content = part.content + after
        places = [m.start() for m in wanted.finditer(content) if m.start() < len(part.content)]
        if places:
            return begin + places[-1]
        after = content[: len(wanted.pattern)]
        end = begin
        tell(1 - begin / max(offset, 1))
    return None
