"""The monitor of an experiment that runs in this very process.

The experiment keeps the main thread: its signals, and libraries that insist on that thread, work as they do
without a monitor. The screen lives in another one.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from textual.drivers import linux_driver
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message

from xpm_tui import words
from xpm_tui.app import ExperimentTUI
from xpm_tui.desk import Failed
from xpm_tui.link import Link
from xpm_tui.logs.source import FileLog
from xpm_tui.screens.dialogs import Dialog, Notice
from xpm_tui.screens.log import LogScreen
from xpm_tui.screens.main import MainScreen
from xpm_tui.terminal import Capture, captured, leaving_on_signals
from xpm_workspace.errors import WorkspaceError
from xpm_workspace.frontends import Target

#: Pause before what is shown is opened again, while there is nothing to show.
_OPEN_S = 0.3

#: How often the size of the terminal is looked at: no signal tells a thread.
_LOOK_S = 0.3

#: How long the screen may take to appear before the experiment begins without it.
_APPEAR_S = 20.0

#: How long it may take to leave, when there is nobody to wait for.
_LEAVE_S = 5.0


class Opened(Message):
    """There is something to show."""

    def __init__(self, target: Target) -> None:
        super().__init__()
        self.target = target


class Ended(Message):
    """The experiment ended."""

    def __init__(self, error: BaseException | None) -> None:
        super().__init__()
        self.error = error


class HostedTUI(ExperimentTUI):
    """Shows an experiment of this process, from the first line that it prints."""

    def __init__(
        self, capture: Capture, open_target: Callable[[], Target], stop: Callable[[], None], **kwargs: Any
    ) -> None:
        """Prepare to show it.

        Args:
            capture: has what it prints.
            open_target: opens what is shown; raises `WorkspaceError` while there is nothing to show.
            stop: asks the experiment to stop; it then ends.
            kwargs: as for `ExperimentTUI`.
        """
        super().__init__(**kwargs)
        self._capture = capture
        self._open_target = open_target
        self._stop = stop
        self._output = FileLog(capture.file, "output")
        self._terminal_size: Size | None = None
        self._first: LogScreen | None = None
        self._state = "► running"
        #: Whether the experiment was asked to stop: once it has, there is nothing left to show.
        self.stopping = False
        #: Whether the experiment ended.
        self.ended = False
        #: What was opened, to be closed.
        self.opened: Target | None = None
        #: Set once the screen is there, and what is printed is kept.
        self.ready = threading.Event()

    def begin(self) -> None:
        """Show what is printed, and the rest as soon as there is something."""
        self._capture.use_streams()
        self._first = self._output_screen()
        self.push_screen(self._first)
        self.set_interval(_LOOK_S, self._look_at_size)
        self._open()
        self.ready.set()

    def make_main(self, link: Link, experiment_id: str | None) -> MainScreen:
        """Return the main screen, with what is printed below."""
        return MainScreen(link, experiment_id, self._output)

    def _output_screen(self) -> LogScreen:
        return LogScreen(self.desk, ("experimaestro",), [self._output])

    def _open(self) -> None:
        self.desk.ask(self, "open", self._open_target, Opened)

    def on_opened(self, opened: Opened) -> None:
        """Show it, once nothing is asked any more."""
        self.opened = opened.target
        if self.screen is not self._first:
            self.set_timer(_OPEN_S, lambda: self.post_message(opened))
            return
        self.pop_screen()
        self.show_target(opened.target)
        self._show_state(self._state)

    def explain(self, failed: Failed) -> None:
        """There may be nothing to show yet: the experiment has not made it."""
        if failed.topic == "open":
            self.set_timer(_OPEN_S, self._open)
        if failed.topic != "open" or not isinstance(failed.error, WorkspaceError):
            super().explain(failed)

    def on_main_screen_output_wanted(self) -> None:
        """Show all that is printed."""
        self.push_screen(self._output_screen())

    def on_ended(self, ended: Ended) -> None:
        """Say how; what it printed and did can still be looked at."""
        self.ended = True
        if self.stopping:
            self.exit(0)
            return
        while isinstance(self.screen, Dialog):
            self.pop_screen()
        self._show_state("✗ failed" if ended.error else "✓ ended")
        if ended.error is None:
            self.notify("q leaves", title="The experiment has ended", timeout=10)
        else:
            title, lines = describe(ended.error)
            self.push_screen(Notice(title, lines))

    def _show_state(self, state: str) -> None:
        self._state = state
        for screen in self.bar_screens:
            screen.title_bar.show_state(state)

    def action_leave(self) -> None:
        """Ask what becomes of the experiment, unless it has ended."""
        if self.ended:
            self.exit(0)
            return
        if isinstance(self.screen, Dialog):
            return
        lines = ["Go on: it continues in this terminal, without the monitor."]
        if self.stopping:
            title = "The experiment is stopping"
            answers = [("g", "Leave", "go"), ("b", "Back", "back")]
        else:
            title = "The experiment is running"
            lines.append("Stop: no further job starts; jobs that run go on, and are found again.")
            answers = [("g", "Go on", "go"), ("s", "Stop", "stop"), ("b", "Back", "back")]
        self.push_screen(Dialog(title, lines, answers, chosen=len(answers) - 1), self._decided)

    def _decided(self, answer: str | None) -> None:
        if answer == "go":
            self.exit(0)
        elif answer == "stop":
            if self.ended:
                self.exit(0)
                return
            self.stopping = True
            self._show_state("… stopping")
            self._stop()

    def _look_at_size(self) -> None:
        with contextlib.suppress(OSError):
            columns, lines = self._capture.size()
            size = Size(columns, lines)
            if self._terminal_size is not None and size != self._terminal_size:
                self.post_message(Resize(size, size))
            self._terminal_size = size


def describe(error: BaseException) -> tuple[str, list[str]]:
    """Return a title and lines for the end of an experiment that was not a good one."""
    if isinstance(error, KeyboardInterrupt):
        return "The experiment was interrupted", []
    if isinstance(error, SystemExit):
        return f"The experiment left with the code {error.code}", []
    lines = [*getattr(error, "frames", "").splitlines(), *str(error).splitlines()]
    if not type(error).__module__.startswith("xpm_"):  # ours say what they have to say
        lines += ["", *"".join(traceback.format_exception(error)).splitlines()]
    return f"The experiment failed: {type(error).__name__}", [words.visible(line) for line in lines]


def host(open_target: Callable[[], Target], work: Callable[[], int]) -> int:
    """See `xpm_workspace.frontends.HostingFrontend`."""
    with captured() as capture, _no_handlers(), leaving_on_signals(_leave):
        app = HostedTUI(capture, open_target, _interrupt_main)
        screen = threading.Thread(target=_show, args=(app, capture), name="tui", daemon=True)
        screen.start()
        deadline = time.monotonic() + _APPEAR_S
        while not app.ready.wait(0.05) and screen.is_alive() and time.monotonic() < deadline:
            pass
        try:
            code = work()
        except BaseException as error:
            _end(app, screen, error)
            raise
        _end(app, screen, None)
        return code


def _show(app: HostedTUI, capture: Capture) -> None:
    try:
        app.run()
    finally:
        app.ready.set()
        capture.release()


def _end(app: HostedTUI, screen: threading.Thread, error: BaseException | None) -> None:
    """Let people look until they leave; who was told to end does not wait for them."""
    leaving = isinstance(error, SystemExit)
    try:
        if screen.is_alive():
            app.post_message(Ended(error))
        while screen.is_alive() and not leaving:
            screen.join(0.2)
    except (KeyboardInterrupt, SystemExit):
        leaving = True
    if leaving and screen.is_alive():
        app.call_later(app.exit, 0)
        screen.join(_LEAVE_S)
    if app.opened is not None:
        app.opened.monitor.close()


def _leave(number: int) -> None:
    raise SystemExit(128 + number)


def _interrupt_main() -> None:
    """Have `KeyboardInterrupt` raised where the experiment waits, as Ctrl+C would."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


class _Signals:
    """The module `signal` for the driver of a terminal: outside the main thread, Python allows no handlers.

    What they are for is done otherwise: the size is looked at, and the terminal is given back in the end.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(signal, name)

    @staticmethod
    def signal(number: int, handler: Callable[[int, FrameType | None], Any]) -> None:
        """Leave the handlers as they are."""


@contextlib.contextmanager
def _no_handlers() -> Iterator[None]:
    driver: Any = linux_driver
    driver.signal = _Signals()
    try:
        yield
    finally:
        driver.signal = signal
