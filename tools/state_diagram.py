#!/usr/bin/env python3
"""Writes the state diagram of a job into docs/jobs.md, from the table in `xpm_workspace.lifecycle`.

.venv/bin/python tools/state_diagram.py          write it
.venv/bin/python tools/state_diagram.py --check  exit 1 if the page is out of date
"""

from __future__ import annotations

import sys
from pathlib import Path

from xpm_workspace.lifecycle import TRANSITIONS, FailureReason, JobState

PAGE = Path(__file__).parents[1] / "docs" / "jobs.md"
BEGIN, END = "<!-- diagram: made by tools/state_diagram.py -->", "<!-- end of the diagram -->"


def diagram() -> str:
    """Return the diagram as a Mermaid block, then the table of which it is made."""
    arrows: dict[tuple[JobState, JobState], list[str]] = {}
    for (state, event), following in TRANSITIONS.items():
        arrows.setdefault((state, following), []).append(event.value)
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> UNSCHEDULED"]
    lines += [f"    {a.value} --> {b.value}: {', '.join(events)}" for (a, b), events in arrows.items()]
    lines += ["    DONE --> [*]", "```", "", "| state | event | next state |", "|---|---|---|"]
    lines += [f"| `{s.value}` | `{e.value}` | `{n.value}` |" for (s, e), n in TRANSITIONS.items()]
    reasons = ", ".join(f"`{reason.value}`" for reason in FailureReason)
    return "\n".join([*lines, "", f"The reasons of `ERROR`: {reasons}."])


def page(text: str) -> str:
    """Return the page with the present diagram in it."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{diagram()}\n\n{END}{after}"


def main(arguments: list[str]) -> int:
    """Write the page, or check it; return the exit code."""
    text = PAGE.read_text()
    wanted = page(text)
    if "--check" in arguments:
        return int(text != wanted)
    PAGE.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
