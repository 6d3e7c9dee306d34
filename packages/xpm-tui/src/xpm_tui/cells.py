"""What stands in a table, without any toolkit: pieces of text, each with a tone.

A tone says what a text means; a theme says what that looks like. Nothing is said by a tone alone: whoever
sees no colours has the sign.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from xpm_tui import words
from xpm_workspace.lifecycle import JobState, Status
from xpm_workspace.records import JobCounts
from xpm_workspace.services import ServiceState


class Tone(str, Enum):
    """What a text means."""

    PLAIN = "plain"
    #: Less important than what is around it.
    DIM = "dim"
    #: A name: what one looks for.
    NAME = "name"
    #: Ended well.
    DONE = "done"
    #: Ended badly.
    FAILED = "failed"
    #: Happens now.
    RUNNING = "running"
    #: Will happen.
    WAITING = "waiting"
    #: Was cut short, or is not known.
    DOUBT = "doubt"


class Piece(NamedTuple):
    """Some text of one tone."""

    text: str
    tone: Tone = Tone.PLAIN


#: What stands in one place of a table.
Cell = tuple[Piece, ...]

_JOBS = {
    JobState.DONE: ("✓", Tone.DONE),
    JobState.ERROR: ("✗", Tone.FAILED),
    JobState.RUNNING: ("►", Tone.RUNNING),
    JobState.SCHEDULED: ("▷", Tone.WAITING),
    JobState.READY: ("○", Tone.WAITING),
    JobState.WAITING: ("∙", Tone.WAITING),
    JobState.UNSCHEDULED: ("-", Tone.DIM),
}

_RUNS = {
    "running": ("►", Tone.RUNNING),
    "done": ("✓", Tone.DONE),
    "failed": ("✗", Tone.FAILED),
    "detached": ("↷", Tone.DOUBT),
    "interrupted": ("‼", Tone.DOUBT),
}

_SERVICES = {
    ServiceState.RUNNING: ("►", Tone.RUNNING),
    ServiceState.STARTING: ("▷", Tone.WAITING),
    ServiceState.STOPPING: ("▷", Tone.WAITING),
    ServiceState.STOPPED: ("-", Tone.DIM),
    ServiceState.ERROR: ("✗", Tone.FAILED),
}


def text(value: str, tone: Tone = Tone.PLAIN) -> Cell:
    """Return a cell of one text, whoever wrote it."""
    return (Piece(words.visible(value), tone),) if value else ()


def job_status(status: Status) -> Cell:
    """Return the sign and the word of a job's state; for a failure, its reason."""
    sign, tone = _JOBS[status.state]
    word = (status.reason or status.state).value.lower()
    return (Piece(f"{sign} {word}", tone),)


def run_status(status: str) -> Cell:
    """Return the sign and the word of a run's status."""
    sign, tone = _RUNS.get(status, ("?", Tone.DOUBT))
    return (Piece(f"{sign} {words.visible(status)}", tone),)


def service_state(state: ServiceState) -> Cell:
    """Return the sign and the word of a service's state."""
    sign, tone = _SERVICES[state]
    return (Piece(f"{sign} {state.value.lower()}", tone),)


def counts(jobs: JobCounts, width: int) -> Cell:
    """Return how many jobs are done, as a bar and in numbers: `███── 12/20`."""
    numbers = f" {jobs.done}/{jobs.total}"
    room = min(width - len(numbers), 24)
    if room < 4:
        return (Piece(numbers.strip(), _counts_tone(jobs)),)
    full, empty = words.bar(jobs.done / jobs.total if jobs.total else 0, room)
    return Piece(full, _counts_tone(jobs)), Piece(empty, Tone.DIM), Piece(numbers)


def _counts_tone(jobs: JobCounts) -> Tone:
    if jobs.done == jobs.total:
        return Tone.DONE
    return Tone.RUNNING if jobs.running or jobs.scheduled else Tone.WAITING


def progress(levels: tuple[float, ...], width: int) -> Cell:
    """Return how far loops are, the outer one as a bar: `███── 60%`, with the inner one if there is room."""
    if not levels:
        return ()
    numbers = f" {_percent(levels[0])}"
    if len(levels) > 1 and width >= 20:
        numbers += f" › {_percent(levels[-1])}"
    room = min(width, 26) - len(numbers)
    if room < 3:
        return (Piece(numbers.strip(), Tone.RUNNING),)
    full, empty = words.bar(levels[0], room)
    return Piece(full, Tone.RUNNING), Piece(empty, Tone.DIM), Piece(numbers)


def _percent(share: float) -> str:
    return f"{int(min(max(share, 0.0), 1.0) * 100):3d}%"


def length(cell: Cell) -> int:
    """Return how wide a cell is."""
    return sum(cell_len(piece.text) for piece in cell)


def fit(cell: Cell, width: int, *, right: bool = False) -> Cell:
    """Return a cell that is exactly so wide; `…` stands for what is left out."""
    spare = width - length(cell)
    if spare >= 0:
        padding = Piece(" " * spare)
        return (padding, *cell) if right else (*cell, padding)
    fitted: list[Piece] = []
    left = width - 1
    for piece in cell:
        taken = cell_len(piece.text)
        if taken > left:
            fitted += [Piece(set_cell_size(piece.text, max(left, 0)), piece.tone), Piece("…", Tone.DIM)]
            break
        fitted.append(piece)
        left -= taken
    return tuple(fitted)
