"""Whole files: written under a temporary name, flushed, then renamed. Light: the job process imports it."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os

#: Ends every temporary name, so that `cleanup` recognizes what a crash left behind.
TEMPORARY_SUFFIX = ".xpm-tmp"

#: Bytes read at once beyond the size that a file says it has; those of `/proc` say nothing.
_AT_ONCE = 4096

_counter = itertools.count()


def temporary_name(path: str | os.PathLike[str]) -> str:
    """Return a hidden name next to `path` that no other live process uses."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name[:80]}.{unique_mark()}{TEMPORARY_SUFFIX}")


def unique_mark() -> str:
    """Return a text for names that no other live process uses: `HOST-PID-NUMBER`."""
    # The host is in it because two machines that share a disk can have the same pid.
    return f"{os.uname().nodename}-{os.getpid()}-{next(_counter)}"


def read_whole(path: str | os.PathLike[str]) -> tuple[bytes, float]:
    """Return the content of a small file and when it was written, in seconds since the epoch.

    With system calls, not file objects: each job reads several.

    Raises:
        OSError: it is not there, or cannot be read.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        found = os.fstat(fd)
        content = chunk = os.read(fd, found.st_size + _AT_ONCE)
        while chunk:
            chunk = os.read(fd, _AT_ONCE)
            content += chunk
        return content, found.st_mtime
    finally:
        os.close(fd)


def write_whole(path: str | os.PathLike[str], content: bytes, *, durable: bool = True) -> None:
    """Write `content` so that readers see the old file or the new one, never a part.

    Args:
        path: what to create or replace.
        content: all of it.
        durable: wait for the disk before the rename, so that a power cut leaves no empty file.

    Raises:
        OSError: nothing was changed.
    """
    temporary = temporary_name(path)
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(fd, view) :]
            if durable:
                os.fsync(fd)
        finally:
            os.close(fd)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def touch_marker(path: str | os.PathLike[str]) -> None:
    """Create an empty file; it needs no free block, so that it works on a full disk."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666))


def disk_is_full(error: OSError) -> bool:
    """Whether the error says that no space (or quota) is left."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def remove_file(path: str | os.PathLike[str]) -> bool:
    """Remove a file if it is there; tell whether it was."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True


def look_afresh(folder: str | os.PathLike[str]) -> None:
    """Make an NFS client forget what it believes about the names in a folder; changes nothing elsewhere.

    A client may believe for up to a minute that a file is absent, or is the one that had the name before. A
    change of attributes always goes to the server, whose answer tells whether the folder changed meanwhile.
    """
    try:
        os.chmod(folder, os.stat(folder).st_mode & 0o7777)
    except PermissionError:  # somebody else's folder; perhaps we may still write into it
        probe = temporary_name(os.path.join(folder, "look"))
        with contextlib.suppress(OSError):
            os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            os.unlink(probe)
    except OSError:
        pass
