"""What the views have in common: they read when they are seen, and not more often than is good."""

from __future__ import annotations

import time
from typing import Any, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer

from xpm_tui.link import Link
from xpm_tui.table import RowsTable
from xpm_workspace.records import Changes

R = TypeVar("R")

#: Reads are apart by this at least, and by four times what the last one took.
PAUSE_S = 0.2

#: A key and what it does, as the last line of the screen shows it; the first ones matter most.
Hints = tuple[tuple[str, str], ...]


class View(Vertical, Generic[R]):
    """A table that follows the workspace."""

    DEFAULT_CSS = """
    View { height: 1fr; }
    """

    #: Keys that the last line of the screen tells.
    HINTS: ClassVar[Hints] = ()

    def __init__(self, link: Link, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.link = link
        self.table = self.make_table()
        self._pending: Timer | None = None
        self._asked_at = 0.0
        self._took_s = 0.0

    def make_table(self) -> RowsTable[R]:
        """Return the table, empty."""
        raise NotImplementedError

    def read(self) -> None:
        """Ask for what is shown."""
        raise NotImplementedError

    def concerned(self, changes: Changes) -> set[str] | None:
        """Return the keys of the rows that changed; `None` if nothing here depends on the changes."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield self.table

    @property
    def seen(self) -> bool:
        """Whether somebody can see it."""
        return self.display and self.is_attached and self.screen.is_active

    def apply(self, changes: Changes) -> None:
        """Something changed in the workspace; who is not seen reads when that changes."""
        if not self.seen:
            return
        keys = self.concerned(changes)
        if keys is not None:
            self.table.mark(keys)
            self.read_soon()

    def read_soon(self) -> None:
        """Read again, once for all that happens until then."""
        if self._pending is None:
            self._pending = self.set_timer(max(PAUSE_S, 4 * self._took_s), self._due)

    def show_now(self) -> None:
        """It came into view."""
        self.screen.set_focus(self.table)
        self.read()

    def asked(self) -> None:
        """A question was asked: how long the answer takes says how often to ask."""
        self._asked_at = time.monotonic()

    def answered(self) -> None:
        """The answer came."""
        self._took_s = time.monotonic() - self._asked_at

    def _due(self) -> None:
        self._pending = None
        if self.seen:
            self.read()


class Listed(Message):
    """All rows of a list, in order."""

    def __init__(self, rows: list[Any]) -> None:
        super().__init__()
        self.rows = rows


class ListView(View[R]):
    """A view of a list that is read whole."""

    def ask(self) -> list[R]:
        """Return the rows; called in a thread."""
        raise NotImplementedError

    def read(self) -> None:
        """See `View`."""
        self.asked()
        self.link.desk.ask(self, "list", self.ask, Listed)

    def on_listed(self, listed: Listed) -> None:
        """Show them."""
        listed.stop()
        self.answered()
        self.table.show_list(listed.rows)

    def on_rows_table_wanted(self, wanted: RowsTable.Wanted) -> None:
        """The table is of no use before the list was read, and complete after that."""
        wanted.stop()
