from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from xpm_tui.logs import window as module
from xpm_tui.logs.window import LONGEST, Line, LogWindow
from xpm_workspace.records import LogPart

TEXTS = st.lists(st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"."))).map(b"\n".join)


def part(content: bytes, offset: int, limit: int) -> LogPart:
    return LogPart(content=content[offset : offset + limit], offset=offset, size=len(content))


def expected(content: bytes, start: int = 0) -> list[Line]:
    lines, offset = [], start
    for piece in content[start:].split(b"\n"):
        lines.append(Line(offset, piece))
        offset += len(piece) + 1
    if content[start:].endswith(b"\n") or len(content) == start:
        lines.pop()
    return lines


@given(TEXTS, st.integers(1, 20))
def test_read_forward_in_any_pieces(content: bytes, step: int) -> None:
    window = LogWindow()
    window.load(part(content, 0, step))
    while not window.at_end:
        window.append(part(content, window.end, step))
    assert window.lines == expected(content)


@given(TEXTS, st.integers(0, 200), st.integers(1, 20))
def test_read_backward_in_any_pieces(content: bytes, begin: int, step: int) -> None:
    window = LogWindow()
    begin = min(begin, len(content))
    assume(
        begin == 0 or b"\n" in content[begin:]
    )  # a line that fills a whole part is taken for an endless one
    window.load(part(content, begin, len(content)))
    first = expected(content, window.start)
    assert window.lines == first
    while window.start > 0:
        before = window.start
        offset = max(before - step, 0)
        came = window.prepend(part(content, offset, before - offset))
        assert len(window.lines) == len(first) + came
        step += step  # until a line is found
        first = list(window.lines)
    assert window.lines == expected(content)


@given(TEXTS, TEXTS, st.integers(1, 20))
def test_a_log_that_grows(content: bytes, more: bytes, step: int) -> None:
    window = LogWindow()
    window.load(part(content, 0, len(content)))
    grown = content + more
    window.append(part(grown, window.end, step))
    while not window.at_end:
        window.append(part(grown, window.end, step))
    assert window.lines == expected(grown)


def test_a_log_of_one_endless_line() -> None:
    content = b"x" * (3 * LONGEST + 5)
    window = LogWindow()
    window.load(part(content, 7, len(content)))
    assert max(len(line.content) for line in window.lines) == LONGEST
    assert b"".join(line.content for line in window.lines) == content[7:]


def test_what_is_far_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HELD", 1000)
    monkeypatch.setattr(module, "CHUNK", 100)
    content = b"".join(b"line %05d\n" % n for n in range(3000))
    window = LogWindow()
    window.load(part(content, 0, 100))
    while not window.at_end:
        window.append(part(content, window.end, 100))
    assert len(window.lines) < 115 and window.lines[-1].content == b"line 02999"
    assert window.start == window.lines[0].offset
    while window.start > 0:
        begin = max(window.start - 100, 0)
        window.prepend(part(content, begin, window.start - begin))
    assert len(window.lines) < 115 and window.lines[0].content == b"line 00000"
    assert window.end < len(content)
    window.append(part(content, window.end, 100))  # and on from there
    assert window.lines == expected(content[: window.end])[-len(window.lines) :]


def test_parts_that_do_not_fit_change_nothing() -> None:
    content = b"one\ntwo\nthree\n"
    window = LogWindow()
    window.load(part(content, 4, 4))
    before = list(window.lines)
    assert window.append(part(content, 0, 4)) == 0
    assert window.prepend(part(content, 0, 2)) == 0
    assert window.lines == before


def test_find() -> None:
    content = b"one\ntwo\nthree\n"
    window = LogWindow()
    window.load(part(content, 0, 100))
    assert [window.find(offset) for offset in (0, 2, 4, 7, 8, 13)] == [0, 0, 1, 1, 2, 2]
    assert window.holds(13) and not window.holds(14)
