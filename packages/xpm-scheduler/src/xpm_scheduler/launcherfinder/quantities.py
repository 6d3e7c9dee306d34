"""Amounts of memory and of time: numbers that are read from, and shown as, what people write."""

from __future__ import annotations

import math
import re
from fractions import Fraction

_MAX = 2**63 - 1
_MEMORY = re.compile(r"\s*([0-9]{1,19}(?:\.[0-9]{1,9})?)\s*(?:([KMGTP])(iB|B)?|B)\s*", re.IGNORECASE)
_PREFIXES = "KMGTP"
_PART = re.compile(r"\s*([0-9]{1,19}(?:\.[0-9]{1,9})?)\s*([a-z]+)\s*", re.IGNORECASE)
#: Names of the units of time, with their seconds; large to small.
_TIMES = {
    "w week weeks": 604_800,
    "d day days": 86_400,
    "h hr hrs hour hours": 3_600,
    "m min mins minute minutes": 60,
    "s sec secs second seconds": 1,
}
_SECONDS = {name: seconds for names, seconds in _TIMES.items() for name in names.split()}


class Memory(int):
    """An amount of memory: a number of bytes that is written `8G`.

    `K`, `M`, `G`, `T`, `P` (or `KiB`, `MiB`...) are powers of 1024; `KB`, `MB`, `GB`... are powers of 1000,
    as on the box of a graphics card.
    """

    def __new__(cls, value: int | str) -> Memory:
        """Read an amount.

        Args:
            value: bytes, or a text such as `8G`, `500 MiB`, `24GB`, `1.5T`, `512B`.

        Raises:
            ValueError: the text is not an amount of memory, or makes no sense.
        """
        return super().__new__(cls, _checked(_bytes(value) if isinstance(value, str) else value, "memory"))

    def __str__(self) -> str:
        """Write it exactly, in as few digits as possible; `Memory` reads it again."""
        best = f"{int(self)}B"
        for base, suffix in ((1024, ""), (1000, "B")):
            amount = int(self)
            for prefix in _PREFIXES:
                amount, rest = divmod(amount, base)
                if rest or not amount:
                    break
                written = f"{amount}{prefix}{suffix}"
                if len(str(amount)) < len(best.rstrip("KMGTPB")):
                    best = written
        return best

    def __repr__(self) -> str:
        return f"Memory({str(self)!r})"

    def rounded(self) -> str:
        """Write it for people who do not want the last byte: `23.5G`."""
        power = max((p for p in range(6) if self >= 1024**p), default=0)
        amount = f"{self / 1024**power:.1f}".removesuffix(".0")
        return f"{amount}{'BKMGTP'[power]}"


class Duration(int):
    """A time span: a number of seconds that is written `1d12h`."""

    def __new__(cls, value: int | str) -> Duration:
        """Read a duration.

        Args:
            value: seconds, or a text such as `2h`, `1d12h`, `90 min`, `1.5 hours`, `45s`.

        Raises:
            ValueError: the text is not a duration, or makes no sense.
        """
        return super().__new__(
            cls, _checked(_seconds(value) if isinstance(value, str) else value, "duration")
        )

    def __str__(self) -> str:
        """Write it exactly; `Duration` reads it again."""
        written, rest = "", int(self)
        for letter, seconds in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
            amount, rest = divmod(rest, seconds)
            if amount:
                written += f"{amount}{letter}"
        return written or "0s"

    def __repr__(self) -> str:
        return f"Duration({str(self)!r})"


def shortened(text: str, length: int = 40) -> str:
    """Quote a text for a message, however long it is."""
    return repr(text if len(text) <= length else f"{text[:length]}…")


def _bytes(text: str) -> int:
    found = _MEMORY.fullmatch(text)
    if found is None:
        if re.fullmatch(r"\s*[0-9]+\s*", text):
            raise ValueError(f"{shortened(text)} lacks a unit: write it as {text.strip()[:9]}G, or ...M")
        raise ValueError(f"{shortened(text)} is not an amount of memory: write it as 8G, 500M or 24GB")
    number, prefix, suffix = found.groups()
    base = 1000 if (suffix or "").upper() == "B" else 1024
    power = _PREFIXES.index(prefix.upper()) + 1 if prefix else 0
    factor: int = base**power
    return math.ceil(Fraction(number) * factor)


def _seconds(text: str) -> int:
    total, position, last = Fraction(0), 0, 2 * max(_SECONDS.values())
    while position < len(text) or not position:
        part = _PART.match(text, position)
        if part is None:
            raise ValueError(_not_a_duration(text))
        number, unit = part.group(1), part.group(2)
        seconds = _SECONDS.get(unit.lower())
        if seconds is None:
            raise ValueError(f"{shortened(unit)} is no unit of time: use d, h, min or s")
        if seconds >= last:
            raise ValueError(f"{shortened(text)}: units of time go from long to short, each once: 1d12h")
        total, position, last = total + Fraction(number) * seconds, part.end(), seconds
    return math.ceil(total)


def _not_a_duration(text: str) -> str:
    if re.fullmatch(r"\s*[0-9]+\s*", text):
        return f"{shortened(text)} lacks a unit: write it as 2h, 90min or 45s"
    return f"{shortened(text)} is not a duration: write it as 2h, 1d12h, 90min or 45s"


def _checked(value: int, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} is a text or a whole number, not {type(value).__name__}")
    if not 0 <= value <= _MAX:
        raise ValueError(f"{what} is between 0 and 2^63, not {'less' if value < 0 else 'more'}")
    return value
