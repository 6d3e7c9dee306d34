"""Parts of log files."""

from __future__ import annotations

import os
from pathlib import Path

from xpm_workspace.layout import JobLayout
from xpm_workspace.records import LogPart

#: Names of the streams of a job.
STREAMS = ("out", "err")


def log_path(job: JobLayout, stream: str) -> Path:
    """Return the file of a stream, `out` or `err`."""
    if stream not in STREAMS:
        raise ValueError(f"a job has no stream {stream!r}; one of {', '.join(STREAMS)}")
    return job.stdout if stream == "out" else job.stderr


def read_part(path: Path, offset: int = 0, limit: int = 65536) -> LogPart:
    """Read a part of a file that may grow, or not exist yet.

    Args:
        path: the file.
        offset: where to begin; negative counts from the end.
        limit: how many bytes at most.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return LogPart(content=b"", offset=0, size=0)
    try:
        size = os.fstat(fd).st_size
        begin = max(0, size + offset) if offset < 0 else min(offset, size)
        return LogPart(content=os.pread(fd, limit, begin), offset=begin, size=size)
    finally:
        os.close(fd)
