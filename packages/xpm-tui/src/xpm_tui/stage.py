"""Plays stories on an application without a terminal, for tests and for the pictures of the documentation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot

from xpm_tui.app import ExperimentTUI
from xpm_tui.sample import sample_target
from xpm_tui.testing import NOW

#: Longest wait for anything; a test never hangs.
PATIENCE_S = 30.0

#: What a test does with an application.
Story = Callable[["Stage"], Awaitable[None]]


class Stage:
    """A running application, and who presses its keys."""

    def __init__(self, app: ExperimentTUI, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys, one by one, and wait each time until all is answered and drawn."""
        for key in keys:
            await self.send(key)
            await self.settle()

    async def send(self, key: str) -> None:
        """Press a key, and wait for nothing."""
        typed = key if len(key) == 1 else None
        self.app.post_message(Key(_character_to_key(key) if typed else key, typed))

    async def settle(self) -> None:
        """Wait until nobody waits for an answer and all is drawn.

        `Pilot.pause` waits until the process is idle, which on a busy machine takes long and proves nothing.
        """
        end = time.monotonic() + PATIENCE_S
        calm = 0
        while calm < 4:
            idle = self.app.desk.idle and bool(self.app.screen._compositor.size)
            await self.pilot._wait_for_screen()
            self.app.screen._on_timer_update()
            calm = calm + 1 if idle else 0
            assert time.monotonic() < end, "the application does not come to rest"
            await asyncio.sleep(0 if idle else 0.002)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something that does not come from a key."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, "what was waited for did not come"
            await self.pilot.pause(0.01)

    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in screen_text(self.app))

    @property
    def notices(self) -> list[str]:
        """What was told in passing."""
        return [notice.message for notice in self.app._notifications]


def screen_text(app: ExperimentTUI) -> list[str]:
    """The lines of the screen."""
    return ["".join(segment.text for segment in line) for line in screen_lines(app)]


def screen_lines(app: ExperimentTUI) -> list[list[Any]]:
    """The segments of the lines of the screen, with those of the screens below."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    strips: Any = update.strips  # type: ignore[union-attr]
    return [[segment for strip in line for segment in strip] for line in strips]


def perform(app: ExperimentTUI, story: Story, size: tuple[int, int] = (100, 30)) -> None:
    """Run an application and a story about it."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            stage = Stage(app, pilot)
            await stage.settle()
            await story(stage)

    asyncio.run(asyncio.wait_for(run(), 3 * PATIENCE_S))


class Sample:
    """The sample, and applications that show it."""

    def __init__(self) -> None:
        self.target, self.monitor, self.controller = sample_target()

    def app(self, **options: Any) -> ExperimentTUI:
        """Return an application."""
        options = {"now": lambda: NOW, "theme": "xpm-dark", "retry_s": 0.02, **options}
        return ExperimentTUI(self.target, **options)

    def perform(self, story: Story, size: tuple[int, int] = (100, 30)) -> None:
        """Run an application that shows the sample, and a story about it."""
        perform(self.app(), story, size)
