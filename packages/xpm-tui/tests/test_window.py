from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xpm_tui.window import PAGE, Window


def window(kept: int = 3) -> Window[str]:
    return Window(lambda row: row, kept)


def rows(first: int, last: int, total: int = 10_000) -> list[str]:
    return [str(number) for number in range(first, min(last, total))]


def test_rows_are_asked_for_by_pages() -> None:
    w = window()
    assert w.wanted(0, 40) == (0, PAGE)
    w.put(0, rows(0, PAGE), 950)
    assert w.wanted(0, 40) is None
    assert w.wanted(90, 140) == (PAGE, 2 * PAGE)
    assert (w.row(99), w.row(100)) == ("99", None)
    assert w.wanted(940, 990) == (900, 1000)


def test_only_some_are_kept() -> None:
    w = window(kept=2)
    for page in range(5):
        w.put(page * PAGE, rows(page * PAGE, (page + 1) * PAGE), 500)
    assert w.row(0) is None and w.row(450) == "450" and len(w.rows()) == 2 * PAGE


def test_old_rows_are_shown_until_others_come() -> None:
    w = window()
    w.put(0, rows(0, PAGE), 500)
    w.age()
    assert w.row(5) == "5" and w.wanted(0, 40) == (0, PAGE)
    w.put(0, rows(1, PAGE + 1), 500)
    assert w.row(5) == "6" and w.wanted(0, 40) is None
    assert (w.find("6"), w.find("0")) == (5, None)
    w.clear()
    assert w.row(5) is None and w.total is None


def test_fewer_rows_than_before() -> None:
    w = window()
    w.put(0, rows(0, 3 * PAGE), 3 * PAGE)
    w.put(0, rows(0, 10), 10)
    assert w.row(10) is None and w.row(PAGE) is None and w.total == 10
    w.put(0, [], 0)
    assert w.row(0) is None and w.wanted(0, 40) is None


@given(st.integers(0, 3000), st.lists(st.integers(0, 3000), max_size=20))
def test_what_is_wanted_is_enough(total: int, places: list[int]) -> None:
    w = window(kept=5)
    for first in places:
        wanted = w.wanted(first, first + 120)
        if wanted is not None:
            w.put(wanted[0], rows(*wanted, total), total)
        shown = [w.row(index) for index in range(first, min(first + 120, total))]
        assert shown == rows(first, first + 120, total)
