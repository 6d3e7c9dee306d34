"""Helpers for tests, of this package and of those built on it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

#: A job identifier of the usual shape.
IDENTIFIER = "0123456789abcdef" * 4

#: Starts Python code in another process: code, then its arguments.
StartChild = Callable[..., "subprocess.Popen[str]"]


def fill_disk(folder: Path) -> None:
    """Write until nothing fits any more."""
    fd = os.open(folder / "filler", os.O_WRONLY | os.O_CREAT)
    try:
        for size in (4096, 1):
            try:
                while os.write(fd, b"x" * size):
                    pass
            except OSError:
                continue
    finally:
        os.close(fd)
