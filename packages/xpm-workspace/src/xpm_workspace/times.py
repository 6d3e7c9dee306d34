"""Times as they stand on disk: ISO 8601, UTC, microseconds, `Z`. Light: the job process imports it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

#: Times outside of these years are mistakes, and are not known: Python cannot even show some of them.
_FIRST_S, _LAST_S = 0.0, 253_370_764_800.0  # 1970 and 9999


def utc_iso(seconds: float | None = None) -> str:
    """Return a time as `2026-03-01T12:00:00.000000Z`.

    Args:
        seconds: seconds since the epoch; now when absent.
    """
    nanoseconds = time.time_ns() if seconds is None else round(seconds * 1e6) * 1000
    whole, rest = divmod(nanoseconds, 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{rest // 1000:06d}Z"


def utc_stamp(seconds: float | None = None) -> str:
    """Return a time as `20260301_120000`, the shape of run ids."""
    return time.strftime("%Y%m%d_%H%M%S", time.gmtime(seconds))


def seconds_of(text: str | None) -> float | None:
    """Return an ISO 8601 time as seconds since the epoch; `None` if there is none, or it makes no sense.

    A time without a zone is taken as UTC.
    """
    from datetime import datetime, timezone

    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return seconds_at(moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc))


def seconds_at(moment: datetime | None) -> float | None:
    """Return a time that has a zone as seconds since the epoch; `None` if there is none, or it is absurd."""
    seconds = None if moment is None else moment.timestamp()
    return seconds if seconds is not None and _FIRST_S <= seconds <= _LAST_S else None
