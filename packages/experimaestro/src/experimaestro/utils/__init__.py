"""Small helps."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

#: The root of what experimaestro logs.
logger = logging.getLogger("xpm")


def cleanupdir(path: str | os.PathLike[str]) -> None:
    """Empty a folder; it is made if it is not there. Links in it are removed, never followed.

    Args:
        path: the folder.

    Raises:
        NotADirectoryError: it is a file, or a link.
    """
    folder = Path(path)
    if folder.is_symlink():
        raise NotADirectoryError(f"{folder} is a link: what it leads to is not emptied")
    if not folder.exists():
        folder.mkdir(parents=True)
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


__all__ = ["cleanupdir", "logger"]
