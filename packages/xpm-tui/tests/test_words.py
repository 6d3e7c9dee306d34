from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_tui import words

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (-3, "0.0 s"),
        (4.24, "4.2 s"),
        (9.96, "9 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h 00"),
        (7500, "2 h 05"),
        (47 * 3600, "47 h 00"),
        (76 * 3600, "3 d 04 h"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (None, ""),
        (NOW - timedelta(hours=1), "14:09:26"),
        (NOW - timedelta(days=1), "13 Mar 15:09"),
        (NOW - timedelta(days=300), "2025-05-18"),
        (NOW + timedelta(days=1), "15 Mar 15:09"),
    ],
)
def test_moment(at: datetime | None, text: str) -> None:
    assert words.moment(at, NOW) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, ""),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KiB"),
        (12_345_678, "11.8 MiB"),
        (1 << 30, "1.0 GiB"),
        (700 << 30, "700 GiB"),
        (1 << 62, "4096 PiB"),
    ],
)
def test_size(count: int | None, text: str) -> None:
    assert words.size(count) == text


def test_small_words() -> None:
    assert words.number(1_234_567) == "1 234 567"
    assert (words.plural(1, "job"), words.plural(2000, "job")) == ("1 job", "2 000 jobs")
    assert words.tags({"b": True, "a": 0.1, "c": "x"}) == "a=0.1 b=true c=x"
    assert words.visible("a\x1b[2Jb\n") == "a\\x1b[2Jb\\n"
    assert words.short_id("ir.rank.learn/0123456789") == "learn/01234567"
    assert words.short_id("tensorboard") == "tensorboard"
    assert words.full_moment(NOW) == "2026-03-14 15:09:26"


@given(st.floats(-1, 2), st.integers(1, 40))
def test_bar(share: float, width: int) -> None:
    full, empty = words.bar(share, width)
    assert len(full) + len(empty) == width
    assert ("─" in empty or full.endswith("╸")) == (share < 1)
    assert bool(full) == (share > 0)
