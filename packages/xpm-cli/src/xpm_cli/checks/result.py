"""What a check says."""

from __future__ import annotations

from typing import NamedTuple

#: As it should be.
OK = "ok"
#: Works, but something may surprise.
WARNING = "warning"
#: Does not work.
WRONG = "wrong"


class Result(NamedTuple):
    """One thing that was looked at."""

    #: What was looked at.
    what: str
    #: `OK`, `WARNING` or `WRONG`.
    status: str
    #: What was found.
    message: str
    #: What to do; empty when all is well.
    fix: str = ""
