"""Values as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def moment(at: datetime | None) -> str:
    """Return a time on the clock of this machine; empty when it is not known."""
    return f"{at.astimezone():%Y-%m-%d %H:%M}" if at else ""


def duration(seconds: float | None) -> str:
    """Return a duration with its two largest units; empty when it is not known."""
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{max(seconds, 0.0):.1f}s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d{hours:02d}h"
    if hours:
        return f"{hours}h{minutes:02d}m"
    return f"{minutes}m{seconds:02d}s" if minutes else f"{seconds}s"


def size(count: int | None) -> str:
    """Return a number of bytes with a binary unit; empty when it is not known."""
    if count is None:
        return ""
    number = float(count)
    for unit in _UNITS:
        if number < 1024 or unit == _UNITS[-1]:
            break
        number /= 1024
    return f"{count} B" if unit == "B" else f"{number:.1f} {unit}"


def tags(values: Mapping[str, Any]) -> str:
    """Return tags as `name=value name=value`, by name."""
    return " ".join(f"{name}={tag(value)}" for name, value in sorted(values.items()))


def tag(value: Any) -> str:
    """Return the value of a tag as the filter language writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def count(number: int, what: str) -> str:
    """Return `1 job`, `2 jobs`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def visible(value: str) -> str:
    """Return a text on one line with its control characters written out.

    Tags, messages and file names come from anybody: none of them may clear the screen of who looks at it.
    """
    if value.isprintable():
        return value
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in value)
