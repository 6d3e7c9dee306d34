"""Columns of a table: what each shows, and which of them fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from xpm_tui.cells import Cell

R = TypeVar("R")

#: Cells between two columns.
GAP = 2


class Context(NamedTuple):
    """What a cell may depend on besides its row."""

    #: Cells that there are for it.
    width: int
    #: Durations of what runs are up to now.
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Column(Generic[R]):
    """A column of a table of `R`."""

    #: Its heading.
    title: str
    #: What it shows of a row.
    cell: Callable[[R, Context], Cell]
    #: Cells that it needs at least.
    least: int
    #: Cells that it can use, if what it shows is that long.
    most: int
    #: Where room is short, columns with a small rank go first.
    rank: int
    #: Aligned to the right.
    right: bool = False
    #: Shown only where the others have all the room that they can use.
    optional: bool = False


class Placed(NamedTuple, Generic[R]):
    """A column that is shown."""

    column: Column[R]
    width: int


def place(columns: Sequence[Column[R]], width: int, needs: Mapping[str, int]) -> list[Placed[R]]:
    """Return the columns that fit with their widths, in order.

    Those of the lowest rank are left out until the others have what they need at least; what is left then is
    shared among those that can use it.

    Args:
        columns: all of them.
        width: cells that there are.
        needs: by title, how wide the longest cell is.
    """
    least, most = {}, {}
    for column in columns:
        need = max(needs.get(column.title, column.least), len(column.title))
        least[column.title] = min(column.least, need)
        most[column.title] = max(min(column.most, needs.get(column.title, column.most)), least[column.title])
    by_rank = sorted(columns, key=lambda column: -column.rank)
    kept = [column for column in by_rank if not column.optional]
    while len(kept) > 1 and _total(kept, least) > width:
        kept.pop()
    for column in by_rank:
        if column.optional and _total(kept, most) + GAP + least[column.title] <= width:
            kept.append(column)
    widths = {column.title: least[column.title] for column in kept}
    spare = width - _total(kept, least)
    growing = kept
    while spare > 0 and (growing := [c for c in growing if widths[c.title] < most[c.title]]):
        for column in growing[:spare]:
            widths[column.title] += 1
        spare -= min(spare, len(growing))
    return [Placed(column, widths[column.title]) for column in columns if column.title in widths]


def _total(columns: Sequence[Column[R]], widths: Mapping[str, int]) -> int:
    return sum(widths[column.title] + GAP for column in columns) - GAP
