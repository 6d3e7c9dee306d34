"""How many tests passed and failed, read from what pytest says at its end."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: pytest's last line, with or without its frame of `=`: `3 failed, 120 passed, 2 skipped in 4.21s`.
CLOSING = re.compile(r"^=*\s*(?:no tests ran|(?P<counts>\d+ [a-z]+(?:, \d+ [a-z]+)*)) in \d+(?:\.\d+)?s\b")
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Numbers of tests."""

    passed: int = 0
    #: Failures and errors.
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            passed=self.passed + other.passed,
            failed=self.failed + other.failed,
            skipped=self.skipped + other.skipped,
        )


def count(output: str) -> Counts:
    """Read the numbers from the output of pytest; all zero when it did not come to its end."""
    for line in reversed(output.splitlines()):
        if match := CLOSING.match(ESCAPES.sub("", line).strip()):
            pairs = (pair.split() for pair in (match["counts"] or "0 passed").split(", "))
            found = {word: int(number) for number, word in pairs}
            failed = sum(found.get(word, 0) for word in ("failed", "error", "errors", "xpassed"))
            return Counts(passed=found.get("passed", 0), failed=failed, skipped=found.get("skipped", 0))
    return Counts()
