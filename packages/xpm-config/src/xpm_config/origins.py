"""Where a value was written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The place that wrote a value: a line of a file, a command-line option, or a default."""

    #: The YAML file, absolute; None when the value does not come from a file.
    file: Path | None = None
    #: Line in `file`, from 1; None for the file as a whole.
    line: int | None = None
    #: For what does not come from a file: `-c a.b=1`, `--file`, `default of Model`.
    text: str = ""

    @property
    def folder(self) -> Path | None:
        """Folder against which the relative paths written there are resolved (None: not a file)."""
        return self.file.parent if self.file is not None else None

    def __str__(self) -> str:
        if self.file is None:
            return self.text
        return display_path(self.file) + (f":{self.line}" if self.line is not None else "")


def display_path(path: Path) -> str:
    """Return a path as a person would type it: relative when it is inside the current folder."""
    try:
        inside = path.relative_to(Path.cwd())
    except (ValueError, OSError):  # elsewhere, or the current folder was deleted
        return os.fspath(path)
    return os.fspath(inside)
