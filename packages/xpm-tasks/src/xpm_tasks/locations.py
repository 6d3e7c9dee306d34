"""Where, in the user's code, something was written."""

from __future__ import annotations

import os
import sys
from types import FrameType

#: Frames of these folders are ours, never the user's.
_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep


class Location(tuple[str, int]):
    """A line of the user's code. (A `NamedTuple` would take longer to make than this module to import.)"""

    __slots__ = ()

    def __new__(cls, file: str, line: int) -> Location:
        """Make one from the path of the file, as Python knows it, and the line, starting at 1."""
        return super().__new__(cls, (file, line))

    def __getnewargs__(self) -> tuple[str, int]:
        return self.file, self.line

    @property
    def file(self) -> str:
        """Path of the file."""
        return self[0]

    @property
    def line(self) -> int:
        """Line, starting at 1."""
        return self[1]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def user_location(depth: int = 1) -> Location | None:
    """Find the innermost line that is not ours.

    Args:
        depth: Frames to skip at once; 1 is the caller.

    Returns:
        The line, or None when every frame is ours.
    """
    frame: FrameType | None = sys._getframe(depth)
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(_OURS):
            return Location(code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return None


def at(location: Location | None) -> str:
    """Say it in a message: ``" (at file:line)"``, or nothing when unknown."""
    return f" (at {location})" if location else ""
