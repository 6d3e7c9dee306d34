"""Helpers for tests, of this package and of those built on it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from xpm_workspace.journal_writer import JournalWriter
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.markers import write_done, write_failed

#: A job identifier of the usual shape.
IDENTIFIER = "0123456789abcdef" * 4

#: Starts Python code in another process: code, then its arguments.
StartChild = Callable[..., "subprocess.Popen[str]"]


def fill_disk(folder: Path) -> None:
    """Write until nothing fits any more."""
    fd = os.open(folder / "filler", os.O_WRONLY | os.O_CREAT)
    try:
        for size in (4096, 1):
            try:
                while os.write(fd, b"x" * size):
                    pass
            except OSError:
                continue
    finally:
        os.close(fd)


def make_job(
    workspace: WorkspaceLayout,
    task_id: str,
    identifier: str,
    *,
    marker: str | None = "DONE",
    progress: float | None = None,
) -> JobLayout:
    """Make the folder of a job as its process leaves it.

    Args:
        workspace: where.
        task_id: its task.
        identifier: what distinguishes it.
        marker: `DONE`, one of `markers.REASONS`, or `None` for a job without an end.
        progress: of its outer loop.
    """
    job = workspace.job(task_id, identifier)
    job.create()
    job.params.write_text("{}")
    events: list[dict[str, object]] = [{"event": "started", "pid": 1, "host": "node", "attempt": 1}]
    if progress is not None:
        events.append({"event": "progress", "level": 0, "value": progress})
    if marker is not None:
        ended: dict[str, object] = {"event": "ended", "state": "DONE", "peak_memory_bytes": 1 << 20}
        events.append(ended if marker == "DONE" else {**ended, "state": "ERROR", "reason": marker})
    writer = JournalWriter(job.journal)
    writer.append(*events)
    writer.close()
    if marker == "DONE":
        write_done(job, exit_code=0)
    elif marker is not None:
        write_failed(job, marker, 1, "something went wrong")
    return job
