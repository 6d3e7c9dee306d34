"""A part of a log, in lines; no I/O."""

from __future__ import annotations

from typing import NamedTuple

from xpm_workspace.records import LogPart

#: Bytes that are asked for at once.
CHUNK = 1 << 18

#: Bytes that are held at most, but for one chunk.
HELD = 1 << 22

#: Longer lines are cut: a file of one line of a gigabyte must not be held whole.
LONGEST = 1 << 14


class Line(NamedTuple):
    """A line as it stands in the file, without its end."""

    #: Where it begins.
    offset: int
    content: bytes


class LogWindow:
    """Consecutive lines of a log: `start` and `end` say which part of the file they are."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.start = 0
        self.end = 0
        #: Of the file, when it was last read.
        self.size = 0
        #: What is held of a line whose end was not written, or not read, yet.
        self._open = False

    @property
    def at_end(self) -> bool:
        """Whether nothing was known to be after it."""
        return self.end >= self.size

    def load(self, part: LogPart) -> None:
        """Hold a part instead of what is held; its first line is left out when it may begin before it."""
        content, offset = part.content, part.offset
        if offset > 0:
            cut = content.find(b"\n") + 1
            if cut <= LONGEST:
                content, offset = content[cut:], offset + cut
        self.lines = _cut(content, offset)
        self.start, self.end, self.size = offset, part.next_offset, part.size
        self._close_last(content)

    def append(self, part: LogPart) -> int:
        """Take what follows; return how many lines were given up at the beginning."""
        if part.offset != self.end:
            return 0
        self.size = part.size
        if not part.content:
            return 0
        content, offset = part.content, part.offset
        if self._open and self.lines:
            last = self.lines.pop()
            content, offset = last.content + content, last.offset
        self.lines += _cut(content, offset)
        self._close_last(content)
        self.end = part.next_offset
        return self._give_up_first()

    def prepend(self, part: LogPart) -> int:
        """Take what is before; return how many lines came."""
        self.size = part.size
        content = part.content[: self.start - part.offset]
        if part.offset + len(content) != self.start or not content:
            return 0
        offset = part.offset
        if offset > 0:
            cut = content.find(b"\n") + 1
            if cut <= LONGEST:
                content, offset = content[cut:], offset + cut
        if not content:
            return 0
        lines = _cut(content, offset)
        if content.endswith(b"\n"):
            lines.pop()
        self.lines[:0] = lines
        self.start = offset
        while self.end - self.start > HELD + CHUNK and len(self.lines) > 1:
            self.end = self.lines.pop().offset
            self._open = False
        return len(lines)

    def find(self, offset: int) -> int:
        """Return the number of the line that holds a byte of the file."""
        low, high = 0, len(self.lines)
        while low < high:
            middle = (low + high) // 2
            if self.lines[middle].offset <= offset:
                low = middle + 1
            else:
                high = middle
        return max(low - 1, 0)

    def holds(self, offset: int) -> bool:
        """Whether a byte of the file is held."""
        return self.start <= offset < self.end

    def _close_last(self, content: bytes) -> None:
        """After the end of a line, there is no line before something is written."""
        self._open = bool(content) and not content.endswith(b"\n")
        if not self._open:
            self.lines.pop()

    def _give_up_first(self) -> int:
        given = 0
        while given < len(self.lines) - 1 and self.end - self.lines[given].offset > HELD + CHUNK:
            given += 1
        if given:
            del self.lines[:given]
            self.start = self.lines[0].offset
        return given


def _cut(content: bytes, offset: int) -> list[Line]:
    """Cut at the ends of lines; the last piece, after the last end, may be empty."""
    lines = []
    for piece in content.split(b"\n"):
        for begin in range(0, max(len(piece), 1), LONGEST):
            lines.append(Line(offset + begin, piece[begin : begin + LONGEST]))
        offset += len(piece) + 1
    return lines
