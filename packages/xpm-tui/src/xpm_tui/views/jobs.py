"""The jobs of the workspace, of an experiment, or of a run: any number of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from xpm_tui import cells, words
from xpm_tui.acting import Verb, Wish
from xpm_tui.cells import Cell, Tone
from xpm_tui.columns import Column, Context
from xpm_tui.desk import Failed
from xpm_tui.link import Link
from xpm_tui.table import RowsTable
from xpm_tui.views.base import Hints, View
from xpm_workspace.errors import FilterError, UnknownExperiment
from xpm_workspace.lifecycle import JobState
from xpm_workspace.records import Changes, JobPage, JobRecord

#: Keys that sort, with the order of the monitor and what people call it; the same key again reverses.
ORDERS = {
    "S": ("state", "status"),
    "T": ("task", "task"),
    "D": ("-duration", "duration"),
    "O": ("-submitted", "submission"),
}


def job_duration(job: JobRecord, now: datetime) -> str:
    """Return how long a job took, or has been running."""
    end = job.ended_at if job.state is not JobState.RUNNING else None
    if end is None and job.state is not JobState.RUNNING:
        return ""
    return words.duration(words.between(job.started_at, end, now))


def _progress(job: JobRecord, context: Context) -> Cell:
    if job.state is JobState.ERROR:
        return cells.text(job.message or "", Tone.FAILED)
    if job.state is not JobState.RUNNING:
        return ()
    return cells.progress(tuple(level.value for level in job.progress), context.width)


COLUMNS: list[Column[JobRecord]] = [
    Column(title="Status", cell=lambda job, _: cells.job_status(job.status), least=13, most=13, rank=10),
    Column(title="Task", cell=lambda job, _: cells.text(job.name, Tone.NAME), least=12, most=18, rank=9),
    Column(
        title="Job",
        cell=lambda job, _: cells.text(job.identifier[:8], Tone.DIM),
        least=8,
        most=8,
        rank=1,
        optional=True,
    ),
    Column(title="Tags", cell=lambda job, _: cells.text(words.tags(job.tags)), least=16, most=60, rank=6),
    Column(title="Progress", cell=_progress, least=12, most=40, rank=8),
    Column(
        title="Submitted",
        cell=lambda job, context: cells.text(words.moment(job.submitted_at, context.now), Tone.DIM),
        least=12,
        most=12,
        rank=4,
    ),
    Column(
        title="Duration",
        cell=lambda job, context: cells.text(job_duration(job, context.now)),
        least=8,
        most=9,
        rank=7,
        right=True,
    ),
    Column(
        title="Memory",
        cell=lambda job, _: cells.text(words.size(job.peak_memory_bytes)),
        least=8,
        most=8,
        rank=3,
        right=True,
    ),
]


@dataclass(frozen=True)
class Query:
    """Which jobs are shown, and in which order."""

    experiment_id: str | None = None
    run_id: str | None = None
    filter: str = ""
    order: str = "-submitted"


class JobsRead(Message):
    """Some of the jobs that a query finds."""

    def __init__(self, query: Query, offset: int, page: JobPage) -> None:
        super().__init__()
        self.query = query
        self.offset = offset
        self.page = page


class JobsCounted(Message):
    """How many jobs a query finds."""

    def __init__(self, query: Query, total: int) -> None:
        super().__init__()
        self.query = query
        self.total = total


class JobsView(View[JobRecord]):
    """Jobs, filtered and sorted by the monitor, which hands out a few at a time."""

    HINTS: ClassVar[Hints] = (
        ("Enter", "details"),
        ("l", "log"),
        ("/", "filter"),
        ("^k", "kill"),
        ("^d", "delete"),
        ("S T D O", "sort"),
        ("R", "run again"),
        ("f", "copy path"),
        ("d", "runs"),
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"sort('{key}')", f"Sort by {what}", show=False) for key, (_, what) in ORDERS.items()),
        Binding("ctrl+k", "wish('KILL')", "Kill", show=False),
        Binding("ctrl+d", "wish('CLEAN')", "Delete", show=False),
        Binding("R", "wish('RETRY')", "Run again", show=False),
    ]

    class Counted(Message):
        """`label` says something else."""

    class WrongFilter(Message):
        """The filter makes no sense."""

        def __init__(self, error: FilterError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, link: Link, *, id: str | None = None) -> None:
        super().__init__(link, id=id)
        self.query_ = Query()
        self._total: int | None = None
        #: Whether to count once the first jobs are there: they are not to wait for it.
        self._uncounted = False

    def make_table(self) -> RowsTable[JobRecord]:
        """See `View`."""
        return RowsTable(
            COLUMNS,
            key=lambda job: job.job_id,
            now=self.link.now,
            live=lambda job: job.state is JobState.RUNNING,
            empty="No job.",
        )

    def search(self, query: Query) -> None:
        """Show other jobs, or in another order."""
        if query != self.query_:
            self.query_ = query
            self._total = None
            self.table.empty = "No job fits the filter: c clears it." if query.filter else "No job."
            self.table.forget()
            self._uncounted = True

    def read(self) -> None:
        """See `View`."""
        self.table.again()
        self._count()

    @property
    def label(self) -> str:
        """How many jobs there are, in words."""
        if self._total is None:
            return "jobs"
        return words.plural(self._total, "job")

    def on_rows_table_wanted(self, wanted: RowsTable.Wanted) -> None:
        """Ask the monitor."""
        wanted.stop()
        query, offset, limit = self.query_, wanted.first, wanted.last - wanted.first
        self.asked()
        self.link.desk.ask(
            self, "jobs", self._question(query, offset, limit), lambda page: JobsRead(query, offset, page)
        )

    def _count(self) -> None:
        """Ask how many there are."""
        query = self.query_
        question = self._question(query, 0, 0, total=True)
        self.link.desk.ask(self, "count", question, lambda page: JobsCounted(query, page.total or 0))

    def _question(
        self, query: Query, offset: int, limit: int, *, total: bool = False
    ) -> Callable[[], JobPage]:
        monitor = self.link.monitor
        return lambda: monitor.jobs(
            query.filter or None,
            experiment_id=query.experiment_id,
            run_id=query.run_id,
            order=query.order,
            offset=offset,
            limit=limit,
            total=total,
        )

    def on_jobs_read(self, read: JobsRead) -> None:
        """Show them, unless something else was asked meanwhile."""
        read.stop()
        self.answered()
        if read.query == self.query_:
            seen = read.offset + len(read.page.jobs)
            self.table.fill(read.offset, read.page.jobs, max(self._total or 0, seen))
            if self._uncounted:
                self._uncounted = False
                self._count()

    def on_jobs_counted(self, counted: JobsCounted) -> None:
        """Tell how many there are."""
        counted.stop()
        if counted.query == self.query_:
            self._total = counted.total
            self.table.count(counted.total)
            self.post_message(self.Counted())

    def on_failed(self, failed: Failed) -> None:
        """A filter that makes no sense is for who wrote it; an experiment that is gone has no jobs."""
        if isinstance(failed.error, FilterError):
            failed.stop()
            self._show_none()
            self.post_message(self.WrongFilter(failed.error))
        elif isinstance(failed.error, UnknownExperiment):
            failed.stop()
            self._show_none()

    def _show_none(self) -> None:
        self._total = 0
        self.table.fill(0, [], 0)
        self.post_message(self.Counted())

    def concerned(self, changes: Changes) -> set[str] | None:
        """See `View`."""
        if not (changes.reset or changes.jobs or changes.removed_jobs):
            return None
        known = self.table.window.rows()
        # Progress is seen as it is; what is marked are other states.
        return {j.job_id for j in changes.jobs if j.job_id not in known or known[j.job_id].status != j.status}

    def action_sort(self, key: str) -> None:
        """Sort; the same key again reverses."""
        order = ORDERS[key][0]
        if self.query_.order == order:
            order = order[1:] if order.startswith("-") else f"-{order}"
        self.search(replace(self.query_, order=order))

    def action_wish(self, verb: str) -> None:
        """Ask whether to do something to the job with the cursor."""
        job = self.table.row
        if job is not None:
            job_id = job.job_id
            self.post_message(Wish(Verb[verb], lambda: [job_id]))
