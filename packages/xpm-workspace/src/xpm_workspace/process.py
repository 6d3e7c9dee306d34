"""Which process runs a job, and whether it still does. Light: the job process imports it."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from typing import Any

from xpm_workspace.files import read_whole, write_whole
from xpm_workspace.times import utc_iso


def hostname() -> str:
    """Return the name of this machine."""
    return os.uname().nodename


class ProcessRecord:
    """Content of the `.pid` file.

    A pid alone says little, since systems use it again: the start time of the process goes with it.
    """

    __slots__ = ("boot_id", "extra", "host", "jobid", "pid", "start_time", "started_at", "type")

    def __init__(
        self,
        *,
        type: str = "local",
        pid: int | None = None,
        jobid: str | None = None,
        host: str | None = None,
        started_at: str | None = None,
        start_time: float | None = None,
        boot_id: str | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        #: Which kind of launcher made it: `local`, `slurm`...
        self.type = type
        #: Process id on `host`, for local processes.
        self.pid = pid
        #: Id in the launcher's own terms, for the others.
        self.jobid = jobid
        #: Machine it runs on.
        self.host = host
        #: When it was recorded (ISO 8601, UTC).
        self.started_at = started_at
        #: When the process started: clock ticks since boot on Linux, seconds since the epoch elsewhere.
        self.start_time = start_time
        #: Which boot of the machine `start_time` counts from; empty where there is no such thing.
        self.boot_id = boot_id
        #: Fields that this version does not know.
        self.extra = extra or {}

    @classmethod
    def of(cls, pid: int | None = None) -> ProcessRecord:
        """Describe a live process of this machine; by default this one."""
        pid = os.getpid() if pid is None else pid
        return cls(
            pid=pid, host=hostname(), started_at=utc_iso(), start_time=_start_time(pid), boot_id=_boot_id()
        )

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> ProcessRecord:
        """Build from what a `.pid` file holds; fields of another type than expected count as absent."""
        rest = dict(fields)
        pid, jobid, start = rest.pop("pid", None), rest.pop("jobid", None), rest.pop("start_time", None)
        text = {key: rest.pop(key, None) for key in ("type", "host", "started_at", "boot_id")}
        return cls(
            type=str(text.pop("type") or "local"),
            pid=int(pid) if str(pid).isdecimal() else None,
            jobid=None if jobid is None else str(jobid),
            start_time=start if isinstance(start, (int, float)) else None,
            extra=rest,
            **{key: value if isinstance(value, str) else None for key, value in text.items()},
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what goes into the file; absent fields are left out."""
        names = ("type", "pid", "jobid", "host", "started_at", "start_time", "boot_id")
        known = {name: getattr(self, name) for name in names}
        return {name: value for name, value in known.items() if value is not None} | self.extra

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the file whole."""
        write_whole(path, json.dumps(self.to_dict()).encode(), durable=False)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> ProcessRecord | None:
        """Read a `.pid` file; `None` when it is absent or makes no sense."""
        try:
            content = json.loads(read_whole(path)[0])
        except (OSError, ValueError, RecursionError):
            return None
        if isinstance(content, int) and not isinstance(content, bool):  # a bare pid
            return cls(pid=content)
        return cls.from_dict(content) if isinstance(content, dict) else None

    def is_alive(self) -> bool | None:
        """Whether this very process runs; `None` when that cannot be known from this machine."""
        if self.pid is None or self.host not in (None, hostname()):
            return None
        if self.boot_id and _boot_id() not in ("", self.boot_id):
            return False
        start = _start_time(self.pid)
        if start is None:
            return False
        return self.start_time is None or abs(start - self.start_time) < 0.5

    def __repr__(self) -> str:
        return f"ProcessRecord({self.to_dict()!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProcessRecord) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]


def _boot_id() -> str:
    try:
        return _read_boot_id()
    except OSError:
        return ""


@lru_cache(maxsize=1)
def _read_boot_id() -> str:
    return read_whole("/proc/sys/kernel/random/boot_id")[0].decode("ascii").strip()


def _start_time(pid: int) -> float | None:
    """Return when a process started; `None` if there is none, or only its corpse."""
    try:
        stat, _ = read_whole(f"/proc/{pid}/stat")
    except (FileNotFoundError, ProcessLookupError):
        return _start_time_elsewhere(pid) if not os.path.exists("/proc/self/stat") else None
    # The command name, in parentheses, may hold anything: what we want is after its last parenthesis.
    fields = stat[stat.rindex(b")") + 2 :].split()
    return None if fields[0] in (b"Z", b"X", b"x") else int(fields[19])


def _start_time_elsewhere(pid: int) -> float | None:
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.Error:
        return None
