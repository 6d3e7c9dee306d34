from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from xpm_tui.logs import search
from xpm_tui.logs.search import backward, forward, pattern
from xpm_workspace.records import LogPart


def reader(content: bytes, most: int) -> search.Read:
    def read(offset: int, limit: int) -> LogPart:
        limit = min(limit, most)
        return LogPart(content=content[offset : offset + limit], offset=offset, size=len(content))

    return read


@given(
    st.text("ab\n", max_size=60), st.text("ab", min_size=1, max_size=4), st.integers(0, 60), st.integers(1, 9)
)
def test_finds_what_find_finds(text: str, wanted: str, offset: int, most: int) -> None:
    content = text.encode()
    offset = min(offset, len(content))
    stop = threading.Event()
    found = forward(reader(content, most), pattern(wanted), offset, stop=stop)
    assert found == (None if (at := content.find(wanted.encode(), offset)) < 0 else at)


@given(
    st.text("ab\n", max_size=60), st.text("ab", min_size=1, max_size=4), st.integers(0, 60), st.integers(1, 9)
)
def test_finds_backward(text: str, wanted: str, offset: int, step: int) -> None:
    content = text.encode()
    offset = min(offset, len(content))
    before = search.STEP
    search.STEP = step
    try:
        found = backward(reader(content, 99), pattern(wanted), offset, stop=threading.Event())
    finally:
        search.STEP = before
    places = [n for n in range(offset) if content.startswith(wanted.encode(), n)]
    # As `re.finditer`, places that overlap are one; which one depends on where one begins.
    assert (found is None) == (not places)
    if found is not None:
        assert found in places and found > places[-1] - len(wanted)


def test_case_counts_when_there_is_a_capital() -> None:
    content = b"Error error"
    stop = threading.Event()
    assert forward(reader(content, 99), pattern("error"), 0, stop=stop) == 0
    assert forward(reader(content, 99), pattern("Error"), 1, stop=stop) is None
    assert forward(reader(b"a.b a+b", 99), pattern("a+b"), 0, stop=stop) == 4  # no regular expression


def test_stopped() -> None:
    stop = threading.Event()
    told: list[float] = []

    def tell(share: float) -> None:
        told.append(share)
        stop.set()

    assert forward(reader(b"x" * 100, 10), pattern("y"), 0, stop=stop, tell=tell) is None
    assert told == [0.1]
