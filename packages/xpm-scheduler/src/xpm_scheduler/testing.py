"""Tools for tests of the engine: stories told as dialogues.

    story = Dialogue({"direct": 1})
    story >> submitted("a", "b < a")
    story << "a WAITING, b WAITING" << Inspect(job_ids=("a", "b"))
    story >> Inspected(job_id="a", finding=Finding.FREE)
    story << "a READY" << Launch(job_id="a", attempt=1)

`>>` feeds an event and checks the engine's invariants; `<<` takes the next instruction and compares it. A
text stands for the changes that are published: job and status, in order. Nothing may be left unread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from xpm_scheduler.engine import Engine
from xpm_scheduler.events import Event, Instruction, Publish, Submitted
from xpm_scheduler.plan import JobPlan


class Dialogue:
    """A conversation with an engine."""

    def __init__(self, capacities: Mapping[str, int | None] | None = None) -> None:
        self.engine = Engine(capacities if capacities is not None else {"direct": None})
        self._heard: deque[Instruction] = deque()

    def __rshift__(self, event: Event) -> Dialogue:
        assert not self._heard, f"not read before {event}: {list(self._heard)}"
        self._heard.extend(self.engine.handle(event))
        self.engine.validate()
        return self

    def __lshift__(self, expected: Instruction | str) -> Dialogue:
        assert self._heard, f"nothing was said, expected {expected}"
        said = self._heard.popleft()
        if isinstance(expected, str):
            assert isinstance(said, Publish), said
            changes = ", ".join(f"{change.job_id} {change.status}" for change in said.changes)
            assert changes == expected, f"{changes!r} was published, expected {expected!r}"
        else:
            assert said == expected
        return self

    def silence(self) -> None:
        """Check that nothing is left unread."""
        assert not self._heard, list(self._heard)

    def fast_forward(self) -> Dialogue:
        """Skip what was said and not read."""
        self._heard.clear()
        return self


def plan(text: str, **options: Any) -> JobPlan:
    """Make a plan from `job < needed, needed`; other fields by name."""
    job_id, _, needs = (part.strip() for part in text.partition("<"))
    return JobPlan(
        job_id=job_id, depends_on=tuple(n.strip() for n in needs.split(",") if n.strip()), **options
    )


def submitted(*texts: str, **options: Any) -> Submitted:
    """Make one `Submitted` for several jobs, written as for `plan`."""
    return Submitted(plans=tuple(plan(text, **options) for text in texts))
