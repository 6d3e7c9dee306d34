"""Where, in the user's code, something was written."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import NamedTuple

#: Frames of these folders are ours, never the user's.
_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep


class Location(NamedTuple):
    """A line of the user's code."""

    #: Path of the file, as Python knows it.
    file: str
    #: Line, starting at 1.
    line: int

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
