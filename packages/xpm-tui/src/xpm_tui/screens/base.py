"""What screens have in common: a title, keys, and that they follow the workspace."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.screen import Screen

from xpm_tui.bars import KeysBar, ProblemBar, TitleBar
from xpm_tui.link import Link
from xpm_tui.views.base import Hints
from xpm_workspace.records import Changes


class BarScreen(Screen[None]):
    """A screen between a title and the keys that can be pressed."""

    HINTS: ClassVar[Hints] = ()

    def __init__(self, *title: str) -> None:
        super().__init__()
        self.title_bar = TitleBar(*title)
        self.keys_bar = KeysBar(self.HINTS)
        self.problem_bar = ProblemBar()
        self._left = False

    def compose(self) -> ComposeResult:
        yield self.title_bar
        yield from self.compose_content()
        yield self.problem_bar
        yield self.keys_bar

    def compose_content(self) -> ComposeResult:
        """Yield what is between the bars."""
        raise NotImplementedError

    def apply(self, changes: Changes) -> None:
        """Something changed in the workspace."""

    def refresh_all(self) -> None:
        """Somebody wants to be sure that what is shown is what there is."""

    def tick(self) -> None:
        """A second passed."""

    def leave(self, why: str) -> None:
        """Close, since there is nothing to show any more; once, and not below another screen."""
        if self.app.screen is self and not self._left:
            self._left = True
            self.notify(why, severity="warning")
            self.dismiss()

    def show_problem(self, problem: str) -> None:
        """Say what is wrong with the workspace; empty when all is well again."""
        self.problem_bar.show(problem)


class LinkedScreen(BarScreen):
    """A screen about the workspace."""

    def __init__(self, link: Link, *title: str) -> None:
        super().__init__(link.title, *title)
        self.link = link
