"""A log: of a job, or of the experiment that runs here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from xpm_tui.desk import Desk
from xpm_tui.logs.source import LogSource
from xpm_tui.logs.view import LogView
from xpm_tui.screens.base import BarScreen
from xpm_tui.views.base import Hints


class PathKnown(Message):
    """The path of something, for the clipboard."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path


class LogScreen(BarScreen):
    """Shows one of several logs of a thing."""

    HINTS: ClassVar[Hints] = (
        ("Esc", "back"),
        ("F", "follow"),
        ("/", "search"),
        ("n N", "next"),
        ("g G", "top, bottom"),
        ("Tab", "other stream"),
        ("w", "wrap"),
        ("f", "copy path"),
    )

    DEFAULT_CSS = """
    LogScreen > Input { height: 1; border: none; padding: 0 1; display: none; background: $panel; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", show=False),
        # With priority: what is typed right after it, or pasted with it, belongs to the question already.
        Binding("slash", "search", "Search", show=False, priority=True),
        Binding("tab", "other", "Other stream", show=False, priority=True),
        Binding("l", "other", "Other stream", show=False),
        Binding("f", "copy_path", "Copy the path", show=False),
    ]

    def __init__(self, desk: Desk, title: Sequence[str], sources: Sequence[LogSource]) -> None:
        """Prepare to show a log.

        Args:
            desk: reads.
            title: what it is the log of, the outermost first.
            sources: logs of that thing; the first one is shown first.
        """
        super().__init__(*title)
        self._desk = desk
        self._title = title
        self._sources = sources
        self._shown = 0
        self.view = LogView(desk, sources[0])
        self._input = Input(placeholder="search for")
        self._input.cursor_blink = False

    def compose_content(self) -> ComposeResult:
        yield self.view
        yield self._input

    def on_mount(self) -> None:
        """Keys scroll."""
        self.view.focus()
        self._tell()

    def on_log_view_moved(self) -> None:
        """Say where one is."""
        self._tell()

    def _tell(self) -> None:
        self.title_bar.show(*self._title, self._sources[self._shown].name)
        self.title_bar.show_state(self.view.status())

    def action_other(self) -> None:
        """Show the next stream."""
        if self._input.display:
            return
        self._shown = (self._shown + 1) % len(self._sources)
        self.view.show(self._sources[self._shown])
        self._tell()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A slash in what is searched for is a slash."""
        return not (action == "search" and self.focused is self._input)

    def action_search(self) -> None:
        """Ask what to search for."""
        self._input.value = ""
        self._input.display = True
        self.set_focus(self._input)

    def action_back(self) -> None:
        """Close the question, or the log."""
        if self._input.display:
            self._close_input()
        else:
            self.dismiss()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Search."""
        event.stop()
        self._close_input()
        self.view.search(event.value)

    def _close_input(self) -> None:
        self._input.display = False
        self.set_focus(self.view)

    def action_copy_path(self) -> None:
        """Copy the path of the file."""
        self._desk.ask(self, "path", self._sources[self._shown].path, PathKnown)

    def refresh_all(self) -> None:
        """See `BarScreen`."""
        self.view.show(self._sources[self._shown])
