"""The main screen: experiments, jobs, services and orphans."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import ContentSwitcher, Input, Static

from xpm_tui import words
from xpm_tui.bars import TabsBar
from xpm_tui.link import Link
from xpm_tui.logs.source import LogSource
from xpm_tui.logs.view import LogView
from xpm_tui.screens.base import LinkedScreen
from xpm_tui.screens.job import JobScreen, job_log_screen
from xpm_tui.screens.log import PathKnown
from xpm_tui.screens.runs import RunsScreen
from xpm_tui.table import RowsTable
from xpm_tui.views.base import View
from xpm_tui.views.experiments import ExperimentsView
from xpm_tui.views.jobs import ORDERS, JobsView, Query
from xpm_tui.views.orphans import OrphansView
from xpm_tui.views.services import ServicesView
from xpm_workspace.errors import FilterError
from xpm_workspace.filters import parse_filter
from xpm_workspace.records import Changes

#: How much of the screen the output of an experiment takes, one after the other.
_OUTPUT = ("-some", "-most", "-none")


class MainScreen(LinkedScreen):
    """Switches between tables; filters jobs; shows the output of an experiment that runs here."""

    DEFAULT_CSS = """
    MainScreen ContentSwitcher { height: 1fr; }
    MainScreen > #filter { height: 1; border: none; padding: 0 1; display: none; background: $panel; }
    MainScreen > #wrong { height: auto; padding: 0 1; display: none; color: $tone-failed; }
    MainScreen > LogView { border-top: solid $primary; border-title-color: $foreground; display: none; }
    MainScreen.-some > LogView { display: block; height: 30%; min-height: 4; }
    MainScreen.-most > LogView { display: block; height: 3fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "tab('experiments')", "Experiments", show=False),
        Binding("j", "tab('jobs')", "Jobs", show=False),
        Binding("s", "tab('services')", "Services", show=False),
        Binding("o", "tab('orphans')", "Orphans", show=False),
        Binding("p", "output", "Output", show=False),
        Binding("escape", "back", "Back", show=False),
        Binding("d", "runs", "Runs", show=False),
        Binding("l", "log", "Log", show=False),
        Binding("f", "copy_path", "Copy the path", show=False),
        # With priority: what is typed right after it, or pasted with it, belongs to the question already.
        Binding("slash", "filter", "Filter", show=False, priority=True),
        Binding("c", "clear", "Clear the filter", show=False),
    ]

    class OutputWanted(Message):
        """The whole output of the experiment that runs here is wanted; bubbles up to the application."""

    def __init__(self, link: Link, experiment_id: str | None = None, output: LogSource | None = None) -> None:
        """Prepare the screen.

        Args:
            link: the workspace.
            experiment_id: show its jobs first.
            output: what the experiment that runs here prints.
        """
        super().__init__(link)
        self.experiments = ExperimentsView(link, id="experiments")
        self.jobs = JobsView(link, id="jobs")
        self.services = ServicesView(link, id="services")
        self.orphans = OrphansView(link, id="orphans")
        self._switcher = ContentSwitcher(initial="experiments")
        self._tabs = TabsBar()
        self._filter = Input(placeholder='@state = RUNNING and model ~ "bert"', id="filter")
        self._filter.cursor_blink = False
        self._wrong = Static(id="wrong", markup=False)
        self._experiment_id = experiment_id
        self.jobs.query_ = Query(experiment_id=experiment_id)
        self.services.experiment_id = experiment_id
        self.output = None if output is None else LogView(link.desk, output)

    def compose_content(self) -> ComposeResult:
        yield self._tabs
        with self._switcher:
            yield self.experiments
            yield self.jobs
            yield self.services
            yield self.orphans
        if self.output is not None:
            self.output.border_title = "Output"
            yield self.output
        yield self._wrong
        yield self._filter

    def on_mount(self) -> None:
        """Begin with the experiments, or with the jobs of the one that was asked for."""
        if self.output is not None:
            self.add_class("-some")
        self.action_tab("experiments" if self._experiment_id is None else "jobs")

    # --- Views

    @property
    def view(self) -> View[Any]:
        """The view that is shown."""
        views: dict[str, View[Any]] = {
            "experiments": self.experiments,
            "jobs": self.jobs,
            "services": self.services,
            "orphans": self.orphans,
        }
        return views[self._switcher.current or "experiments"]

    def action_tab(self, name: str) -> None:
        """Show another view."""
        self._close_filter()
        self._switcher.current = name
        self.view.show_now()
        self._tell()

    def on_tabs_bar_chosen(self, chosen: TabsBar.Chosen) -> None:
        """Show the view whose tab was clicked."""
        chosen.stop()
        self.action_tab(chosen.name)

    def show_jobs(self, experiment_id: str | None, run_id: str | None = None) -> None:
        """Show the jobs of an experiment, of one of its runs, or all."""
        query = self.jobs.query_
        if (query.experiment_id, query.run_id) != (experiment_id, run_id):
            self.jobs.search(Query(experiment_id=experiment_id, run_id=run_id, order=query.order))
        self.services.experiment_id = experiment_id
        self.action_tab("jobs")

    def action_back(self) -> None:
        """Close the filter, or go back to all experiments."""
        if self._filter.display:
            self._close_filter()
            self.set_focus(self.view.table)
        elif self._switcher.current != "experiments":
            if self._switcher.current == "jobs" and self.jobs.query_.experiment_id is not None:
                self.jobs.search(Query(order=self.jobs.query_.order))
                self.services.experiment_id = None
            self.action_tab("experiments")

    def on_jobs_view_counted(self) -> None:
        """Tell how many jobs there are."""
        self._tell()

    def _tell(self) -> None:
        query = self.jobs.query_
        where = [query.experiment_id] if query.experiment_id else []
        if query.run_id:
            where.append(query.run_id)
        if self._switcher.current in ("experiments", "orphans"):
            where = []
        if self._switcher.current == "jobs":
            where.append(self._jobs_label(query))
        self.title_bar.show(self.link.title, *where)
        tabs = [
            ("experiments", "Experiments"),
            ("jobs", "Jobs"),
            ("services", "Services"),
            ("orphans", "Orphans"),
        ]
        self._tabs.show(tabs, self._switcher.current or "")
        hints = self.view.HINTS
        if self._switcher.current != "experiments":
            hints = (("Esc", "back"), *hints)
        self.keys_bar.show(hints)

    def _jobs_label(self, query: Query) -> str:
        label = self.jobs.label
        if query.filter:
            label += f" with {query.filter}"
        names = {order.lstrip("-"): name for order, name in ORDERS.values()}
        name = query.order.lstrip("-")
        if query.order != Query().order:
            label += f" by {names[name]} {'↓' if query.order.startswith('-') else '↑'}"
        return label

    # --- Following

    def apply(self, changes: Changes) -> None:
        """See `BarScreen`."""
        for view in (self.experiments, self.jobs, self.services, self.orphans):
            view.apply(changes)

    def refresh_all(self) -> None:
        """See `BarScreen`."""
        self.view.read()

    def tick(self) -> None:
        """See `BarScreen`."""
        self.view.table.tick()

    def on_screen_resume(self) -> None:
        """What changed while another screen was over this one."""
        self.view.read()

    # --- Filtering

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A slash in a filter is a slash."""
        return not (action == "filter" and self.focused is self._filter)

    def action_filter(self) -> None:
        """Ask for a filter; only jobs have one."""
        if self._switcher.current != "jobs":
            self.action_tab("jobs")
        self._filter.value = self.jobs.query_.filter
        self._filter.display = True
        self.set_focus(self._filter)
        self._filter.action_end()

    def action_clear(self) -> None:
        """Show all jobs again."""
        self.jobs.search(replace(self.jobs.query_, filter=""))
        self._tell()

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was wrong is being changed."""
        event.stop()
        self._wrong.display = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Filter, if that makes sense."""
        event.stop()
        text = event.value.strip()
        if text:
            try:
                parse_filter(text)
            except FilterError as error:
                self._explain(error)
                return
        self._close_filter()
        self.jobs.search(replace(self.jobs.query_, filter=text))
        self.set_focus(self.view.table)
        self._tell()

    def on_jobs_view_wrong_filter(self, wrong: JobsView.WrongFilter) -> None:
        """The monitor found a mistake that is not one of grammar."""
        wrong.stop()
        self.action_filter()
        self._explain(wrong.error)

    def _explain(self, error: FilterError) -> None:
        """Point at the place, right above what was written."""
        self._wrong.update(f"{words.visible(error.problem)}\n{' ' * error.column}▼")
        self._wrong.display = True
        self._filter.cursor_position = min(error.column, len(self._filter.value))

    def _close_filter(self) -> None:
        self._filter.display = False
        self._wrong.display = False

    # --- Opening

    def on_rows_table_opened(self, opened: RowsTable.Opened) -> None:
        """Open what the cursor is on."""
        opened.stop()
        if self._switcher.current == "experiments":
            self.show_jobs(self.experiments.experiment_id)
        else:
            job_id = self.job_id
            if job_id is not None:
                self.app.push_screen(JobScreen(self.link, job_id))

    @property
    def job_id(self) -> str | None:
        """The job with the cursor, where jobs are shown."""
        tables = {"jobs": self.jobs.table, "orphans": self.orphans.table}
        table = tables.get(self._switcher.current or "")
        job = None if table is None else table.row
        return None if job is None else job.job_id

    def action_log(self) -> None:
        """Show what the job printed; where there are no jobs, what the experiment prints."""
        if self.job_id is not None:
            self.app.push_screen(job_log_screen(self.link, self.job_id))
        elif self.output is not None:
            self.post_message(self.OutputWanted())

    def action_runs(self) -> None:
        """Show the runs of the experiment."""
        if self._switcher.current == "experiments":
            experiment_id = self.experiments.experiment_id
        else:
            job = self.jobs.table.row
            experiment_id = self.jobs.query_.experiment_id or (job.experiment_id if job else None)
        if experiment_id is not None:
            self.app.push_screen(RunsScreen(self.link, experiment_id))

    def action_copy_path(self) -> None:
        """Copy the path of the job's folder."""
        job_id, monitor = self.job_id, self.link.monitor
        if job_id is not None:
            self.link.desk.ask(self, "path", lambda: monitor.folder(job_id), PathKnown)

    def action_output(self) -> None:
        """Give the output more room, or none."""
        if self.output is None:
            return
        now = next(name for name in _OUTPUT if self.has_class(name))
        self.remove_class(now)
        self.add_class(_OUTPUT[(_OUTPUT.index(now) + 1) % len(_OUTPUT)])
