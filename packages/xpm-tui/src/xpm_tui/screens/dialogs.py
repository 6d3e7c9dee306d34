"""Questions and messages over what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Static

T = TypeVar("T")


class Dialog(ModalScreen[T | None], Generic[T]):  # type: ignore[misc]
    """A title, some lines, and answers; Esc answers nothing."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog > #box {
        width: 90%; max-width: 90; height: auto; max-height: 90%; padding: 1 2;
        background: $surface; border: round $primary;
    }
    Dialog #title { text-style: bold; margin-bottom: 1; }
    Dialog #lines { height: auto; max-height: 60vh; }
    Dialog #answers { height: auto; align-horizontal: right; margin-top: 1; }
    Dialog Button { margin-left: 2; min-width: 8; height: 1; border: none; }
    Dialog Button:focus { text-style: bold reverse; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", show=False),
        Binding("left", "app.focus_previous", "Previous", show=False),
        Binding("right", "app.focus_next", "Next", show=False),
    ]

    def __init__(
        self, title: str, lines: Sequence[str], answers: Sequence[tuple[str, str, T]], chosen: int = 0
    ) -> None:
        """Prepare a question.

        Args:
            title: the question.
            lines: what it is about.
            answers: for each its key, its text, and what it gives.
            chosen: the answer that Enter gives at first.
        """
        super().__init__()
        self._title = title
        self._lines = lines
        self._answers = answers
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False):
            yield Static(self._title, id="title", markup=False)
            with VerticalScroll(id="lines", can_focus=False):
                yield Static("\n".join(self._lines), markup=False)
            with Horizontal(id="answers"):
                for number, (key, label, _) in enumerate(self._answers):
                    yield Button(f"{label} ({key})", id=f"answer-{number}")

    def on_mount(self) -> None:
        """Enter gives the harmless answer."""
        self.query_one(f"#answer-{self._chosen}").focus()
        for number, (key, label, _) in enumerate(self._answers):
            self._bindings.bind(key, f"answer({number})", label, show=False)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Give the answer."""
        event.stop()
        self.action_answer(int(str(event.button.id).rpartition("-")[2]))

    def action_answer(self, number: int) -> None:
        """Give an answer."""
        self.dismiss(self._answers[number][2])

    def action_leave(self) -> None:
        """Give none."""
        self.dismiss(None)


class Confirm(Dialog[bool]):
    """Asks before something is done that cannot be undone."""

    def __init__(self, title: str, lines: Sequence[str], button: str) -> None:
        super().__init__(title, lines, [("y", button, True), ("n", "No", False)], chosen=1)


class Notice(Dialog[bool]):
    """Tells something that takes more than a line."""

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__(title, lines, [("o", "OK", True)])
