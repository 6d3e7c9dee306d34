from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xpm_tui.cells import text
from xpm_tui.columns import GAP, Column, place


def column(title: str, least: int, most: int, rank: int) -> Column[str]:
    return Column(title=title, cell=lambda row, _: text(row), least=least, most=most, rank=rank)


COLUMNS = [column("a", 5, 10, 3), column("b", 4, 30, 1), column("c", 6, 6, 2)]


def widths(width: int, needs: dict[str, int] | None = None) -> dict[str, int]:
    return {p.column.title: p.width for p in place(COLUMNS, width, needs or {})}


def test_what_matters_least_goes_first() -> None:
    assert widths(19) == {"a": 5, "b": 4, "c": 6}
    assert widths(18) == {"a": 10, "c": 6}
    assert widths(12) == {"a": 10}
    assert widths(3) == {"a": 5}


def test_what_is_left_is_shared_among_those_that_need_it() -> None:
    assert widths(25) == {"a": 8, "b": 7, "c": 6}
    assert widths(100) == {"a": 10, "b": 30, "c": 6}
    assert widths(100, {"a": 2, "b": 12, "c": 3}) == {"a": 2, "b": 12, "c": 3}


def test_optional_columns_are_shown_where_nothing_is_lost() -> None:
    columns = [
        *COLUMNS,
        Column(title="o", cell=lambda row, _: text(row), least=3, most=9, rank=0, optional=True),
    ]
    needs = {"a": 8, "b": 10, "c": 6}
    assert [p.column.title for p in place(columns, 33, needs)] == ["a", "b", "c", "o"]
    assert [p.column.title for p in place(columns, 32, needs)] == ["a", "b", "c"]


@given(st.integers(5, 200), st.dictionaries(st.sampled_from("abc"), st.integers(0, 50)))
def test_they_fit(width: int, needs: dict[str, int]) -> None:
    found = widths(width, needs)
    assert sum(found.values()) + GAP * (len(found) - 1) <= width
    assert "a" in found
