"""Values as people read them in a narrow column."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def visible(text: str) -> str:
    """Return a text on one line with its control characters written out.

    Tags, messages and file names come from anybody: none of them may clear the screen of who looks at it.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def short_id(job_id: str) -> str:
    """Return a job's id as people recognize it: the last part of its task, some of its identifier."""
    task, slash, identifier = job_id.partition("/")
    return visible(f"{task.rpartition('.')[2]}/{identifier[:8]}" if slash else job_id)


def duration(seconds: float | None) -> str:
    """Return a duration as people say it: `4.2 s`, `45 s`, `12 min`, `2 h 05`, `3 d 04 h`."""
    if seconds is None:
        return ""
    seconds = max(seconds, 0.0)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{int(seconds)} s"
    minutes = int(seconds) // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02}"
    return f"{hours // 24} d {hours % 24:02} h"


def between(start: datetime | None, end: datetime | None, now: datetime) -> float | None:
    """Return the seconds from a start to an end, or to now while there is no end."""
    return None if start is None else ((end or now) - start).total_seconds()


def moment(at: datetime | None, now: datetime) -> str:
    """Return a time on the clock of this machine: `14:05` today, `25 Nov 14:05` lately, else the date."""
    if at is None:
        return ""
    local, today = at.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M:%S}"
    if abs(today - local) < timedelta(days=200):
        return f"{local.day} {_MONTHS[local.month - 1]} {local:%H:%M}"
    return f"{local:%Y-%m-%d}"


#: Not those of the locale: columns are as wide as these.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def full_moment(at: datetime | None) -> str:
    """Return a time on the clock of this machine, with the date and the seconds."""
    return "" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def size(count: int | None) -> str:
    """Return a number of bytes with a binary unit and about three digits."""
    if count is None:
        return ""
    number = float(count)
    for unit in _UNITS:
        if number < 1000 or unit == _UNITS[-1]:
            break
        number /= 1024
    if unit == "B":
        return f"{count} B"
    return f"{number:.1f} {unit}" if number < 99.95 else f"{number:.0f} {unit}"


def number(value: int) -> str:
    """Return a number with its thousands apart: `100 000`."""
    return f"{value:,}".replace(",", " ")


def plural(count: int, what: str) -> str:
    """Return `1 job`, `2 000 jobs`."""
    return f"{number(count)} {what}" if count == 1 else f"{number(count)} {what}s"


def tag(value: Any) -> str:
    """Return the value of a tag as the filter language writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def tags(values: Mapping[str, Any]) -> str:
    """Return tags as `name=value name=value`, by name."""
    return " ".join(f"{name}={tag(value)}" for name, value in sorted(values.items()))


def bar(share: float, width: int) -> tuple[str, str]:
    """Return the full and the empty part of a bar, `width` cells together; their shapes differ."""
    halves = round(min(max(share, 0.0), 1.0) * width * 2)
    if share < 1:
        halves = min(halves, width * 2 - 1)  # a full bar is a promise
    if share > 0:
        halves = max(halves, 1)
    full = "━" * (halves // 2) + ("╸" if halves % 2 else "")
    return full, "─" * (width - len(full))
