"""The last lines of a log, for a message: few, short, and harmless to a terminal."""

from __future__ import annotations

from pathlib import Path

#: How much is read from the end of a log; no line that is shown needs more.
_READ_BYTES = 4096
#: Longest line that is shown.
_WIDTH = 160


def log_tail(path: Path, lines: int = 4) -> list[str]:
    """Return the last lines of a log that say something; none if it cannot be read.

    Args:
        path: the log, of any size, in any encoding.
        lines: how many at most.
    """
    try:
        with open(path, "rb") as file:
            file.seek(max(0, file.seek(0, 2) - _READ_BYTES))
            content = file.read(_READ_BYTES)
    except OSError:
        return []
    # A progress bar rewrites its line: what stands there in the end is what follows the last return.
    written = (
        line.rstrip("\r").rpartition("\r")[2] for line in content.decode("utf-8", "replace").split("\n")
    )
    shown = (_printable(line) for line in written if line.strip())
    return list(shown)[-lines:]


def _printable(line: str) -> str:
    text = "".join(c if c.isprintable() else " " for c in line.expandtabs()).rstrip()
    return text if len(text) <= _WIDTH else text[: _WIDTH - 3] + "..."
