"""Where a log comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from xpm_workspace.logs import read_part
from xpm_workspace.monitor import Monitor
from xpm_workspace.records import LogPart


class LogSource(Protocol):
    """Something that can be read from any place, and may grow."""

    #: What people call it.
    name: str

    def read(self, offset: int, limit: int) -> LogPart:
        """Return a part; a negative offset counts from the end. Called in a thread."""
        ...

    def path(self) -> str:
        """Return the path of its file, on the machine that has it. Called in a thread."""
        ...


class JobLog:
    """A stream of a job."""

    def __init__(self, monitor: Monitor, job_id: str, stream: str) -> None:
        self.name = {"out": "standard output", "err": "standard error"}[stream]
        self._monitor = monitor
        self._job_id = job_id
        self._stream = stream

    def read(self, offset: int, limit: int) -> LogPart:
        """See `LogSource`."""
        return self._monitor.log(self._job_id, self._stream, offset, limit)

    def path(self) -> str:
        """See `LogSource`."""
        folder = self._monitor.folder(self._job_id)
        name = self._job_id.partition("/")[0].rpartition(".")[2]
        return f"{folder}/{name}.{self._stream}"


class FileLog:
    """A file of this machine."""

    def __init__(self, file: Path, name: str) -> None:
        self.name = name
        self._file = file

    def read(self, offset: int, limit: int) -> LogPart:
        """See `LogSource`."""
        return read_part(self._file, offset, limit)

    def path(self) -> str:
        """See `LogSource`."""
        return str(self._file)
