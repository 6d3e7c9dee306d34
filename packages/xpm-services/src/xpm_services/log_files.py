"""The logs of a service: kept apart for each start, and quoted in errors."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from xpm_services.guard import CUT_SUFFIX

#: How much is read of the end of a log, whatever its size.
_TAIL_BYTES = 4096
_TAIL_LINES = 12


def earlier(log: Path) -> Path:
    """Return where the log of the start before is."""
    return log.with_name(f"{log.name}.1")


def cut(log: Path) -> Path:
    """Return where the last part is of what was cut off a log that grew too long."""
    return log.with_name(f"{log.name}{CUT_SUFFIX}")


def begin(log: Path) -> None:
    """Make an empty log; what is there becomes the earlier one."""
    with contextlib.suppress(OSError):
        if log.stat().st_size:
            os.replace(log, earlier(log))
    log.write_bytes(b"")
    cut(log).unlink(missing_ok=True)


def append(log: Path, text: str) -> None:
    """Add to a log; a full disk is no reason to fail."""
    with contextlib.suppress(OSError), log.open("a", encoding="utf-8", errors="replace") as file:
        file.write(text)


def tail(*logs: Path) -> str:
    """Return the last lines of some logs, each after its path; empty if they are."""
    parts = []
    for log in logs:
        lines = _last_lines(log)
        if lines:
            parts.append(f"--- end of {log}\n" + "\n".join(lines))
    return "\n".join(parts)


def _last_lines(log: Path) -> list[str]:
    content = (_last_bytes(cut(log)) + _last_bytes(log))[-_TAIL_BYTES:]
    lines = content.decode("utf-8", "replace").rstrip().splitlines()
    if len(content) == _TAIL_BYTES and len(lines) > 1:
        del lines[0]  # most likely not whole
    return lines[-_TAIL_LINES:]


def _last_bytes(log: Path) -> bytes:
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            content = file.read(_TAIL_BYTES)
    except OSError:
        return b""
    return content
