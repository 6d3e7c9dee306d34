"""Searches a log in the background, one text at a time."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

from textual.message import Message
from textual.message_pump import MessagePump

from xpm_tui.desk import Desk
from xpm_tui.logs.search import backward, forward, pattern
from xpm_tui.logs.source import LogSource


class Found(Message):
    """A search ended."""

    def __init__(self, source: LogSource, offset: int | None) -> None:
        super().__init__()
        self.source = source
        #: Where the text is; absent when it is nowhere.
        self.offset = offset


class Searching(Message):
    """A search is under way."""

    def __init__(self, share: float) -> None:
        super().__init__()
        #: How much of the log was looked at.
        self.share = share


class Searcher:
    """What is searched for, and the search that is under way."""

    def __init__(self, desk: Desk, asker: MessagePump) -> None:
        """Search nothing.

        Args:
            desk: searches.
            asker: is told with `Searching` and `Found`.
        """
        self._desk = desk
        self._asker = asker
        self._under_way: threading.Event | None = None
        #: What is searched for.
        self.wanted: re.Pattern[bytes] | None = None

    @property
    def active(self) -> bool:
        """Whether a search is under way that nobody gave up."""
        return self._under_way is not None and not self._under_way.is_set()

    def want(self, text: str) -> None:
        """Say what is searched for from now on; nothing if it is empty."""
        self.stop()
        self.wanted = pattern(text) if text else None

    def stop(self) -> None:
        """Give up the search that is under way."""
        if self._under_way is not None:
            self._under_way.set()
            self._under_way = None

    def start(self, source: LogSource, step: int, offset: int, size: int) -> None:
        """Search from a place on, and around.

        Args:
            source: the log.
            step: 1 for the next place, -1 for the one before.
            offset: where to begin.
            size: of the log.
        """
        self.stop()
        wanted = self.wanted
        if wanted is None:
            return
        stop = self._under_way = threading.Event()
        find: Callable[..., int | None] = forward if step > 0 else backward

        def tell(share: float) -> None:
            self._asker.post_message(Searching(share))

        def question() -> int | None:
            found = find(source.read, wanted, offset, stop=stop, tell=tell)
            if found is None and not stop.is_set():
                found = find(source.read, wanted, 0 if step > 0 else size, stop=stop, tell=tell)
            return found

        self._desk.ask(self._asker, "search", question, lambda found: Found(source, found))
