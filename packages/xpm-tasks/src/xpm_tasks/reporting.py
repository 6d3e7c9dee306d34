"""How far the task is: ``progress(0.5)``, ``for batch in tqdm(batches)``."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TextIO, TypeVar
from weakref import WeakSet

from xpm_tasks.runtime import current_runtime

T = TypeVar("T")

#: A report is worth making when it moved by that much, or after that many seconds.
_STEP = 0.005
_INTERVAL_S = 1.0
#: Seconds between two drawings of the bar of a terminal.
_DRAW_INTERVAL_S = 0.1


#: The bars that are not closed: they nest. (A bar that is forgotten is no longer there.)
_open: WeakSet[tqdm[Any]] = WeakSet()


def progress(value: float, level: int = 0, desc: str | None = None) -> None:
    """Report how much of the task is done. Does nothing outside a job.

    Args:
        value: Between 0 and 1.
        level: 0 for the task itself, 1 for a part of it, and so on.
        desc: What is being done.
    """
    runtime = current_runtime()
    if runtime is not None:
        runtime.progress(level, min(max(float(value), 0.0), 1.0), desc)


class LevelInformation:
    """What was last reported at one level."""

    __slots__ = ("desc", "level", "progress")

    def __init__(self, level: int, desc: str | None = None, progress: float = 0.0) -> None:
        self.level = level
        self.desc = desc
        #: Between 0 and 1.
        self.progress = progress

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LevelInformation) and all(
            getattr(self, name) == getattr(other, name) for name in self.__slots__
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"[{self.level}] {self.desc or ''} {self.progress:.1%}"


class tqdm(Generic[T]):
    """Go through something, reporting progress; a small bar is drawn when the standard error is a terminal.

    It takes the first arguments of the well-known bar of that name; others are accepted, and ignored.

    Args:
        iterable: What to go through.
        desc: What is being done.
        total: How many, when `iterable` does not know.
        leave: Keep the bar at the end.
        file: Where the bar is drawn.
        initial: How many are done already.
        position: The level; by default, how many bars are open.
    """

    def __init__(
        self,
        iterable: Iterable[T] | None = None,
        desc: str | None = None,
        total: float | None = None,
        leave: bool = True,
        file: TextIO | None = None,
        *,
        initial: int = 0,
        position: int | None = None,
        disable: bool = False,
        **ignored: Any,
    ) -> None:
        self.iterable = iterable
        self.desc = desc
        self.total = total if total is not None else _length(iterable)
        self.n: float = initial
        self.leave = leave
        self.disable = disable
        self.file = file or sys.stderr
        self.postfix = ""
        self.level = position if position is not None else len(_open)
        self._reported = -1.0
        self._reported_at = 0.0
        self._drawn_at = 0.0
        self._started_at = time.monotonic()
        self._draws = not disable and current_runtime() is None and _is_terminal(self.file)
        if not disable:
            _open.add(self)
        self._report(force=True)

    def __iter__(self) -> Iterator[T]:
        try:
            for item in self.iterable if self.iterable is not None else ():
                yield item
                self.update(1)
        finally:
            self.close()

    def __len__(self) -> int:
        return int(self.total or 0)

    def __enter__(self) -> tqdm[T]:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def update(self, n: float = 1) -> None:
        """Say that `n` more are done."""
        self.n += n
        self._report()

    def set_description(self, desc: str | None = None, refresh: bool = True) -> None:
        """Say what is being done."""
        self.desc = desc
        self._report(force=refresh)

    def set_postfix(self, values: dict[str, Any] | None = None, refresh: bool = True, **more: Any) -> None:
        """Show values at the end of the bar."""
        shown = {**(values or {}), **more}
        self.postfix = ", ".join(
            f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}"
            for name, value in shown.items()
        )
        self._report(force=refresh)

    def set_postfix_str(self, text: str = "", refresh: bool = True) -> None:
        """Show a text at the end of the bar."""
        self.postfix = text
        self._report(force=refresh)

    def refresh(self) -> None:
        """Report at once."""
        self._report(force=True)

    def close(self) -> None:
        """Report the end."""
        if self in _open:
            _open.discard(self)
            self._report(force=True)
            if self._draws:
                self.file.write("\n" if self.leave else "\r\x1b[K")
                self.file.flush()

    @property
    def fraction(self) -> float:
        """How much is done, between 0 and 1; 0 when the total is not known."""
        return min(self.n / self.total, 1.0) if self.total else 0.0

    def _report(self, force: bool = False) -> None:
        if self.disable:
            return
        now = time.monotonic()
        done = self.fraction
        due = now - self._reported_at >= _INTERVAL_S or done - self._reported >= _STEP
        if force or (due and done != self._reported):
            self._reported, self._reported_at = done, now
            progress(done, self.level, self._description())
        if self._draws and (force or now - self._drawn_at >= _DRAW_INTERVAL_S):
            self._drawn_at = now
            self._draw(now)

    def _description(self) -> str | None:
        return " ".join(part for part in (self.desc, self.postfix) if part) or None

    def _draw(self, now: float) -> None:
        elapsed = now - self._started_at
        count = f"{self.n:g}/{self.total:g}" if self.total else f"{self.n:g}"
        bar = ""
        if self.total:
            filled = int(self.fraction * 20)
            bar = f" {'#' * filled}{'.' * (20 - filled)} {self.fraction:4.0%}"
        text = f"{self.desc or ''}{bar} {count} [{elapsed:.0f} s] {self.postfix}".strip()
        self.file.write(f"\r\x1b[K{text}")
        self.file.flush()


def _length(iterable: Any) -> int | None:
    try:
        return len(iterable)
    except TypeError:
        return None


def _is_terminal(file: Any) -> bool:
    try:
        return bool(file.isatty())
    except (AttributeError, ValueError):
        return False
