"""Questions and messages over what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

T = TypeVar("T")


class Answer(Widget, can_focus=True):
    """An answer that one can choose."""

    DEFAULT_CSS = """
    Answer { width: auto; height: 1; margin-left: 2; background: $panel; color: $foreground; }
    Answer:nocolor:focus { text-style: reverse; }
    Answer:focus { background: $primary; color: $background; text-style: bold; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "choose", "Choose", show=False)]

    class Chosen(Message):
        """It was."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, number: int, key: str, label: str) -> None:
        super().__init__()
        self._number = number
        self._key = key
        self._label = label

    def render(self) -> Text:
        signs = ("❯", "❮") if self.has_focus else (" ", " ")
        return Text(f"{signs[0]} {self._label} ({self._key}) {signs[1]}", end="")

    def action_choose(self) -> None:
        """Choose it."""
        self.post_message(self.Chosen(self._number))

    def on_click(self) -> None:
        """Choose it."""
        self.action_choose()


class Dialog(ModalScreen[T | None], Generic[T]):
    """A title, some lines, and answers; Esc answers nothing."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog > #box {
        width: 90%; max-width: 90; height: auto; max-height: 90%; padding: 1 2;
        background: $surface; border: round $primary;
    }
    Dialog #title { text-style: bold; margin-bottom: 1; }
    Dialog #lines { height: auto; max-height: 60vh; }
    Dialog #answers { height: 1; align-horizontal: right; margin-top: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", show=False),
        Binding("left", "app.focus_previous", "Previous", show=False),
        Binding("right", "app.focus_next", "Next", show=False),
        Binding("up,pageup", "move(-1)", "Up", show=False),
        Binding("down,pagedown", "move(1)", "Down", show=False),
    ]

    def __init__(
        self, title: str, lines: Sequence[str], answers: Sequence[tuple[str, str, T]], chosen: int = 0
    ) -> None:
        """Prepare a question.

        Args:
            title: the question.
            lines: what it is about.
            answers: for each its key, its text, and what it gives.
            chosen: the answer that Enter gives at first: a harmless one.
        """
        super().__init__()
        self._title = title
        self._lines = lines
        self._answers = answers
        self._widgets = [Answer(number, key, label) for number, (key, label, _) in enumerate(answers)]
        self._chosen = chosen
        self._answered = False

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Static(self._title, id="title", markup=False)
            with VerticalScroll(id="lines", can_focus=False):
                yield Static("\n".join(self._lines), markup=False)
            with Horizontal(id="answers"):
                yield from self._widgets

    def on_mount(self) -> None:
        """Each answer has a key."""
        self._widgets[self._chosen].focus()
        for number, (key, label, _) in enumerate(self._answers):
            self._bindings.bind(key, f"answer({number})", label, show=False)

    def on_answer_chosen(self, chosen: Answer.Chosen) -> None:
        """Give the answer."""
        chosen.stop()
        self.action_answer(chosen.number)

    def action_answer(self, number: int) -> None:
        """Give an answer; a key may be pressed twice."""
        if not self._answered:
            self._answered = True
            self.dismiss(self._answers[number][2])

    def action_leave(self) -> None:
        """Give none."""
        if not self._answered:
            self._answered = True
            self.dismiss(None)

    def action_move(self, step: int) -> None:
        """Move long lines."""
        lines = self.query_one("#lines", VerticalScroll)
        lines.scroll_to(y=lines.scroll_y + 5 * step, animate=False)


class Confirm(Dialog[bool]):
    """Asks before something is done that cannot be undone."""

    def __init__(self, title: str, lines: Sequence[str], button: str) -> None:
        super().__init__(title, lines, [("y", button, True), ("n", "No", False)], chosen=1)


class Notice(Dialog[bool]):
    """Tells something that takes more than a line."""

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__(title, lines, [("o", "OK", True)])
