"""Markers: how a job folder says that its job ended, and how. Light: the job process imports it.

Writing one is the last act of a job process. `.done` is empty or JSON; `.failed` is JSON. A marker is written
whole.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from xpm_workspace.files import (
    disk_is_full,
    look_afresh,
    read_whole,
    remove_file,
    touch_marker,
    write_whole,
)
from xpm_workspace.times import utc_iso

if TYPE_CHECKING:
    from xpm_workspace.layout import JobLayout
    from xpm_workspace.lifecycle import Status
    from xpm_workspace.names import JobFiles

#: Values of `lifecycle.FailureReason`, which is not imported here to stay light; a test compares them.
REASONS = ("FAILED", "DEPENDENCY", "TIMEOUT", "CANCELLED", "MEMORY", "LOST")

#: Exit codes are far smaller; what is not does not fit into a database.
_MAX_CODE = 2**53


class Marker:
    """What a marker says."""

    __slots__ = ("at", "exit_code", "extra", "message", "reason", "state")

    def __init__(
        self,
        state: str,
        reason: str | None = None,
        exit_code: int | None = None,
        message: str | None = None,
        at: str | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        #: `DONE` or `ERROR`.
        self.state = state
        #: One of `REASONS`, for `ERROR` only.
        self.reason = reason
        #: Exit code of the process; negative for a signal.
        self.exit_code = exit_code
        #: One line for people.
        self.message = message
        #: When it was written (ISO 8601, UTC).
        self.at = at
        #: Everything else that was recorded.
        self.extra = extra or {}

    @property
    def status(self) -> Status:
        """The same as a `lifecycle.Status`."""
        from xpm_workspace.lifecycle import FailureReason, JobState, Status

        return Status(state=JobState(self.state), reason=FailureReason(self.reason) if self.reason else None)

    def __repr__(self) -> str:
        return f"Marker({', '.join(f'{n}={getattr(self, n)!r}' for n in self.__slots__)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Marker) and all(
            getattr(self, n) == getattr(other, n) for n in self.__slots__
        )

    __hash__ = None  # type: ignore[assignment]


def write_done(job: JobLayout | JobFiles, **payload: Any) -> None:
    """Mark the job as done, and remove an older mark of failure.

    On a full disk the marker is left empty, which says the same with less detail. So does one that a power
    cut finds on its way to the disk: no job waits for the disk at its end.

    Args:
        job: the job.
        payload: details for the record (`exit_code`, `message`, and anything that JSON can hold).
    """
    _write(job.done, {"at": utc_iso(), **payload}, durable=False)
    remove_file(job.failed)


def write_failed(
    job: JobLayout | JobFiles,
    reason: str,
    code: int | None = None,
    message: str | None = None,
    **payload: Any,
) -> bool:
    """Mark the job as failed, unless it is marked as done already: a job that finished stays finished.

    Args:
        job: the job.
        reason: one of `REASONS` (or the `FailureReason`).
        code: exit code of the process; negative for a signal.
        message: one line for people.
        payload: details for the record.

    Returns:
        Whether the marker was written.
    """
    reason = str.__str__(reason)  # the value, also of a FailureReason
    if reason not in REASONS:
        raise ValueError(f"unknown reason {reason!r}; one of {', '.join(REASONS)}")
    if os.path.exists(job.done):
        return False
    content = {"reason": reason, "code": code, "message": message, "at": utc_iso(), **payload}
    _write(job.failed, content, durable=True)
    return True


def _write(path: str | os.PathLike[str], content: dict[str, Any], *, durable: bool) -> None:
    text = json.dumps(content, ensure_ascii=False, default=str)
    try:
        write_whole(path, text.encode("utf-8", "replace"), durable=durable)
    except OSError as error:
        if not disk_is_full(error):
            raise
        touch_marker(path)


def clear_markers(job: JobLayout | JobFiles) -> None:
    """Remove the markers, before the job runs again."""
    remove_file(job.failed)
    remove_file(job.done)


def read_marker(job: JobLayout | JobFiles) -> Marker | None:
    """Return what the folder says about the job's end; `None` if it has not ended (or its process vanished).

    Reads the markers of experimaestro 2.x as well. A marker that cannot be understood still marks: `.done` as
    done, `.failed` as failed.
    """
    for path, parse in ((job.done, parse_done), (job.failed, parse_failed)):
        try:
            return parse(*read_whole(path))
        except (FileNotFoundError, NotADirectoryError):
            continue
    return None


def read_final_marker(job: JobLayout | JobFiles) -> Marker | None:
    """Return what the folder says about the end of a job whose process is known to be gone.

    Without a marker such a job is lost, so that one written a moment ago must not be missed. An NFS client
    remembers for some seconds (version 3: sometimes for ever) that a file was not there; see
    `forget_absence`.
    """
    marker = read_marker(job)
    if marker is None:
        look_afresh(job.path)
        marker = read_marker(job)
    return marker


def parse_done(content: bytes, written_at: float) -> Marker:
    """Return what a `.done` file says.

    Args:
        content: all of it.
        written_at: seconds since the epoch, for a marker that gives no time.
    """
    fields = _fields(content)
    return Marker("DONE", None, _code(fields), _message(fields), _at(fields, written_at), fields)


def parse_failed(content: bytes, written_at: float) -> Marker:
    """Return what a `.failed` file says; see `parse_done`."""
    fields = _fields(content)
    reason = str(fields.pop("reason", None)).upper()
    reason = reason if reason in REASONS else "FAILED"
    return Marker("ERROR", reason, _code(fields), _message(fields), _at(fields, written_at), fields)


def _fields(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content) if content.strip() else {}
    except (ValueError, RecursionError):
        return {"message": "the marker cannot be read"}
    if isinstance(value, dict):
        return value
    return {"code": value} if isinstance(value, int) else {}


def _code(fields: dict[str, Any]) -> int | None:
    code = fields.pop("code", None)
    code = fields.pop("exit_code", None) if code is None else code
    return code if isinstance(code, int) and abs(code) <= _MAX_CODE else None


def _message(fields: dict[str, Any]) -> str | None:
    message = fields.pop("message", None)
    # What is no text cannot be stored, nor printed everywhere.
    return None if message is None else str(message).encode("utf-8", "replace").decode()


def _at(fields: dict[str, Any], written_at: float) -> str:
    at = fields.pop("at", None)
    return at if isinstance(at, str) else utc_iso(written_at)
