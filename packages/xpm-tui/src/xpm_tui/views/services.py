"""The services of the current runs: TensorBoard and the like."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from xpm_tui import cells, words
from xpm_tui.cells import Cell, Tone
from xpm_tui.columns import Column, Context
from xpm_tui.link import Link
from xpm_tui.table import RowsTable
from xpm_tui.views.base import Hints, ListView
from xpm_workspace.controller import Outcome
from xpm_workspace.records import Changes, ServiceRecord
from xpm_workspace.services import ServiceState


def _answer(service: ServiceRecord, context: Context) -> Cell:
    """Where it answers, or why it does not."""
    if service.error:
        return cells.text(service.error.splitlines()[0], Tone.FAILED)
    return cells.text(service.url or "-", Tone.PLAIN if service.url else Tone.DIM)


def _key(service: ServiceRecord) -> str:
    return f"{service.experiment_id}/{service.run_id}/{service.service_id}"


COLUMNS: list[Column[ServiceRecord]] = [
    Column(title="Status", cell=lambda s, _: cells.service_state(s.state), least=10, most=11, rank=10),
    Column(title="Service", cell=lambda s, _: cells.text(s.service_id, Tone.NAME), least=12, most=28, rank=9),
    Column(title="Experiment", cell=lambda s, _: cells.text(s.experiment_id), least=12, most=28, rank=6),
    Column(title="Host", cell=lambda s, _: cells.text(s.host or "-"), least=8, most=18, rank=4),
    Column(title="Address", cell=_answer, least=22, most=60, rank=8),
    Column(
        title="What",
        cell=lambda s, _: cells.text(s.description, Tone.DIM),
        least=16,
        most=60,
        rank=3,
    ),
]


class ServiceActed(Message):
    """What became of a wish about a service."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class ServicesView(ListView[ServiceRecord]):
    """All services, or those of an experiment."""

    HINTS: ClassVar[Hints] = (
        ("Enter", "start"),
        ("x", "stop"),
        ("u", "copy URL"),
        ("r", "refresh"),
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "stop", "Stop", show=False),
        Binding("u", "copy_url", "Copy the address", show=False),
    ]

    def __init__(self, link: Link, *, id: str | None = None) -> None:
        super().__init__(link, id=id)
        #: Only those of this experiment.
        self.experiment_id: str | None = None

    def make_table(self) -> RowsTable[ServiceRecord]:
        """See `View`."""
        return RowsTable(COLUMNS, key=_key, now=self.link.now, empty="No service.", kept=1 << 30)

    def ask(self) -> list[ServiceRecord]:
        """See `ListView`."""
        wanted = self.experiment_id
        return [s for s in self.link.monitor.services() if wanted is None or s.experiment_id == wanted]

    def concerned(self, changes: Changes) -> set[str] | None:
        """See `View`."""
        if not (changes.reset or changes.services or changes.experiments or changes.removed_experiments):
            return None
        return {_key(service) for service in changes.services}

    def on_rows_table_opened(self, opened: RowsTable.Opened) -> None:
        """Start the service, if it does not run."""
        opened.stop()
        service = self.table.row
        if service is None:
            return
        if service.state in (ServiceState.STOPPED, ServiceState.ERROR):
            self._act(service, start=True)
        else:
            self.notify(f"{words.visible(service.service_id)} is {service.state.value.lower()} already")

    def action_stop(self) -> None:
        """Stop the service."""
        service = self.table.row
        if service is not None:
            self._act(service, start=False)

    def action_copy_url(self) -> None:
        """Copy where the service answers."""
        service = self.table.row
        if service is None:
            return
        if service.url is None:
            self.notify(f"{words.visible(service.service_id)} has no address", severity="warning")
            return
        self.app.copy_to_clipboard(service.url)
        self.notify(f"copied {words.visible(service.url)}")

    def _act(self, service: ServiceRecord, *, start: bool) -> None:
        controller = self.link.controller
        act = controller.start_service if start else controller.stop_service
        where = (service.experiment_id, service.service_id)
        self.link.desk.ask(self, "service", lambda: act(*where), ServiceActed)

    def on_service_acted(self, acted: ServiceActed) -> None:
        """Say what became of it."""
        acted.stop()
        outcome = acted.outcome
        text = f"{outcome.id}: {outcome.problem or outcome.what}"
        self.notify(words.visible(text), severity="error" if outcome.problem else "information")
