from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from xpm_tui.logs.drawing import draw
from xpm_tui.logs.search import pattern


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"plain", "plain"),
        (b"", ""),
        (b" 10%|#\r 50%|##", " 50%|##"),
        (b"dos line\r", "dos line"),
        (b"a\tb", "a       b"),
        (b"\x1b[31mred\x1b[0m", "red"),
        (b"\x1b[2J\x1b[Hcleared", "cleared"),
        (b"\x1b]0;title\x07x\x1b]52;c;aGk=\x1b\\y", "xy"),
        (b"bell\x07 null\x00", "bell null·"),
        ("é 漢".encode(), "é 漢"),
        (b"\xff\xfe", "��"),
    ],
)
def test_what_is_shown(content: bytes, shown: str) -> None:
    assert draw(content).plain == shown


def test_colours_are_kept() -> None:
    (span,) = draw(b"\x1b[31mred\x1b[0m plain").spans
    assert (span.start, span.end) == (0, 3)


def test_what_was_searched_for_stands_out() -> None:
    text = draw(b"a (b) A (B)", pattern("a (b)"), Style(reverse=True))
    assert [(span.start, span.end) for span in text.spans] == [(0, 5), (6, 11)]


@given(st.binary(max_size=60))
def test_nothing_that_a_terminal_obeys(content: bytes) -> None:
    assert draw(content).plain.isprintable()
