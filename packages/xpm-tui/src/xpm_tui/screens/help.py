"""All keys."""

from __future__ import annotations

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

#: By topic: keys, and what they do.
KEYS: dict[str, tuple[tuple[str, str], ...]] = {
    "Everywhere": (
        ("q", "quit"),
        ("Esc", "back"),
        ("?", "this help"),
        ("r", "refresh"),
        ("↑ ↓ PgUp PgDn", "move; Home or g first, End or G last"),
        ("t", "dark or light"),
    ),
    "Tabs": (
        ("e", "experiments"),
        ("j", "jobs of the experiment, or all"),
        ("s", "services"),
        ("o", "orphans: folders that no run needs"),
        ("p", "output of the experiment that runs here"),
    ),
    "Experiments": (
        ("Enter", "open: its jobs"),
        ("d", "its runs"),
        ("Ctrl+k", "kill its jobs"),
    ),
    "Jobs": (
        ("Enter", "details: parameters, dependencies, paths"),
        ("l", "log"),
        ("/", "filter, as on the command line"),
        ("c", "clear the filter"),
        ("S T D O", "sort by status, task, duration, submission; again: reverse"),
        ("f", "copy the path of the folder"),
        ("Ctrl+k", "kill"),
        ("Ctrl+d", "delete the folder"),
        ("R", "run again what failed"),
    ),
    "Services": (
        ("Enter", "start"),
        ("x", "stop"),
        ("u", "copy the address"),
    ),
    "Logs": (
        ("F", "follow what is written"),
        ("Tab", "standard output or error"),
        ("/ n N", "search, next, previous"),
        ("g G", "top, bottom"),
        ("← →", "sideways"),
        ("w", "wrap long lines"),
        ("f", "copy the path"),
    ),
}

_FILTERS = """\
@state = RUNNING               @state in [ERROR, DONE] and model = bert
@name ~ "learn"                lr = 0.1 or not (fold in [1, 2])
Fields: @state @reason @name @task @id @host @launcher @experiment @run; other names are tags."""

_SIGNS = "✓ done   ✗ failed   ► running   ▷ scheduled   ○ ready   ∙ waiting   ‼ interrupted   • just changed"


class HelpScreen(ModalScreen[None]):
    """All keys, the filter language, and what the signs mean."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen > VerticalScroll {
        width: 96%; max-width: 110; height: auto; max-height: 96%; padding: 0 2;
        background: $surface; border: round $primary;
        border-title-style: bold; border-title-color: $foreground;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "dismiss", "Back", show=False),
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_title = "Keys"
            yield Static(_table(), id="keys")

    def on_mount(self) -> None:
        """Keys scroll."""
        self.query_one(VerticalScroll).focus()


def _table() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for topic, keys in KEYS.items():
        table.add_row(Text(topic, "bold italic"), "")
        for key, what in keys:
            table.add_row(Text(f"  {key}"), Text(what))
    table.add_row(Text("Filters", "bold italic"), Text(_FILTERS))
    table.add_row(Text("Signs", "bold italic"), Text(_SIGNS))
    return table
