"""Values as people read them."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_cli import text


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, ""),
        (-1, "0.0s"),
        (0.04, "0.0s"),
        (9.96, "10.0s"),
        (12.4, "12s"),
        (59.6, "1m00s"),
        (61, "1m01s"),
        (3599.7, "1h00m"),
        (3720, "1h02m"),
        (90000, "1d01h"),
    ],
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert text.duration(seconds) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (None, ""),
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (1 << 30, "1.0 GiB"),
        (1 << 60, "1024.0 PiB"),
    ],
)
def test_sizes(count: int | None, shown: str) -> None:
    assert text.size(count) == shown


def test_times_are_on_the_clock_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2026, 3, 1, 12, 0, 59, tzinfo=timezone.utc)
    assert text.moment(at.astimezone(timezone.utc)).endswith(":00")
    assert text.moment(None) == ""


def test_tags_are_sorted_and_written_as_the_filter_language_does() -> None:
    assert text.tags({"b": True, "a": 0.1, "c": "x y"}) == "a=0.1 b=true c=x y"


def test_counts() -> None:
    assert [text.count(number, "job") for number in (0, 1, 2)] == ["0 jobs", "1 job", "2 jobs"]


@given(st.text())
def test_what_is_shown_has_no_control_characters(value: str) -> None:
    shown = text.visible(value)
    assert shown.isprintable()
    if value.isprintable():
        assert shown == value


def test_names_that_are_no_text_can_be_shown() -> None:
    assert text.visible("a\udcffb\x1b[2J\n") == "a\\udcffb\\x1b[2J\\n"
