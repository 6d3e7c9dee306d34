"""The runs of an experiment."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from xpm_tui import cells, words
from xpm_tui.cells import Tone
from xpm_tui.columns import Column
from xpm_tui.desk import Failed
from xpm_tui.link import Link
from xpm_tui.screens.base import LinkedScreen
from xpm_tui.table import RowsTable
from xpm_tui.views.base import Hints, ListView
from xpm_tui.views.experiments import run_duration
from xpm_workspace.errors import UnknownExperiment
from xpm_workspace.records import Changes, RunRecord

COLUMNS: list[Column[RunRecord]] = [
    Column(title="Run", cell=lambda run, _: cells.text(run.run_id, Tone.NAME), least=15, most=18, rank=10),
    Column(title="Status", cell=lambda run, _: cells.run_status(run.status), least=13, most=13, rank=9),
    Column(title="Host", cell=lambda run, _: cells.text(run.hostname or "-"), least=8, most=24, rank=6),
    Column(
        title="Jobs",
        cell=lambda run, context: cells.counts(run.jobs, context.width),
        least=14,
        most=34,
        rank=8,
    ),
    Column(
        title="Failed",
        cell=lambda run, _: (
            cells.text(f"✗ {run.jobs.failed}", Tone.FAILED) if run.jobs.failed else cells.text("-", Tone.DIM)
        ),
        least=6,
        most=8,
        rank=5,
        right=True,
    ),
    Column(
        title="Started",
        cell=lambda run, context: cells.text(words.moment(run.started_at, context.now), Tone.DIM),
        least=12,
        most=12,
        rank=4,
    ),
    Column(
        title="Duration",
        cell=lambda run, context: cells.text(run_duration(run, context.now)),
        least=8,
        most=9,
        rank=3,
        right=True,
    ),
]


class RunsView(ListView[RunRecord]):
    """The runs, the latest first."""

    def __init__(self, link: Link, experiment_id: str) -> None:
        super().__init__(link)
        self._experiment_id = experiment_id

    def make_table(self) -> RowsTable[RunRecord]:
        """See `View`."""
        return RowsTable(
            COLUMNS,
            key=lambda run: run.run_id,
            now=self.link.now,
            live=lambda run: run.status == "running",
            empty="No run is kept.",
            kept=1 << 30,
        )

    def ask(self) -> list[RunRecord]:
        """See `ListView`."""
        return self.link.monitor.runs(self._experiment_id)

    def concerned(self, changes: Changes) -> set[str] | None:
        """See `View`."""
        mine = [x for x in changes.experiments if x.experiment_id == self._experiment_id]
        gone = self._experiment_id in changes.removed_experiments
        if not (changes.reset or mine or gone):
            return None
        return {record.run.run_id for record in mine if record.run}


class RunsScreen(LinkedScreen):
    """Shows the runs of an experiment; choosing one leaves."""

    HINTS: ClassVar[Hints] = (("Esc", "back"), ("Enter", "its jobs"), ("r", "refresh"))

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,d", "dismiss", "Back", show=False)]

    class Chosen(Message):
        """The jobs of a run are wanted; bubbles up to the application."""

        def __init__(self, experiment_id: str, run_id: str) -> None:
            super().__init__()
            self.experiment_id = experiment_id
            self.run_id = run_id

    def __init__(self, link: Link, experiment_id: str) -> None:
        super().__init__(link, experiment_id, "runs")
        self.experiment_id = experiment_id
        self.view = RunsView(link, experiment_id)

    def compose_content(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        """Ask for them."""
        self.view.show_now()

    def on_rows_table_opened(self, opened: RowsTable.Opened) -> None:
        """Show its jobs."""
        opened.stop()
        run = self.view.table.row
        if run is not None:
            self.dismiss()
            self.app.post_message(self.Chosen(self.experiment_id, run.run_id))

    def on_failed(self, failed: Failed) -> None:
        """An experiment that is gone has no runs."""
        if isinstance(failed.error, UnknownExperiment):
            failed.stop()
            self.leave("this experiment is gone")

    def apply(self, changes: Changes) -> None:
        """See `BarScreen`."""
        self.view.apply(changes)

    def refresh_all(self) -> None:
        """See `BarScreen`."""
        self.view.read()

    def tick(self) -> None:
        """See `BarScreen`."""
        self.view.table.tick()
