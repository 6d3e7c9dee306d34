"""What can go wrong on the way to a launcher.

SchedulerError
├── RequirementSyntaxError     a requirement string cannot be understood (also ValueError)
├── LaunchersFileError         the user's launchers.py raised, or is not as expected
├── BrokenLauncher             an installed launcher cannot be imported, or is none
└── LauncherNotFound
    └── NoLauncherFound        nothing satisfies the requirements
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from xpm_scheduler.errors import LauncherNotFound, SchedulerError

#: Characters of the text that are shown around a mistake.
_SHOWN = 72


class RequirementSyntaxError(SchedulerError, ValueError):
    """A requirement string cannot be understood: the caret shows where. Write it as `cuda(mem=8G) * 2`.

    Attributes:
        text: the whole string.
        position: where the mistake is, counted from 0.
        reason: what is wrong, in one line.
    """

    def __init__(self, reason: str, text: str, position: int) -> None:
        self.text = text
        self.position = position
        self.reason = reason
        before = text[:position]
        number = before.count("\n") + 1
        start = before.rfind("\n") + 1
        line = text[start:].split("\n", 1)[0]
        column = position - start
        place = f"column {column + 1}" if number == 1 else f"line {number}, column {column + 1}"
        super().__init__(f"{reason} ({place})\n{_point(line, column)}")


def _point(line: str, column: int) -> str:
    """Draw a caret under a column of a line, or of a part of it when it is long."""
    first = max(0, column - _SHOWN // 2)
    shown = line[first : first + _SHOWN]
    head, tail = "…" if first else "", "…" if first + _SHOWN < len(line) else ""
    # Whatever is not one column wide on a terminal would shift the caret, or worse.
    shown = "".join(c if c.isprintable() else " " for c in shown)
    return f"  {head}{shown}{tail}\n  {' ' * (len(head) + column - first)}^"


class LaunchersFileError(SchedulerError):
    """The user's launchers.py raised, or does not define what it should. It says where, in the user's lines.

    Attributes:
        path: the file.
        frames: where, in the user's own files only; empty when there is no such place.
    """

    def __init__(self, path: str | os.PathLike[str], reason: str, frames: str = "") -> None:
        self.path = os.fspath(path)
        self.frames = frames
        super().__init__(f"{self.path}: {reason}" + (f"\n{frames.rstrip()}" if frames else ""))


class BrokenLauncher(SchedulerError):
    """A launcher is installed but cannot be used. Install what it misses, or tell those who make it."""


class NoLauncherFound(LauncherNotFound):
    """Nothing satisfies the requirements. Ask for less, or describe more places in launchers.py.

    Attributes:
        alternatives: what was asked, in order.
        tags: the tags that were given.
    """

    def __init__(self, alternatives: Iterable[object], tags: Iterable[str], reason: str) -> None:
        self.alternatives = tuple(map(str, alternatives))
        self.tags = tuple(sorted(tags))
        asked = "".join(f"\n  {'or ' if number else ''}{a}" for number, a in enumerate(self.alternatives))
        tagged = f"\n  tags: {', '.join(self.tags)}" if self.tags else ""
        super().__init__(f"no launcher for{asked}{tagged}\n{reason}")
