from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from xpm_workspace.times import seconds_at, seconds_of, utc_iso, utc_stamp


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


def test_impossible_times() -> None:
    for text in (
        "0001-01-01T00:00:00+14:00",
        "1969-12-31T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "no time",
        "",
        None,
    ):
        assert seconds_of(text) is None
    assert seconds_of("1970-01-01T00:00:00Z") == seconds_of("1970-01-01T00:00:00") == 0.0
    assert seconds_at(None) is None
    assert seconds_at(datetime(2026, 1, 1, tzinfo=timezone.utc)) == seconds_of("2026-01-01T00:00:00Z")
