from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_scheduler.launcherfinder.quantities import Duration, Memory, shortened


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8G", 8 * 2**30),
        ("8GiB", 8 * 2**30),
        ("8 gib", 8 * 2**30),
        ("24GB", 24 * 10**9),
        ("500M", 500 * 2**20),
        (" 1.5T ", 3 * 2**39),
        ("512B", 512),
        ("64k", 65536),
        ("0.3B", 1),
        ("2P", 2**51),
    ],
)
def test_memory_is_read(text: str, expected: int) -> None:
    assert Memory(text) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, "0B"), (123, "123B"), (2**30, "1G"), (1000 * 2**20, "1000M"), (24 * 10**9, "24GB"), (2**51, "2P")],
)
def test_memory_is_written(size: int, expected: str) -> None:
    assert str(Memory(size)) == f"{Memory(size)}" == expected
    assert repr(Memory(size)) == f"Memory('{expected}')"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("8", r"'8' lacks a unit: write it as 8G"),
        ("", "is not an amount of memory: write it as 8G"),
        ("-8G", "is not an amount"),
        ("8X", "is not an amount"),
        ("iB", "is not an amount"),
        ("8iB", "is not an amount"),
        ("1e3G", "is not an amount"),
        ("٣G", "is not an amount"),
        ("9" * 18 + "P", "between 0 and 2\\^63, not more"),
        ("9" * 10_000 + "G", "…' is not an amount"),
    ],
)
def test_memory_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Memory(text)


def test_memory_for_people() -> None:
    assert [Memory(n).rounded() for n in (0, 500, 2**30, 25_274_793_984)] == ["0B", "500B", "1G", "23.5G"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", 7200),
        ("1d12h", 129_600),
        ("90 min", 5400),
        ("30m", 1800),
        ("45s", 45),
        ("1.5 hours", 5400),
        (" 1 week 2 Days ", 777_600),
        ("0s", 0),
    ],
)
def test_duration_is_read(text: str, expected: int) -> None:
    assert Duration(text) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "0s"), (5400, "1h30m"), (129_600, "1d12h"), (61, "1m1s")]
)
def test_duration_is_written(seconds: int, expected: str) -> None:
    assert str(Duration(seconds)) == expected
    assert repr(Duration(seconds)) == f"Duration('{expected}')"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a duration: write it as 2h"),
        ("90", "'90' lacks a unit"),
        ("2 moons", "'moons' is no unit of time: use d, h, min or s"),
        ("30m1h", "units of time go from long to short"),
        ("1h1h", "each once"),
        ("02:00:00", "is not a duration"),
        ("2h extra", "is not a duration"),
        ("h", "is not a duration"),
        ("9" * 18 + "w", "not more"),
        ("1h" * 5000, "…'.*each once"),
        ("9" * 10_000, "lacks a unit"),
    ],
)
def test_duration_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        Duration(text)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("quantity", [Memory, Duration])
@pytest.mark.parametrize("value", [1.5, True, None, b"8G"])
def test_other_types_are_refused(quantity: type[Memory | Duration], value: object) -> None:
    with pytest.raises(TypeError, match="a text or a whole number"):
        quantity(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("quantity", [Memory, Duration])
def test_negative_ones_are_refused(quantity: type[Memory | Duration]) -> None:
    with pytest.raises(ValueError, match="not less"):
        quantity(-1)


@given(st.integers(0, 2**63 - 1))
def test_what_is_written_is_read(value: int) -> None:
    assert Memory(str(Memory(value))) == value
    assert Duration(str(Duration(value))) == value


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for quantity in (Memory, Duration):
        try:
            value = quantity(text)
        except ValueError:
            continue
        assert quantity(str(value)) == value


def test_they_can_be_copied() -> None:
    for value in (Memory("8G"), Duration("2h")):
        for other in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
            assert other == value
            assert type(other) is type(value)


def test_long_texts_are_shortened() -> None:
    assert shortened("a" * 50, 3) == "'aaa…'"
    assert shortened("abc", 3) == "'abc'"
