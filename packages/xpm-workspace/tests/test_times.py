from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from xpm_workspace.times import utc_iso, utc_stamp


def test_shape() -> None:
    assert utc_iso(0.25) == "1970-01-01T00:00:00.250000Z"
    assert utc_stamp(0) == "19700101_000000"
    assert len(utc_iso()) == 27


@given(st.integers(0, 4_000_000_000_000_000))
def test_round_trip(microseconds: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=microseconds)
    text = utc_iso(microseconds / 1e6)
    parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    assert abs(parsed - moment) <= timedelta(microseconds=1)
