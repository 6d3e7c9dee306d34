"""The screens of an experiment that runs here; `test_tmux` has the terminal and the threads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from xpm_tui import hosting
from xpm_tui.errors import NoTerminal
from xpm_tui.hosting import Ended, HostedTUI, describe
from xpm_tui.screens.dialogs import Dialog
from xpm_tui.screens.log import LogScreen
from xpm_tui.screens.main import MainScreen
from xpm_tui.stage import Sample, Stage, perform
from xpm_tui.testing import NOW
from xpm_workspace.errors import NotAWorkspace
from xpm_workspace.frontends import Target


class FakeCapture:
    """Has a file, and no terminal."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "output.log"
        self.file.write_text("the first line\n")

    def use_streams(self) -> None:
        """There is nothing to do."""

    def size(self) -> os.terminal_size:
        return os.terminal_size((100, 30))


class Hosted:
    """An experiment that a test runs."""

    def __init__(self, folder: Path, sample: Sample) -> None:
        self.capture = FakeCapture(folder)
        self.target: Target | None = None
        self.stopped = 0
        self.sample = sample
        self.app = HostedTUI(
            self.capture,  # type: ignore[arg-type]
            self.open,
            self.stop,
            now=lambda: NOW,
            theme="xpm-dark",
        )

    def open(self) -> Target:
        if self.target is None:
            raise NotAWorkspace("not yet")
        return self.target

    def stop(self) -> None:
        self.stopped += 1

    def ready(self) -> None:
        self.target = self.sample.target

    def write(self, text: str) -> None:
        with self.capture.file.open("a") as file:
            file.write(text)


@pytest.fixture
def hosted(tmp_path: Path, sample: Sample, monkeypatch: pytest.MonkeyPatch) -> Hosted:
    monkeypatch.setattr(hosting, "_OPEN_S", 0.01)
    return Hosted(tmp_path, sample)


def over(stage: Stage) -> bool:
    return not stage.app.is_running or stage.app._exit


def test_from_the_first_line(hosted: Hosted) -> None:
    async def story(stage: Stage) -> None:
        await stage.until(lambda: "the first line" in stage.text())
        assert isinstance(stage.app.screen, LogScreen)
        hosted.ready()
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen))
        await stage.until(lambda: "the first line" in stage.text() and "► running" in stage.text())
        assert not stage.notices
        hosted.write("another line\n")
        await stage.until(lambda: "another line" in stage.text())

    perform(hosted.app, story)


def test_room_for_the_output(hosted: Hosted) -> None:
    hosted.ready()

    async def story(stage: Stage) -> None:
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen))
        await stage.settle()
        main = stage.app.screen
        assert isinstance(main, MainScreen) and main.output is not None
        heights = [main.output.size.height]
        for _ in range(3):
            await stage.press("p")
            heights.append(main.output.size.height if main.output.display else 0)
        assert heights[1] > heights[0] > heights[2] == 0 and heights[3] == heights[0]
        await stage.press("l")
        assert isinstance(stage.app.screen, LogScreen) and "the first line" in stage.text()

    perform(hosted.app, story)


def test_leaving_asks(hosted: Hosted) -> None:
    async def story(stage: Stage) -> None:
        for answer in ("escape", "b", "enter"):
            await stage.press("q")
            assert "The experiment is running" in stage.text()
            await stage.press("q")  # does not ask twice
            await stage.press(answer)
            assert not isinstance(stage.app.screen, Dialog)
        assert hosted.stopped == 0
        await stage.press("ctrl+c")
        await stage.send("g")
        await stage.until(lambda: over(stage))

    perform(hosted.app, story)
    assert hosted.stopped == 0


def test_stopping(hosted: Hosted) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("q", "s")
        assert hosted.stopped == 1 and hosted.app.stopping
        await stage.press("q")
        assert "The experiment is stopping" in stage.text()
        stage.app.post_message(Ended(KeyboardInterrupt()))
        await stage.until(lambda: over(stage))

    perform(hosted.app, story)


def test_the_end(hosted: Hosted) -> None:
    hosted.ready()

    async def story(stage: Stage) -> None:
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen))
        await stage.press("q")
        stage.app.post_message(Ended(None))
        await stage.until(lambda: "✓ ended" in stage.text())
        assert any("q leaves" in notice for notice in stage.notices)
        await stage.send("q")
        await stage.until(lambda: over(stage))

    perform(hosted.app, story)
    assert hosted.app.opened is hosted.sample.target


def test_a_bad_end(hosted: Hosted) -> None:
    hosted.ready()

    async def story(stage: Stage) -> None:
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen))
        try:
            raise ValueError("first line\n" + "long\n" * 60 + "last\x1b[2J line")
        except ValueError as error:
            stage.app.post_message(Ended(error))
        await stage.until(lambda: "The experiment failed: ValueError" in stage.text())
        assert "first line" in stage.text() and "last" not in stage.text()
        await stage.press(*["pagedown"] * 9)
        assert "last\\x1b[2J line" in stage.text()
        await stage.press("up", "o")
        assert "✗ failed" in stage.text()
        await stage.send("q")
        await stage.until(lambda: over(stage))

    perform(hosted.app, story)


def test_a_workspace_that_cannot_be_opened(hosted: Hosted) -> None:
    def broken() -> Target:
        raise PermissionError("not allowed")

    hosted.app._open_target = broken

    async def story(stage: Stage) -> None:
        await stage.until(lambda: any("not allowed" in notice for notice in stage.notices))

    perform(hosted.app, story)


def test_how_it_is_told() -> None:
    assert describe(KeyboardInterrupt()) == ("The experiment was interrupted", [])
    assert describe(SystemExit(3)) == ("The experiment left with the code 3", [])
    title, lines = describe(NotAWorkspace("/x is no workspace"))
    assert title == "The experiment failed: NotAWorkspace" and lines == ["/x is no workspace"]
    assert any("ZeroDivisionError" in line for line in describe(ZeroDivisionError("x"))[1])


def test_without_a_terminal_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from xpm_tui import console
    from xpm_workspace.frontends import Options

    monkeypatch.setattr(os, "isatty", lambda number: False)
    sample = Sample()
    with pytest.raises(NoTerminal):
        console.host(lambda: sample.target, lambda: pytest.fail("it ran"))
    with pytest.raises(NoTerminal):
        console.show(sample.target, Options())
