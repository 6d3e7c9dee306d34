"""All about one job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.message import Message
from textual.theme import Theme
from textual.widgets import Static, Tree
from textual.widgets.tree import TreeNode

from xpm_tasks.errors import LoadError
from xpm_tui import cells, words
from xpm_tui.acting import Verb, Wish
from xpm_tui.cells import Cell
from xpm_tui.desk import Failed
from xpm_tui.link import Link
from xpm_tui.logs.source import JobLog
from xpm_tui.screens.base import LinkedScreen
from xpm_tui.screens.log import LogScreen, PathKnown
from xpm_tui.theme import tone_style
from xpm_tui.tree import Branch, grow
from xpm_tui.views.base import Hints
from xpm_tui.views.jobs import job_duration
from xpm_workspace.errors import UnknownJob
from xpm_workspace.lifecycle import JobState
from xpm_workspace.monitor import Monitor
from xpm_workspace.parameters import lines
from xpm_workspace.records import Changes, JobRecord

#: Parameters, and other jobs, that are shown at most.
_MOST = 2000


@dataclass(frozen=True)
class Details:
    """What is shown of a job."""

    job: JobRecord
    folder: str
    parameters: list[Branch]
    #: Why there are no parameters.
    problem: str
    #: Jobs that it needs, with how they are doing.
    needs: list[JobRecord | str]
    needed_by: list[str]
    runs: list[tuple[str, str]]


def read_details(monitor: Monitor, job_id: str) -> Details:
    """Ask for all about a job; called in a thread.

    Raises:
        UnknownJob: there is none.
    """
    job = monitor.job(job_id)
    parameters, problem = list[Branch](), ""
    try:
        parameters = grow(lines(monitor.parameters(job_id)))
    except LoadError as error:
        problem = str(error)
    return Details(
        job=job,
        folder=monitor.folder(job_id),
        parameters=parameters,
        problem=problem,
        needs=[_record_or_id(monitor, needed) for needed in job.depends_on[:_MOST]],
        needed_by=monitor.dependents(job_id)[:_MOST],
        runs=monitor.memberships(job_id),
    )


def _record_or_id(monitor: Monitor, job_id: str) -> JobRecord | str:
    try:
        return monitor.job(job_id)
    except UnknownJob:
        return job_id


class DetailsRead(Message):
    """All about the job."""

    def __init__(self, details: Details) -> None:
        super().__init__()
        self.details = details


class JobScreen(LinkedScreen):
    """State, times, paths; parameters and dependencies as a tree."""

    HINTS: ClassVar[Hints] = (
        ("Esc", "back"),
        ("l", "log"),
        ("f", "copy path"),
        ("Enter", "open, fold"),
        ("^k", "kill"),
        ("^d", "delete"),
        ("R", "run again"),
    )

    DEFAULT_CSS = """
    JobScreen > #panes { layout: grid; grid-size: 1; grid-rows: auto 1fr; height: 1fr; }
    JobScreen.-wide > #panes { grid-size: 2; grid-columns: 2fr 3fr; grid-rows: 1fr; }
    JobScreen #facts { height: auto; max-height: 12; padding: 0 1; }
    JobScreen.-wide #facts { height: 1fr; max-height: 100%; padding: 1; }
    JobScreen Tree { background: $background; background-tint: transparent; padding: 0 1; height: 1fr; }
    JobScreen Tree:focus { background-tint: transparent; }
    JobScreen Tree > .tree--cursor, JobScreen Tree:focus > .tree--cursor {
        background: $tone-cursor; color: $foreground; text-style: none;
    }
    JobScreen Tree:nocolor:focus > .tree--cursor { text-style: reverse; }
    JobScreen Tree > .tree--guides { color: $panel; }
    JobScreen.-wide Tree { border-left: solid $panel; padding: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", show=False),
        Binding("l", "log", "Log", show=False),
        Binding("f", "copy_path", "Copy the path", show=False),
        Binding("ctrl+k", "wish('KILL')", "Kill", show=False),
        Binding("ctrl+d", "wish('CLEAN')", "Delete", show=False),
        Binding("R", "wish('RETRY')", "Run again", show=False),
    ]

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - as in the base class

    def __init__(self, link: Link, job_id: str) -> None:
        super().__init__(link, words.short_id(job_id))
        self.job_id = job_id
        self.details: Details | None = None
        self._facts = Static(markup=False)
        self.tree_: Tree[str | None] = Tree("job")
        self.tree_.show_root = False
        self.tree_.guide_depth = 3

    def compose_content(self) -> ComposeResult:
        with Container(id="panes"):
            with VerticalScroll(id="facts", can_focus=False):
                yield self._facts
            yield self.tree_

    def on_mount(self) -> None:
        """Ask for all."""
        self.tree_.focus()
        self.app.theme_changed_signal.subscribe(self, self._change_colors)
        self.refresh_all()

    def refresh_all(self) -> None:
        """See `BarScreen`."""
        monitor, job_id = self.link.monitor, self.job_id
        self.link.desk.ask(self, "details", lambda: read_details(monitor, job_id), DetailsRead)

    def apply(self, changes: Changes) -> None:
        """See `BarScreen`."""
        mine = {self.job_id, *(self.details.job.depends_on if self.details else ())}
        if (
            changes.reset
            or self.job_id in changes.removed_jobs
            or any(j.job_id in mine for j in changes.jobs)
        ):
            self.refresh_all()

    def tick(self) -> None:
        """See `BarScreen`."""
        if self.details is not None and self.details.job.state is JobState.RUNNING:
            self._facts.update(self._table(self.details))

    def on_failed(self, failed: Failed) -> None:
        """A job that is gone has nothing to show."""
        if isinstance(failed.error, UnknownJob):
            failed.stop()
            self.leave("this job is gone")

    def on_screen_resume(self) -> None:
        """What changed while another screen was over this one."""
        self.refresh_all()

    def on_details_read(self, read: DetailsRead) -> None:
        """Show them; the tree is drawn again only when it is another one."""
        read.stop()
        before, self.details = self.details, read.details
        self._facts.update(self._table(read.details))
        if before is None or _grown(before) != _grown(read.details):
            self._draw_tree(read.details)

    # --- Drawing

    def _change_colors(self, theme: Theme) -> None:
        if self.details is not None:
            self._facts.update(self._table(self.details))
            self._draw_tree(self.details)

    def _styled(self, cell: Cell) -> Text:
        """A cell in the colours of the theme."""
        line = Text(end="")
        for piece in cell:
            line.append(piece.text, tone_style(self.app.theme_variables, piece.tone))
        return line

    def _table(self, details: Details) -> Table:
        job, now = details.job, self.link.now()
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        state = self._styled(cells.job_status(job.status))
        if job.exit_code:
            state.append(f", exit code {job.exit_code}")
        if job.attempts > 1:
            state.append(f", try {job.attempts}")
        used = (job_duration(job, now), words.size(job.peak_memory_bytes), _processor(job))
        where = (job.host, job.launcher and f"({job.launcher})")
        rows: list[tuple[str, Text | str]] = [
            ("state", state),
            ("message", self._styled(cells.text(job.message or "", cells.Tone.FAILED))),
            ("progress", self._progress(job)),
            ("job", words.visible(job.job_id)),
            ("tags", words.visible(words.tags(job.tags))),
            ("submitted", words.full_moment(job.submitted_at)),
            ("started", words.full_moment(job.started_at)),
            ("ended", words.full_moment(job.ended_at)),
            ("used", ", ".join(filter(None, used))),
            ("host", words.visible(" ".join(filter(None, where)))),
            ("folder", words.visible(details.folder) + ("" if job.folder else " (removed)")),
        ]
        for name, value in rows:
            if len(value):
                table.add_row(name, value if isinstance(value, Text) else Text(value))
        return table

    def _progress(self, job: JobRecord) -> Text:
        if job.state is not JobState.RUNNING:
            return Text()
        levels = []
        for level in job.progress:
            text = self._styled(cells.progress((level.value,), 24))
            levels.append(text.append(f" {words.visible(level.desc or '')}"))
        return Text("\n").join(levels)

    def _draw_tree(self, details: Details) -> None:
        tree = self.tree_
        tree.clear()
        number = len(details.parameters)
        parameters = tree.root.add(Text(f"Parameters ({number})", "bold"), expand=True)
        if details.problem:
            parameters.add_leaf(Text(words.visible(details.problem)))
        left = [_MOST]
        for branch in details.parameters:
            self._add_branch(parameters, branch, left)
        if left[0] < 0:
            parameters.add_leaf(Text("… and more, in params.json"))
        needs = tree.root.add(Text(f"Needs ({len(details.needs)})", "bold"), expand=True)
        for needed in details.needs:
            if isinstance(needed, str):
                needs.add_leaf(Text(words.visible(needed)), data=needed)
                continue
            label = self._styled(cells.job_status(needed.status)).append(f"  {words.visible(needed.name)} ")
            label.append(f"{words.visible(words.tags(needed.tags))} ").append(needed.identifier[:8], "dim")
            needs.add_leaf(label, data=needed.job_id)
        needed_by = tree.root.add(Text(f"Needed by ({len(details.needed_by)})", "bold"), expand=True)
        for other in details.needed_by:
            needed_by.add_leaf(Text(words.visible(other)), data=other)
        runs = tree.root.add(Text(f"Runs ({len(details.runs)})", "bold"), expand=True)
        for experiment_id, run_id in details.runs:
            runs.add_leaf(Text(words.visible(f"{experiment_id}  {run_id}")))

    def _add_branch(self, node: TreeNode[str | None], branch: Branch, left: list[int]) -> None:
        left[0] -= 1
        if left[0] < 0:
            return
        label = Text(words.visible(branch.name), "bold").append(" = ", "dim not bold")
        label.append(words.visible(branch.value), "not bold")
        if not branch.inside:
            node.add_leaf(label)
            return
        inner = node.add(label, expand=True)
        for inside in branch.inside:
            self._add_branch(inner, inside, left)

    # --- Acting

    def on_tree_node_selected(self, event: Tree.NodeSelected[str | None]) -> None:
        """Open another job."""
        event.stop()
        if event.node.data is not None:
            self.app.push_screen(JobScreen(self.link, event.node.data))

    def action_log(self) -> None:
        """Show what it printed."""
        self.app.push_screen(job_log_screen(self.link, self.job_id))

    def action_copy_path(self) -> None:
        """Copy the path of its folder."""
        if self.details is not None:
            self.post_message(PathKnown(self.details.folder))

    def action_wish(self, verb: str) -> None:
        """Ask whether to do something to it."""
        self.post_message(Wish(Verb[verb], lambda: [self.job_id]))


def job_log_screen(link: Link, job_id: str) -> LogScreen:
    """Return a screen of what a job printed."""
    title = (link.title, words.short_id(job_id))
    return LogScreen(link.desk, title, [JobLog(link.monitor, job_id, stream) for stream in ("out", "err")])


def _processor(job: JobRecord) -> str:
    return "" if job.cpu_time_s is None else f"{words.duration(job.cpu_time_s)} of processor"


def _grown(details: Details) -> object:
    """What the tree is made of."""
    needs = [n if isinstance(n, str) else (n.job_id, n.status) for n in details.needs]
    return details.parameters, details.problem, needs, details.needed_by, details.runs
