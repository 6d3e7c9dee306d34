"""Job folders that no kept run refers to."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from xpm_tui import cells, words
from xpm_tui.acting import Verb, Wish
from xpm_tui.cells import Tone
from xpm_tui.columns import Column
from xpm_tui.table import RowsTable
from xpm_tui.views.base import Hints, ListView
from xpm_tui.views.jobs import job_duration
from xpm_workspace.errors import UnknownJob
from xpm_workspace.monitor import Monitor
from xpm_workspace.records import Changes, JobRecord

COLUMNS: list[Column[JobRecord]] = [
    Column(title="Status", cell=lambda job, _: cells.job_status(job.status), least=13, most=13, rank=10),
    Column(title="Task", cell=lambda job, _: cells.text(job.task_id, Tone.NAME), least=16, most=40, rank=9),
    Column(title="Job", cell=lambda job, _: cells.text(job.identifier, Tone.DIM), least=10, most=64, rank=8),
    Column(
        title="Ended",
        cell=lambda job, context: cells.text(words.moment(job.ended_at, context.now), Tone.DIM),
        least=12,
        most=12,
        rank=4,
    ),
    Column(
        title="Duration",
        cell=lambda job, context: cells.text(job_duration(job, context.now)),
        least=8,
        most=9,
        rank=3,
        right=True,
    ),
]


class OrphansView(ListView[JobRecord]):
    """All orphans; there are few of them when history is cleaned up."""

    HINTS: ClassVar[Hints] = (
        ("Enter", "details"),
        ("l", "log"),
        ("^d", "delete"),
        ("f", "copy path"),
        ("r", "refresh"),
    )

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+d", "delete", "Delete", show=False)]

    def make_table(self) -> RowsTable[JobRecord]:
        """See `View`."""
        return RowsTable(
            COLUMNS,
            key=lambda job: job.job_id,
            now=self.link.now,
            empty="No orphan: each job folder belongs to a run that is kept.",
            kept=1 << 30,
        )

    def ask(self) -> list[JobRecord]:
        """See `ListView`."""
        return _records(self.link.monitor)

    def concerned(self, changes: Changes) -> set[str] | None:
        """See `View`."""
        if not (changes.reset or changes.jobs or changes.removed_jobs or changes.removed_experiments):
            return None
        return set()

    def action_delete(self) -> None:
        """Ask whether to delete the folder with the cursor."""
        job = self.table.row
        if job is not None:
            job_id = job.job_id
            self.post_message(Wish(Verb.CLEAN, lambda: [job_id]))


def _records(monitor: Monitor) -> list[JobRecord]:
    records = []
    for job_id in monitor.orphans():
        try:
            records.append(monitor.job(job_id))
        except UnknownJob:  # removed since
            continue
    return records
