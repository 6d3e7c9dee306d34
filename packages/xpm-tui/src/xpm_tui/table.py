"""A table of any length: only the lines on the screen are drawn, only rows near them are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from xpm_tui.cells import Cell, Piece, Tone, fit, length, text
from xpm_tui.columns import GAP, Column, Context, Placed, place
from xpm_tui.window import KEPT, PAGE, Window

R = TypeVar("R")

#: How long a row that changed is marked.
MARKED_S = 2.0

#: Left of the columns: where the cursor is, what changed.
_GUTTER = 2

#: Lines of headings.
_HEAD = 1


class RowsTable(ScrollView, Generic[R], can_focus=True):
    """Rows in columns, with a cursor."""

    DEFAULT_CSS = """
    RowsTable { height: 1fr; overflow-x: hidden; scrollbar-gutter: stable; background: $background; }
    RowsTable > .rows--head { color: $tone-dim; text-style: bold; }
    RowsTable > .rows--cursor { background: $tone-cursor; }
    RowsTable > .rows--changed { background: $tone-changed; }
    RowsTable:nocolor > .rows--cursor { text-style: reverse; }
    RowsTable > .tone--name { text-style: bold; }
    RowsTable > .tone--dim { color: $tone-dim; }
    RowsTable > .tone--done { color: $tone-done; }
    RowsTable > .tone--failed { color: $tone-failed; text-style: bold; }
    RowsTable > .tone--running { color: $tone-running; }
    RowsTable > .tone--waiting { color: $tone-waiting; }
    RowsTable > .tone--doubt { color: $tone-doubt; }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "rows--head",
        "rows--cursor",
        "rows--changed",
        *(f"tone--{tone.value}" for tone in Tone),
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown,space", "page(1)", "Page down", show=False),
        Binding("home,g", "edge(0)", "First row", show=False),
        Binding("end,G", "edge(-1)", "Last row", show=False),
        Binding("enter", "open", "Open", show=False),
    ]

    #: Row on which keys act.
    cursor: reactive[int] = reactive(0, repaint=False)

    class Wanted(Message):
        """Rows must be asked for, from `first` up to `last`; `fill` takes them."""

        def __init__(self, first: int, last: int) -> None:
            super().__init__()
            self.first = first
            self.last = last

    class Opened(Message):
        """Somebody pressed Enter on a row, or clicked on the one with the cursor."""

    def __init__(
        self,
        columns: Sequence[Column[R]],
        *,
        key: Callable[[R], str],
        now: Callable[[], datetime],
        live: Callable[[R], bool] = lambda row: False,
        empty: str = "",
        kept: int = KEPT,
        id: str | None = None,
    ) -> None:
        """Make an empty table.

        Args:
            columns: what it shows; those that fit.
            key: names a row, whatever its place.
            now: what time it is.
            live: whether what is shown of a row changes with the time.
            empty: said when there are no rows.
            kept: pages of rows that are kept.
            id: of the widget.
        """
        super().__init__(id=id)
        self._columns = columns
        self._now = now
        self._live = live
        self.empty = empty
        self.window: Window[R] = Window(key, kept)
        self._asked: tuple[int, int] | None = None
        self._marked: dict[str, datetime] = {}
        self._placed: list[Placed[R]] = []
        #: How wide the longest cell of each column is, of those that were seen.
        self._needs: dict[str, int] = {}
        self._followed: str | None = None

    # --- Rows

    @property
    def row(self) -> R | None:
        """The row with the cursor, if it is at hand."""
        return self.window.row(self.cursor)

    def fill(self, offset: int, rows: Sequence[R], total: int) -> None:
        """Take in rows, from the beginning of a page on."""
        self._asked = None
        self.window.put(offset, rows, total)
        self._measure(rows[:PAGE])
        self._resize(total)
        self._keep_place()
        self._want()
        self.refresh()

    def count(self, total: int) -> None:
        """Take in how many rows there are."""
        self.window.total = total
        self._resize(total)
        self._want()
        self.refresh()

    def show_list(self, rows: Sequence[R]) -> None:
        """Show all of a list that is at hand."""
        self.fill(0, rows, len(rows))

    def again(self) -> None:
        """Have what is shown asked for again; it is shown until the answer comes."""
        self.window.age()
        self._asked = None
        self._want()

    def forget(self) -> None:
        """Show nothing until other rows come."""
        self.window.clear()
        self._asked = None
        self._followed = None
        self._marked.clear()
        self._needs.clear()
        self.cursor = 0
        self.scroll_to(y=0, animate=False)
        self._want()
        self.refresh()

    def mark(self, keys: Iterable[str]) -> None:
        """Mark rows that changed, for a moment."""
        end = self._now() + timedelta(seconds=MARKED_S)
        for key in keys:
            self._marked[key] = end

    def tick(self) -> None:
        """Time passed: draw again what depends on it."""
        now = self._now()
        ended = {key for key, end in self._marked.items() if end <= now}
        for key in ended:
            del self._marked[key]
        for y in range(_HEAD, self.size.height):
            row = self.window.row(self.scroll_offset.y + y - _HEAD)
            if row is not None and (self._live(row) or self.window.key(row) in ended):
                self.refresh_lines(self.scroll_offset.y + y)

    def _resize(self, total: int) -> None:
        self.virtual_size = Size(self.size.width, total + _HEAD)
        self.cursor = self.validate_cursor(self.cursor)

    def _measure(self, rows: Sequence[R]) -> None:
        """Give columns as much room as their cells need; never less than before, so that nothing jumps."""
        now = self._now()
        for column in self._columns:
            context = Context(column.most, now)
            longest = max((length(column.cell(row, context)) for row in rows), default=0)
            self._needs[column.title] = max(self._needs.get(column.title, 0), longest)
        self._choose_columns()

    def _choose_columns(self) -> None:
        width = self.scrollable_content_region.width - _GUTTER
        self._placed = place(self._columns, width, self._needs)

    def _keep_place(self) -> None:
        """Keep the cursor on its row, wherever that is now; at the top it stays at the top."""
        if self._followed is not None and (self.cursor > 0 or self.scroll_offset.y > 0):
            found = self.window.find(self._followed)
            if found is not None and found != self.cursor:
                moved = found - self.cursor
                self.set_reactive(RowsTable.cursor, found)
                self.scroll_to(y=self.scroll_offset.y + moved, animate=False)
        self._follow()

    def _follow(self) -> None:
        row = self.row
        self._followed = None if row is None else self.window.key(row)

    def _want(self) -> None:
        height = max(self.size.height, 1)
        first = max(self.scroll_offset.y - height, 0)
        wanted = self.window.wanted(first, self.scroll_offset.y + 2 * height)
        if wanted is not None and wanted != self._asked:
            self._asked = wanted
            self.post_message(self.Wanted(*wanted))

    # --- Moving

    def validate_cursor(self, value: int) -> int:
        """Keep the cursor on a row."""
        return max(min(value, (self.window.total or 0) - 1), 0)

    def watch_cursor(self, before: int, after: int) -> None:
        """Show the row."""
        self.refresh_lines(before + _HEAD)
        self.refresh_lines(after + _HEAD)
        top, height = self.scroll_offset.y, self.size.height - _HEAD
        if after < top:
            self.scroll_to(y=after, animate=False)
        elif after >= top + height > top:
            self.scroll_to(y=after - height + 1, animate=False)
        self._follow()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Ask for the rows that came near."""
        super().watch_scroll_y(old_value, new_value)
        self._want()

    def action_move(self, step: int) -> None:
        """Move the cursor by some rows."""
        self.cursor += step

    def action_page(self, step: int) -> None:
        """Move the cursor by a screen."""
        self.cursor += step * max(self.size.height - _HEAD - 1, 1)

    def action_edge(self, edge: int) -> None:
        """Move the cursor to the first or the last row."""
        self.cursor = 0 if edge == 0 else (self.window.total or 1) - 1

    def action_open(self) -> None:
        """Tell that the row is to be opened."""
        if self.row is not None:
            self.post_message(self.Opened())

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the row that was clicked; a second click opens it."""
        index = self.scroll_offset.y + event.y - _HEAD
        if event.y < _HEAD or self.window.row(index) is None:
            return
        if index == self.cursor:
            self.action_open()
        self.cursor = index

    def on_resize(self) -> None:
        """Choose the columns that fit."""
        self._choose_columns()
        self._resize(self.window.total or 0)
        self.watch_cursor(self.cursor, self.cursor)
        self._want()

    # --- Drawing

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        width = self.scrollable_content_region.width
        if y < _HEAD:
            return self._draw(self._head(), self.get_component_rich_style("rows--head"), width)
        index = self.scroll_offset.y + y - _HEAD
        row = self.window.row(index)
        if row is None:
            return self._draw(self._nothing(index, width), self.rich_style, width)
        style = self.rich_style
        marked = self.window.key(row) in self._marked
        sign = "•" if marked else " "
        if marked:
            style += self.get_component_rich_style("rows--changed")
        if index == self.cursor and self.has_focus:
            style += self.get_component_rich_style("rows--cursor")
            sign = "❯"
        return self._draw([Piece(f"{sign} "), *self._cells(row)], style, width)

    def _head(self) -> list[Piece]:
        pieces = [Piece(" " * _GUTTER)]
        for column, width in self._placed:
            pieces += fit(text(column.title), width, right=column.right)
            pieces.append(Piece(" " * GAP))
        return pieces[:-1]

    def _cells(self, row: R) -> list[Piece]:
        pieces: list[Piece] = []
        now = self._now()
        for column, width in self._placed:
            cell: Cell = column.cell(row, Context(width, now))
            pieces += fit(cell, width, right=column.right)
            pieces.append(Piece(" " * GAP))
        return pieces[:-1]

    def _nothing(self, index: int, width: int) -> list[Piece]:
        total = self.window.total
        if index == 1 and total == 0:
            return [Piece(" " * _GUTTER), *text(self.empty, Tone.DIM)]
        if total is None or index < total:
            return [Piece(" " * _GUTTER), Piece("·" if index % 2 else "", Tone.DIM)]
        return []

    def _draw(self, pieces: list[Piece], style: Style, width: int) -> Strip:
        segments = [Segment(piece.text, style + self._tone(piece.tone)) for piece in pieces if piece.text]
        return Strip(segments).adjust_cell_length(width, style)

    def _tone(self, tone: Tone) -> Style:
        return self.get_component_rich_style(f"tone--{tone.value}", partial=True)
