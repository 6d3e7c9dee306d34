"""Single lines of the screen: the title, the tabs, the keys, a problem."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.message import Message
from textual.widget import Widget

from xpm_tui import words


class TitleBar(Widget):
    """What is shown, from the workspace to the thing, and on the right how it is doing."""

    DEFAULT_CSS = """
    TitleBar { height: 1; background: $primary 30%; color: $foreground; }
    """

    def __init__(self, *parts: str, state: str = "") -> None:
        super().__init__()
        self._parts = parts
        self._state = state

    def show(self, *parts: str) -> None:
        """Say where one is: the outermost first."""
        self._parts = parts
        self.refresh()

    def show_state(self, state: str) -> None:
        """Say how it is doing."""
        if state != self._state:
            self._state = state
            self.refresh()

    def render(self) -> Text:
        width = self.size.width
        right = f" {words.visible(self._state)} " if self._state else ""
        room = width - cell_len(right) - 2
        line = Text(no_wrap=True, end="")
        line.append(" ")
        for number, part in enumerate(self._shortened(room)):
            if number:
                line.append(" › ", "dim")
            line.append(part, "bold" if number else "")
        line.truncate(width - cell_len(right), overflow="ellipsis")
        line.pad_right(max(width - cell_len(right) - line.cell_len, 0))
        line.append(right)
        return line

    def _shortened(self, room: int) -> list[str]:
        """Of a long path, the end is known by people."""
        parts = [words.visible(part) for part in self._parts]
        excess = sum(map(cell_len, parts)) + 3 * (len(parts) - 1) - room
        if excess > 0 and parts:
            kept = max(len(parts[0]) - excess - 1, 8)
            if kept < len(parts[0]):
                parts[0] = "…" + parts[0][-kept:]
        return parts


class TabsBar(Widget):
    """The views, and which one is shown."""

    DEFAULT_CSS = """
    TabsBar { height: 1; background: $surface; color: $tone-dim; }
    TabsBar > .tabs--shown { background: $primary; color: $background; text-style: bold; }
    TabsBar:nocolor > .tabs--shown { text-style: bold reverse; }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tabs--shown"}

    class Chosen(Message):
        """Somebody clicked on a tab."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self) -> None:
        super().__init__()
        self._tabs: Sequence[tuple[str, str]] = ()
        self._shown = ""

    def show(self, tabs: Sequence[tuple[str, str]], shown: str) -> None:
        """Show tabs, given by name and label."""
        self._tabs, self._shown = tabs, shown
        self.refresh()

    def render(self) -> Text:
        line = Text(" ", no_wrap=True, end="", overflow="ellipsis")
        style = self.get_component_rich_style("tabs--shown", partial=True)
        for name, label in self._tabs:
            line.append(f" {label} ", style if name == self._shown else "")
            line.append(" ")
        return line

    def on_click(self, event: events.Click) -> None:
        """Find the tab that was clicked."""
        at = 1
        for name, label in self._tabs:
            end = at + cell_len(label) + 2
            if at <= event.x < end:
                self.post_message(self.Chosen(name))
            at = end + 1


class KeysBar(Widget):
    """Keys that can be pressed here; the first ones are kept where there is no room for all."""

    DEFAULT_CSS = """
    KeysBar { height: 1; background: $surface; color: $tone-dim; }
    KeysBar > .keys--key { color: $foreground; text-style: bold; }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys--key"}

    #: Always there.
    _LAST = (("?", "help"), ("q", "quit"))

    def __init__(self, hints: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__()
        self._hints = hints

    def show(self, hints: Sequence[tuple[str, str]]) -> None:
        """Show other keys."""
        self._hints = hints
        self.refresh()

    def render(self) -> Text:
        style = self.get_component_rich_style("keys--key", partial=True)
        room = self.size.width - sum(_hint_width(hint) for hint in self._LAST)
        shown = []
        for hint in self._hints:
            if _hint_width(hint) > room:
                break
            shown.append(hint)
            room -= _hint_width(hint)
        line = Text(no_wrap=True, end="")
        for key, what in (*shown, *self._LAST):
            line.append(" ").append(key, style).append(f" {what} ")
        return line


def _hint_width(hint: tuple[str, str]) -> int:
    return cell_len(hint[0]) + cell_len(hint[1]) + 3


class ProblemBar(Widget):
    """What is wrong with the workspace at the moment; absent when all is well."""

    DEFAULT_CSS = """
    ProblemBar { height: auto; max-height: 3; background: $error 30%; color: $foreground; display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._problem = ""

    def show(self, problem: str) -> None:
        """Say it, or nothing."""
        if problem != self._problem:
            self._problem = problem
            self.display = bool(problem)
            self.refresh(layout=True)

    def render(self) -> Text:
        return Text(f" ⚠ {words.visible(self._problem)}", end="")
