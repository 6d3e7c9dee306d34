"""Checks of one workspace: may we write, do locks hold, is there room."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from xpm_cli.checks.result import OK, WARNING, WRONG, Result
from xpm_cli.text import size

_LOW_SPACE_BYTES = 1 << 30
_LOW_INODES = 10_000
_TIMEOUT_S = 60

#: Exits with 0 when the lock is seen to be held by somebody else.
_PROBE = "import sys; from xpm_workspace.locks import FileLock; sys.exit(FileLock(sys.argv[1]).acquire())"


def check_workspace(name: str, folder: Path) -> Iterator[Result]:
    """Check a workspace; what is written for it is removed again.

    Args:
        name: for the messages.
        folder: its folder.
    """
    from xpm_workspace.layout import WorkspaceLayout

    what = f"workspace {name}"
    layout = WorkspaceLayout(folder)
    if not folder.exists():
        yield _can_be_made(what, folder)
        return
    if not folder.is_dir():
        yield Result(what, WRONG, "this is not a folder", "choose another path")
        return
    yield from _permissions(what, layout.root)
    if layout.exists():
        yield from _parts(what, [layout.jobs_dir, layout.experiments_dir, layout.state_dir])
        yield _index(what, folder)
    else:
        yield Result(what, OK, "no experiment was run there yet")


def _can_be_made(what: str, folder: Path) -> Result:
    parent = next((p for p in folder.parents if p.exists()), Path("/"))
    if os.path.islink(folder):
        return Result(what, WRONG, "this is a link to nothing", f"mount what it leads to, or remove {folder}")
    if parent.is_dir() and os.access(parent, os.W_OK | os.X_OK):
        return Result(what, OK, "does not exist yet: the first experiment makes it")
    return Result(
        what,
        WRONG,
        f"does not exist, and {parent} cannot be written",
        f"choose another path, or make {folder}",
    )


def _permissions(what: str, root: Path) -> Iterator[Result]:
    """Writing, locks and room, on the file system of the workspace itself."""
    try:
        scratch = tempfile.mkdtemp(prefix=".experimaestro-doctor-", dir=root)
    except OSError as error:
        yield Result(
            f"{what}: writing",
            WRONG,
            f"{root} cannot be written ({error.strerror}): experiments can be looked at there, not run",
            f"check the owner and the mode of {root}, and how its disk is mounted",
        )
        return
    try:
        yield Result(f"{what}: writing", OK, "files can be made and removed")
        yield _locks(what, Path(scratch))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    yield _room(what, root)


def _locks(what: str, scratch: Path) -> Result:
    """Another process must see a lock that this one holds, and be refused."""
    from xpm_workspace.errors import LocksUnsupported
    from xpm_workspace.index.location import file_system, is_network
    from xpm_workspace.locks import FileLock

    what = f"{what}: locks"
    fix = (
        "move the workspace to a local disk, or to a file system whose locks work (NFS: mount it with locks)"
    )
    kind = file_system(scratch)
    path = scratch / "lock"
    try:
        with FileLock(path):
            refused = subprocess.run(
                [sys.executable, "-c", _PROBE, str(path)], timeout=_TIMEOUT_S, capture_output=True
            )
    except LocksUnsupported as error:
        return Result(what, WRONG, str(error), fix)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Result(what, WRONG, f"a lock could not be tried: {error}", fix)
    if refused.returncode != 0:
        return Result(
            what,
            WRONG,
            f"two processes got the same lock on this file system ({kind}): a job could run twice",
            fix,
        )
    if is_network(kind):
        return Result(
            what,
            OK,
            f"hold between processes of this machine; between machines they depend on the {kind} server",
        )
    return Result(what, OK, f"hold between processes ({kind or 'unknown file system'})")


def _room(what: str, root: Path) -> Result:
    what = f"{what}: room"
    found = os.statvfs(root)
    free = found.f_bavail * found.f_frsize
    message = f"{size(free)} free"
    if free < _LOW_SPACE_BYTES:
        return Result(what, WARNING, message, "make room: `experimaestro orphans`, `experimaestro cleanup`")
    if found.f_files and found.f_favail < _LOW_INODES:
        return Result(
            what, WARNING, f"{message}, but only {found.f_favail} more files", "remove what is not needed"
        )
    return Result(what, OK, message)


def _parts(what: str, folders: list[Path]) -> Iterator[Result]:
    for folder in folders:
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
            yield Result(
                f"{what}: {folder.name}", WRONG, f"{folder} cannot be written", f"check the owner of {folder}"
            )


def _index(what: str, folder: Path) -> Result:
    from xpm_workspace.errors import WorkspaceError
    from xpm_workspace.index.location import locate
    from xpm_workspace.monitor import LocalMonitor

    what = f"{what}: index"
    try:
        with LocalMonitor(folder) as monitor:
            experiments = len(monitor.experiments())
        location = locate(monitor.workspace)
    except (WorkspaceError, OSError) as error:
        return Result(what, WRONG, f"cannot be read: {error}", "experimaestro experiments sync --full")
    where = (
        "in memory, built at each start" if location.database is None else f"in {location.database.parent}"
    )
    reason = f", since {location.why_elsewhere}" if location.why_elsewhere else ""
    return Result(what, OK, f"{experiments} experiments; kept {where}{reason}")
