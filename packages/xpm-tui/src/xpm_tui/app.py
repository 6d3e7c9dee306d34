"""The application: builds what the screens are given, follows the workspace, does what people want."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timezone
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from xpm_tui import words
from xpm_tui.acting import Acted, Planned, Verb, Wish, act, question, report
from xpm_tui.desk import Desk, Failed
from xpm_tui.feed import RETRY_S, Feed, Reached
from xpm_tui.link import Link
from xpm_tui.screens.base import BarScreen
from xpm_tui.screens.dialogs import Confirm
from xpm_tui.screens.help import HelpScreen
from xpm_tui.screens.log import PathKnown
from xpm_tui.screens.main import MainScreen
from xpm_tui.screens.runs import RunsScreen
from xpm_tui.terminal import Capture
from xpm_tui.theme import DARK, DEFAULTS, LIGHT, other_theme, start_theme
from xpm_workspace.frontends import Target

#: A workspace that does not answer for so long is said not to.
_SILENT_S = 3.0


def utc_now() -> datetime:
    """Return what time it is."""
    return datetime.now(timezone.utc)


class ExperimentTUI(App[int]):
    """The terminal monitor of a workspace."""

    TITLE = "experimaestro"
    ENABLE_COMMAND_PALETTE = False

    CSS = """
    * {
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1;
        scrollbar-color: $primary 50%; scrollbar-background: $surface; scrollbar-corner-color: $surface;
    }
    Toast { max-width: 80; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,ctrl+c,ctrl+q", "leave", "Quit", show=False),
        Binding("question_mark", "help", "Help", show=False),
        Binding("r", "refresh_all", "Refresh", show=False),
        Binding("t", "theme", "Dark or light", show=False),
    ]

    def __init__(
        self,
        target: Target | None = None,
        *,
        now: Callable[[], datetime] = utc_now,
        theme: str | None = None,
        retry_s: float = RETRY_S,
        capture: Capture | None = None,
    ) -> None:
        """Prepare to show a workspace.

        Args:
            target: what is shown.
            now: what time it is.
            theme: name of the colours; by default those that suit the terminal.
            retry_s: pause before a workspace that cannot be reached is asked again.
            capture: has what this process prints meanwhile, such as warnings; they are shown.
        """
        self._theme_name = start_theme(os.environ) if theme is None else theme
        no_color = os.environ.get("NO_COLOR")
        super().__init__(ansi_color=None if no_color is None else True)
        if no_color is not None:  # the toolkit takes it out; children want to know as well
            os.environ["NO_COLOR"] = no_color
        self.desk = Desk()
        self._now = now
        self._retry_s = retry_s
        self._warnings = capture
        self._feed: Feed | None = None
        self._problem = ""
        self._target = target
        self.link: Link | None = None
        self.main: MainScreen | None = None

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours of tones, in themes that do not say."""
        return DEFAULTS

    def on_mount(self) -> None:
        """Show the workspace, and follow it."""
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        self.theme = self._theme_name
        if self._warnings is not None:
            self._warnings.use_streams()
        self.set_interval(1.0, self.tick)
        self.begin()

    def begin(self) -> None:
        """Show the workspace."""
        if self._target is not None:
            self.show_target(self._target)

    def show_target(self, target: Target) -> None:
        """Show a workspace."""
        self.link = Link(
            monitor=target.monitor,
            controller=target.controller,
            desk=self.desk,
            now=self._now,
            title=target.title,
        )
        self._feed = Feed(target.monitor, self, retry_s=self._retry_s)
        self._feed.start()
        self.main = self.make_main(self.link, target.experiment_id)
        self.push_screen(self.main)

    def make_main(self, link: Link, experiment_id: str | None) -> MainScreen:
        """Return the main screen."""
        return MainScreen(link, experiment_id)

    def on_unmount(self) -> None:
        """Follow no more."""
        if self._feed is not None:
            self._feed.stop()

    # --- Following

    @property
    def bar_screens(self) -> list[BarScreen]:
        """The screens that follow the workspace, from the outermost on."""
        return [screen for screen in self.screen_stack if isinstance(screen, BarScreen)]

    def on_news(self) -> None:
        """Pass on what changed."""
        changes = self._feed.take() if self._feed is not None else None
        if changes is not None:
            for screen in self.bar_screens:
                screen.apply(changes)

    def on_reached(self, reached: Reached) -> None:
        """Say that the workspace cannot be reached, or that it can again."""
        if self._problem and not reached.problem:
            self.notify("the workspace is back")
        self._problem = f"{reached.problem}; trying again" if reached.problem else ""
        self.show_problem()

    def tick(self) -> None:
        """A second passed."""
        self.show_problem()
        for screen in self.bar_screens[-1:]:
            screen.tick()
        printed = "" if self._warnings is None else self._warnings.news().strip()
        if printed:
            self.notify(words.visible(printed.splitlines()[-1]), severity="warning", markup=False)

    def show_problem(self) -> None:
        """Say what is wrong with the workspace, on whatever is shown."""
        problem = self._problem
        silent_s = self.desk.waiting_s()
        if not problem and silent_s > _SILENT_S:
            problem = f"no answer for {words.duration(silent_s)}: the disk, or the line, is slow"
        for screen in self.bar_screens:
            screen.show_problem(problem)

    def on_failed(self, failed: Failed) -> None:
        """A question had no answer, and nobody who asked knows better."""
        self.explain(failed)

    def explain(self, failed: Failed) -> None:
        """Say why, unless it is said already that the workspace cannot be reached."""
        if not self._problem:
            text = str(failed.error) or type(failed.error).__name__
            self.notify(words.visible(text), title=failed.topic, severity="error", markup=False)

    # --- Acting

    def on_wish(self, wish: Wish) -> None:
        """Find out what would be done."""
        link = self.link
        if link is not None:
            controller, verb, jobs = link.controller, wish.verb, wish.jobs
            self.desk.ask(
                self,
                "plan",
                lambda: act(controller, verb, jobs(), perform=False),
                lambda outcomes: Planned(verb, outcomes),
            )

    def on_planned(self, planned: Planned) -> None:
        """Ask whether to do it."""
        verb = planned.verb
        asked = question(verb, planned.outcomes)
        if isinstance(asked, str):
            self.notify(words.visible(asked), severity="warning", markup=False)
            return
        jobs = asked.jobs

        def decided(answer: bool | None) -> None:
            if answer:
                self._act(verb, jobs)

        self.push_screen(Confirm(asked.title, asked.lines, verb.button), decided)

    def _act(self, verb: Verb, jobs: tuple[str, ...]) -> None:
        link = self.link
        if link is not None:
            controller = link.controller
            self.desk.ask(
                self,
                f"{verb.name} {jobs[0]}",
                lambda: act(controller, verb, jobs, perform=True),
                lambda outcomes: Acted(verb, outcomes),
            )

    def on_acted(self, acted: Acted) -> None:
        """Say what was done."""
        text, well = report(acted.verb, acted.outcomes)
        self.notify(text, severity="information" if well else "error", markup=False)
        self.action_refresh_all()

    def on_path_known(self, known: PathKnown) -> None:
        """Copy a path: the terminal does it (OSC 52), also over ssh."""
        self.copy_to_clipboard(known.path)
        self.notify(f"copied {words.visible(known.path)}", markup=False)

    def on_runs_screen_chosen(self, chosen: RunsScreen.Chosen) -> None:
        """Show the jobs of a run."""
        if self.main is not None:
            self.main.show_jobs(chosen.experiment_id, chosen.run_id)

    # --- Keys

    def action_help(self) -> None:
        """Show all keys."""
        self.push_screen(HelpScreen())

    def action_refresh_all(self) -> None:
        """Read again what is shown."""
        for screen in self.bar_screens[-1:]:
            screen.refresh_all()

    def action_theme(self) -> None:
        """Change from dark to light, or back."""
        self.theme = other_theme(self.theme)

    def action_leave(self) -> None:
        """Quit."""
        self.exit(0)
