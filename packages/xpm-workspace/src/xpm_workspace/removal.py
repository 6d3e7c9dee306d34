"""Removes folders, without ever leaving the workspace."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from xpm_workspace.errors import UnsafePath
from xpm_workspace.files import unique_mark
from xpm_workspace.layout import WorkspaceLayout

#: Begins the name of a folder that is being removed; what a crash leaves behind is found by it.
TRASH_PREFIX = ".xpm-trash-"


def check_inside(workspace: WorkspaceLayout, path: Path) -> None:
    """Refuse a path that is not below the workspace, or gets there through a symbolic link.

    Raises:
        UnsafePath: removing it could touch something else.
    """
    root = Path(os.path.realpath(workspace.root))
    try:
        relative = path.relative_to(workspace.root)
    except ValueError:
        raise UnsafePath(f"{path} is not in the workspace {workspace.root}") from None
    if ".." in relative.parts or not relative.parts:
        raise UnsafePath(f"{path} is not in the workspace {workspace.root}")
    real = Path(os.path.realpath(path.parent))
    if real != root / relative.parent:
        raise UnsafePath(f"{path.parent} is reached through a symbolic link (to {real}); nothing was removed")


def remove_tree(workspace: WorkspaceLayout, path: Path) -> bool:
    """Remove a file, a link (not what it points to) or a folder with all that is in it.

    A folder disappears in one step, by a rename, so that nobody finds half of it.

    Returns:
        Whether there was something.

    Raises:
        UnsafePath: it is not in the workspace; nothing was removed.
    """
    check_inside(workspace, path)
    if path.is_symlink() or path.is_file():
        path.unlink()
        return True
    if not path.is_dir():
        return False
    trash = path.with_name(f"{TRASH_PREFIX}{unique_mark()}")
    path.rename(trash)
    remove_rest(trash)
    return True


def remove_rest(trash: Path) -> None:
    """Remove a folder that nobody finds under its name any more; `cleanup` may be doing the same."""
    while os.path.lexists(trash):
        try:
            shutil.rmtree(trash)  # does not follow links, not even those made while it works
        except FileNotFoundError:
            continue


def tree_size(path: Path) -> int:
    """Return the bytes that a folder takes on disk, links not followed."""
    total = 0
    pending = [os.fspath(path)]
    while pending:
        try:
            entries = list(os.scandir(pending.pop()))
        except OSError:
            continue
        for entry in entries:
            try:
                total += entry.stat(follow_symlinks=False).st_blocks * 512
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
            except OSError:
                continue
    return total
