"""Locks between processes and machines: `flock` on a file, free again when the process that held it is gone.

Light: the job process imports it. On Linux an NFS client turns `flock` into a lock of the server, so that the
lock also holds between machines.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from types import TracebackType

from xpm_workspace.errors import LocksUnsupported

_UNSUPPORTED = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)

#: How long a try may last while only probes (see `is_held`) are in the way.
_PROBE_PATIENCE_S = 2.0

#: Locks held by this process. A fork would share them with a child that may live longer; the child lets go at
#: once.
_held: set[FileLock] = set()


def _forget_in_child() -> None:
    for lock in list(_held):
        lock._abandon()


os.register_at_fork(after_in_child=_forget_in_child)


class FileLock:
    """An exclusive lock, reentrant neither in a thread nor in a process. As a context manager, it waits."""

    def __init__(self, path: str | os.PathLike[str], *, note: str = "") -> None:
        """Prepare the lock; nothing is opened yet.

        Args:
            path: the lock file; it is created, never removed.
            note: who we are, written into the file for those who wait.
        """
        self.path = os.fspath(path)
        self.note = note
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._fd is not None

    def acquire(self, timeout_s: float | None = 0) -> bool:
        """Take the lock.

        Args:
            timeout_s: 0 tries once, `None` waits for ever.

        Returns:
            Whether it was taken.

        Raises:
            LocksUnsupported: the file system has no locks.
            OSError: the lock file cannot be made (missing folder, read-only disk).
        """
        if self._fd is not None:
            raise RuntimeError(f"{self.path} is already held by this object")
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            fd = self._open_locked(deadline)
            if fd is None:
                return False
            if _same_file(fd, self.path):
                break
            os.close(fd)  # the file was removed or replaced meanwhile: this lock protects nothing
        self._fd = fd
        _held.add(self)
        self._write_note(fd)
        return True

    def release(self) -> None:
        """Let go; nothing happens when it is not held."""
        fd, self._fd = self._fd, None
        if fd is not None:
            _held.discard(self)
            # An explicit unlock, because a process being forked right now could still have a copy of the
            # descriptor.
            with contextlib.suppress(OSError):
                fcntl.flock(fd, fcntl.LOCK_UN)
            os.close(fd)

    def __enter__(self) -> FileLock:
        self.acquire(None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _open_locked(self, deadline: float | None) -> int | None:
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            if _wait_for_lock(fd, deadline):
                return fd
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)
        return None

    def _write_note(self, fd: int) -> None:
        if self.note:
            with contextlib.suppress(OSError):  # a full disk must not cost us the lock
                os.ftruncate(fd, 0)
                os.pwrite(fd, self.note.encode(), 0)
                os.fsync(fd)  # an NFS client would keep it to itself until the file is closed

    def _abandon(self) -> None:
        """Close the copy of a forked child, which leaves the parent's lock in place."""
        fd, self._fd = self._fd, None
        if fd is not None:
            with contextlib.suppress(OSError):
                os.close(fd)


def is_held(path: str | os.PathLike[str]) -> bool:
    """Tell whether some process, here or on another machine, holds the lock; nothing is taken.

    Raises:
        LocksUnsupported: the file system has no locks.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        # A shared lock: several probes never take each other for the owner.
        return not _try_lock(fd, fcntl.LOCK_SH)
    finally:
        os.close(fd)


def read_note(path: str | os.PathLike[str]) -> str:
    """Return what the last owner wrote into the lock file; empty if nothing."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _wait_for_lock(fd: int, deadline: float | None) -> bool:
    started = time.monotonic()
    pause_s = 0.0005
    while not _try_lock(fd, fcntl.LOCK_EX):
        now = time.monotonic()
        if deadline is None:
            _flock(fd, fcntl.LOCK_EX)
            return True
        # When a shared lock is granted, nobody owns the file: only probes were in the way, and they last
        # microseconds.
        if _try_lock(fd, fcntl.LOCK_SH):
            fcntl.flock(fd, fcntl.LOCK_UN)
            if now > max(deadline, started + _PROBE_PATIENCE_S):
                return False
            time.sleep(pause_s * (1 + (os.getpid() % 7)) / 7)
        elif now >= deadline:
            return False
        else:
            time.sleep(min(pause_s, deadline - now))
        pause_s = min(pause_s * 1.5, 0.05)
    return True


def _try_lock(fd: int, kind: int) -> bool:
    try:
        _flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _flock(fd: int, operation: int) -> None:
    try:
        fcntl.flock(fd, operation)
    except OSError as error:
        if error.errno in _UNSUPPORTED:
            raise LocksUnsupported(f"this file system refuses locks ({error.strerror})") from error
        if error.errno == errno.EACCES:  # some systems say so for "held by another"
            raise BlockingIOError(*error.args) from error
        raise


def _same_file(fd: int, path: str) -> bool:
    try:
        named = os.stat(path)
    except FileNotFoundError:
        return False
    opened = os.fstat(fd)
    return (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)
