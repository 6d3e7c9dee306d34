"""Tells that the index of a large workspace is being built, which takes a while."""

from __future__ import annotations

import sys
import time

#: A workspace with fewer jobs is indexed before one could read a message.
_WORTH_TELLING = 5_000
_INTERVAL_S = 0.2


class BuildingMessage:
    """Called with how many jobs were looked at, and of how many; writes to standard error.

    One line that changes in a terminal, one line in all elsewhere.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        """Prepare the message.

        Args:
            quiet: never write anything.
        """
        self._quiet = quiet
        self._live = sys.stderr.isatty()
        self._written = False
        self._next_s = 0.0

    def __call__(self, done: int, total: int) -> None:
        if self._quiet or total < _WORTH_TELLING or (self._written and not self._live):
            return
        now = time.monotonic()
        if now < self._next_s:
            return
        self._next_s = now + _INTERVAL_S
        self._written = True
        if self._live:
            print(f"\rbuilding the index: {done} of {total} jobs", end="", file=sys.stderr, flush=True)
        else:
            print(f"building the index of {total} jobs, once", file=sys.stderr, flush=True)

    def __enter__(self) -> BuildingMessage:
        return self

    def __exit__(self, *_: object) -> None:
        if self._written and self._live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
