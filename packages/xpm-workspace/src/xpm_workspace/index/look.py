"""Looks at job folders: gathers the evidence that `fold` judges."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from xpm_workspace.errors import LocksUnsupported
from xpm_workspace.files import look_afresh
from xpm_workspace.fold import JobStory, fold_story
from xpm_workspace.journal import cursor_offset, follow
from xpm_workspace.locks import is_held
from xpm_workspace.markers import Marker, parse_done, parse_failed
from xpm_workspace.names import JobFiles
from xpm_workspace.process import ProcessRecord


class Look(NamedTuple):
    """What a job folder holds."""

    folder: bool = False
    mtime_ns: int | None = None
    marker: Marker | None = None
    alive: bool | None = False
    process: bool = False
    story: JobStory = JobStory()
    cursor: str = ""


def look_at(folder: str, names: JobFiles, story: JobStory, cursor: str, *, lock_first: bool = False) -> Look:
    """Look at one job.

    Args:
        folder: its folder.
        names: names of its files.
        story: fold of its journal so far.
        cursor: how far the journal was read.
        lock_first: do not look for markers while the job's lock is held. An NFS client (version 3) that
            misses a file
            in the very clock tick in which it is made may miss it for ever.
    """
    try:
        mtime_ns = os.stat(folder).st_mtime_ns
    except OSError:
        return Look()
    marker = None if lock_first else _read_marker(folder, names)
    alive: bool | None = False
    process = False
    if marker is None:
        alive, process = _liveness(folder, names)
    for events, after, restarted in follow(f"{folder}/{names.journal}", cursor):
        story = fold_story(JobStory() if restarted else story, events)
        cursor = after
    if marker is None and not alive:
        # It may have ended properly since the first look, and an NFS client may still believe that it has
        # not.
        if process:
            look_afresh(folder)
        marker = _read_marker(folder, names)
    return Look(True, mtime_ns, marker, alive, process, story, cursor)


def has_news(folder: str, names: JobFiles, mtime_ns: int | None, cursor: str) -> bool:
    """Whether something was written since the last look; costs two `stat`."""
    try:
        if os.stat(folder).st_mtime_ns != mtime_ns:
            return True
    except OSError:
        return True
    try:
        size = os.stat(f"{folder}/{names.journal}").st_size
    except OSError:
        size = 0
    return size != cursor_offset(cursor)


def holds_lock(folder: str, names: JobFiles) -> bool:
    """Whether a process holds the lock of the job; true where locks say nothing."""
    try:
        return is_held(f"{folder}/{names.lock}")
    except (LocksUnsupported, OSError):
        return True


def _liveness(folder: str, names: JobFiles) -> tuple[bool | None, bool]:
    """Return whether the job's process lives, and whether one was recorded."""
    lock = f"{folder}/{names.lock}"
    locks_speak = os.path.exists(lock)
    try:
        if locks_speak and is_held(lock):
            return True, True
    except (LocksUnsupported, OSError):
        locks_speak = False
    record = ProcessRecord.read(Path(f"{folder}/{names.pid}"))
    if record is None:
        return False, False
    alive = record.is_alive()
    if alive is None and record.pid is not None and locks_speak:
        return False, True  # the lock holds between machines: free means gone
    return alive, True


def _read_marker(folder: str, names: JobFiles) -> Marker | None:
    for name, parse in ((names.done, parse_done), (names.failed, parse_failed)):
        try:
            fd = os.open(f"{folder}/{name}", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            found = os.fstat(fd)
            return parse(os.read(fd, found.st_size + 1), found.st_mtime)
        except OSError:
            return parse(b"", 0.0)
        finally:
            os.close(fd)
    return None
