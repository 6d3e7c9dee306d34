"""Rows of a long list of which only some are at hand; no I/O, no toolkit."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

R = TypeVar("R")

#: Rows that are asked for together.
PAGE = 100

#: Pages that are kept; a screen shows two or three.
KEPT = 24


class Window(Generic[R]):
    """Pages of rows by number. Rows that may have changed are shown until newer ones come."""

    def __init__(self, key: Callable[[R], str], kept: int = KEPT) -> None:
        """Make an empty one.

        Args:
            key: names a row, whatever its place.
            kept: how many pages at most.
        """
        self.key = key
        self._kept = kept
        self._pages: OrderedDict[int, list[R]] = OrderedDict()
        self._old: set[int] = set()
        #: How many rows there are; absent until that was told.
        self.total: int | None = None

    def row(self, index: int) -> R | None:
        """Return the row at a place, if it is at hand."""
        page = self._pages.get(index // PAGE)
        offset = index % PAGE
        return page[offset] if page is not None and offset < len(page) else None

    def wanted(self, first: int, last: int) -> tuple[int, int] | None:
        """Return which rows, from and up to, must be asked for to show a range; `None` if all are at hand."""
        if self.total is not None:
            last = min(last, self.total)
        pages = range(first // PAGE, (max(last, first + 1) - 1) // PAGE + 1)
        missing = [page for page in pages if page not in self._pages or page in self._old]
        for page in pages:
            if page in self._pages:
                self._pages.move_to_end(page)
        if not missing:
            return None
        return missing[0] * PAGE, (missing[-1] + 1) * PAGE

    def put(self, offset: int, rows: Sequence[R], total: int) -> None:
        """Take in rows that were asked for, from the beginning of a page on."""
        self.total = total
        for start in range(0, max(len(rows), 1), PAGE):
            number = (offset + start) // PAGE
            self._pages[number] = list(rows[start : start + PAGE])
            self._pages.move_to_end(number)
            self._old.discard(number)
        for number in [n for n in self._pages if n * PAGE >= max(total, 1)]:
            del self._pages[number]
        while len(self._pages) > self._kept:
            self._old.discard(self._pages.popitem(last=False)[0])

    def age(self) -> None:
        """All rows may have changed: ask again for those that are shown."""
        self._old = set(self._pages)

    def clear(self) -> None:
        """Forget all: what comes is another list."""
        self._pages.clear()
        self._old.clear()
        self.total = None

    def rows(self) -> dict[str, R]:
        """Return the rows that are at hand."""
        return {self.key(row): row for page in self._pages.values() for row in page}

    def find(self, key: str) -> int | None:
        """Return the place of a row that is at hand."""
        for number, page in self._pages.items():
            for offset, row in enumerate(page):
                if self.key(row) == key:
                    return number * PAGE + offset
        return None
