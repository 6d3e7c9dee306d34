"""Asks the monitor and the controller away from the loop of the screen; answers come back as messages."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from textual.message import Message
from textual.message_pump import MessagePump

T = TypeVar("T")


class Failed(Message):
    """What was asked could not be answered."""

    def __init__(self, topic: str, error: Exception) -> None:
        super().__init__()
        #: What it was about.
        self.topic = topic
        #: Why.
        self.error = error


@dataclass(frozen=True)
class _Question:
    asker: MessagePump
    question: Callable[[], Any]
    answer: Callable[[Any], Message]


class Desk:
    """Has one thread for each topic of each asker; of several questions that wait, the last one is asked.

    The threads are daemons, not the loop's own: those would be waited for when the screen is left, also when
    a disk never answers.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[tuple[int, str], _Question | None] = {}
        self._since: dict[tuple[int, str], float] = {}

    def ask(
        self, asker: MessagePump, topic: str, question: Callable[[], T], answer: Callable[[T], Message]
    ) -> None:
        """Ask a question; the answer, or a `Failed`, is posted to the asker.

        Args:
            asker: who wants to know.
            topic: a newer question of the same topic replaces one that waits.
            question: called in a thread.
            answer: makes a message of what it returned.
        """
        key = (id(asker), topic)
        with self._lock:
            busy = key in self._next
            self._next[key] = _Question(asker, question, answer)
        if not busy:
            threading.Thread(target=self._work, args=(key,), name=f"tui {topic}", daemon=True).start()

    @property
    def idle(self) -> bool:
        """Whether all questions were answered."""
        with self._lock:
            return not self._next

    def waiting_s(self) -> float:
        """Return for how long the oldest question has been without an answer."""
        with self._lock:
            oldest = min(self._since.values(), default=None)
        return 0.0 if oldest is None else time.monotonic() - oldest

    def _work(self, key: tuple[int, str]) -> None:
        while True:
            with self._lock:
                asked = self._next[key]
                if asked is None:
                    del self._next[key]
                    return
                self._next[key] = None
                self._since[key] = time.monotonic()
            try:
                message = asked.answer(asked.question())
            except Exception as error:  # noqa: BLE001 - a monitor may be anybody's: whatever it is, it is shown
                message = Failed(key[1], error)
            with self._lock:
                self._since.pop(key, None)
            with contextlib.suppress(RuntimeError):  # the loop may be closed: nobody wants to know any more
                asked.asker.post_message(message)
