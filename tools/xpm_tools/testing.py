"""`tools/xpm test`: runs the stages one after the other, then tells what came out in a table."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from xpm_tools.counts import Counts
from xpm_tools.environment import ensure_environment
from xpm_tools.errors import ToolError
from xpm_tools.narration import say
from xpm_tools.stages import STAGES, Outcome, chosen


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    name: str
    outcome: Outcome
    duration_s: float


def run_stages(names: Sequence[str], *, quick: bool) -> int:
    """Run stages; a failing one does not stop the later ones.

    Args:
        names: The stages to run; empty for all.
        quick: Leave out the slow ones.

    Returns:
        The exit code: 0 when all went well, else 1.
    """
    wanted = chosen(names, quick=quick)
    ensure_environment()
    rows = [run_stage(name, STAGES) for name in wanted]
    print(table(rows), flush=True)
    return 0 if all(row.outcome.ok for row in rows) else 1


def run_stage(name: str, stages: Mapping[str, Callable[[], Outcome]]) -> Row:
    """Run one stage, whatever happens in it."""
    say(f"stage {name}")
    started = time.monotonic()
    try:
        outcome = stages[name]()
    except ToolError as error:
        say(f"stage {name}: {error}")
        outcome = Outcome(ok=False, note="see above")
    return Row(name=name, outcome=outcome, duration_s=time.monotonic() - started)


def table(rows: Sequence[Row]) -> str:
    """Write the table of the stages; its last line sums the tests up, as pytest would.

    A stage that failed without a failing test counts as one failure: `0 failed` means that all is well.
    """
    lines = ["", f"{'stage':<10} {'result':<7} {'time':>8}  notes"]
    for row in rows:
        result = "ok" if row.outcome.ok else "FAILED"
        lines.append(f"{row.name:<10} {result:<7} {row.duration_s:>6.1f} s  {_notes(row.outcome)}".rstrip())
    total = sum(row.duration_s for row in rows)
    ok = all(row.outcome.ok for row in rows)
    lines.append(f"{'all':<10} {'ok' if ok else 'FAILED':<7} {total:>6.1f} s")
    counts = sum((row.outcome.counts for row in rows), Counts())
    silent = sum(1 for row in rows if not row.outcome.ok and not row.outcome.counts.failed)
    lines.append(f"{counts.passed} passed, {counts.failed + silent} failed")
    return "\n".join(lines)


def _notes(outcome: Outcome) -> str:
    counts = outcome.counts
    numbers = {"passed": counts.passed, "failed": counts.failed, "skipped": counts.skipped}
    notes = [f"{number} {word}" for word, number in numbers.items() if number]
    return ", ".join([*notes, outcome.note] if outcome.note else notes)
