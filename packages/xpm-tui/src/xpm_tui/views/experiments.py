"""The experiments of a workspace."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual.binding import Binding, BindingType

from xpm_tui import cells, words
from xpm_tui.acting import Verb, Wish
from xpm_tui.cells import Cell, Tone
from xpm_tui.columns import Column, Context
from xpm_tui.table import RowsTable
from xpm_tui.views.base import Hints, ListView
from xpm_workspace.records import Changes, ExperimentRecord, RunRecord

#: Jobs that can be killed.
KILLABLE = "@state in [RUNNING, SCHEDULED, READY, WAITING]"


def run_duration(run: RunRecord | None, now: datetime) -> str:
    """Return how long a run took, or has been taking; empty when nobody knows."""
    if run is None or (run.ended_at is None and run.status != "running"):
        return ""
    return words.duration(words.between(run.started_at, run.ended_at, now))


def _failed(record: ExperimentRecord, context: Context) -> Cell:
    failed = record.jobs.failed
    return cells.text(f"✗ {words.number(failed)}", Tone.FAILED) if failed else cells.text("-", Tone.DIM)


def _started(record: ExperimentRecord, context: Context) -> Cell:
    return cells.text(words.moment(record.run.started_at if record.run else None, context.now), Tone.DIM)


def _status(record: ExperimentRecord, context: Context) -> Cell:
    return cells.run_status(record.run.status) if record.run else cells.text("- never run", Tone.DIM)


COLUMNS: list[Column[ExperimentRecord]] = [
    Column(
        title="Experiment",
        cell=lambda record, _: cells.text(record.experiment_id, Tone.NAME),
        least=14,
        most=44,
        rank=10,
    ),
    Column(
        title="Host", cell=lambda record, _: cells.text(record.hostname or "-"), least=12, most=24, rank=7
    ),
    Column(
        title="Run",
        cell=lambda record, _: cells.text(record.run.run_id if record.run else "-", Tone.DIM),
        least=15,
        most=17,
        rank=2,
        optional=True,
    ),
    Column(
        title="Jobs",
        cell=lambda record, context: cells.counts(record.jobs, context.width),
        least=14,
        most=34,
        rank=9,
    ),
    Column(title="Failed", cell=_failed, least=6, most=8, rank=6, right=True),
    Column(title="Status", cell=_status, least=13, most=13, rank=8),
    Column(title="Started", cell=_started, least=12, most=12, rank=3),
    Column(
        title="Duration",
        cell=lambda record, context: cells.text(run_duration(record.run, context.now)),
        least=8,
        most=9,
        rank=5,
        right=True,
    ),
]


def _state(record: ExperimentRecord | None) -> object:
    """What makes people look again: a run that begins or ends, jobs that end."""
    run = record.run if record else None
    return None if run is None else (run.run_id, run.status, run.jobs.done, run.jobs.failed)


class ExperimentsView(ListView[ExperimentRecord]):
    """All experiments by name, with their current runs."""

    HINTS: ClassVar[Hints] = (
        ("Enter", "jobs"),
        ("d", "runs"),
        ("j", "all jobs"),
        ("s", "services"),
        ("^k", "kill jobs"),
        ("r", "refresh"),
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+k", "kill", "Kill its jobs", show=False),
    ]

    def make_table(self) -> RowsTable[ExperimentRecord]:
        """See `View`."""
        return RowsTable(
            COLUMNS,
            key=lambda record: record.experiment_id,
            now=self.link.now,
            live=lambda record: record.run is not None and record.run.status == "running",
            empty="No experiment has been run in this workspace.",
            kept=1 << 30,
        )

    def ask(self) -> list[ExperimentRecord]:
        """See `ListView`."""
        return self.link.monitor.experiments()

    def concerned(self, changes: Changes) -> set[str] | None:
        """See `View`."""
        if not (changes.reset or changes.experiments or changes.removed_experiments):
            return None
        known = self.table.window.rows()
        changed = changes.experiments
        return {x.experiment_id for x in changed if _state(x) != _state(known.get(x.experiment_id))}

    @property
    def experiment_id(self) -> str | None:
        """The experiment with the cursor."""
        row = self.table.row
        return row.experiment_id if row else None

    def action_kill(self) -> None:
        """Ask whether to kill its jobs."""
        experiment_id = self.experiment_id
        if experiment_id is not None:
            monitor = self.link.monitor

            def jobs() -> list[str]:
                page = monitor.jobs(KILLABLE, experiment_id=experiment_id, limit=None)
                return [job.job_id for job in page.jobs]

            self.post_message(Wish(Verb.KILL, jobs))
