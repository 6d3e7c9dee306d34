"""Actions: what a person may do with the results of an experiment, such as publishing a model."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TextIO, runtime_checkable

from xpm_tasks.config import Config


@runtime_checkable
class Interaction(Protocol):
    """Asks a person. Each question has a key, so that answers can also be given beforehand."""

    def choice(self, key: str, label: str, choices: Sequence[str], default: str | None = None) -> str:
        """Ask for one of several answers."""

    def checkbox(self, key: str, label: str, default: bool = False) -> bool:
        """Ask for yes or no."""

    def text(self, key: str, label: str, default: str = "") -> str:
        """Ask for a line of text."""


class Action(Config):
    """Something to do on demand, once an experiment is there."""

    def describe(self) -> str:
        """Say what it does, in one line."""
        return type(self).__xpmtype__.title

    def execute(self, interaction: Interaction) -> Any:
        """Do it."""
        raise NotImplementedError(f"{type(self).__qualname__}.execute")


class CLIInteraction:
    """Asks in a terminal.

    Args:
        answers: Answers given beforehand, by key: those questions are not asked.
        stdin: Where answers are read.
        stdout: Where questions are written; the standard error by default, as the output is for data.
    """

    def __init__(
        self,
        answers: Mapping[str, Any] | None = None,
        *,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
    ) -> None:
        self.answers = dict(answers or {})
        self._stdin = stdin or sys.stdin
        self._stdout = stdout or sys.stderr

    def choice(self, key: str, label: str, choices: Sequence[str], default: str | None = None) -> str:
        """Ask for one of several answers, by its number or its text."""
        if key in self.answers:
            return self._chosen(str(self.answers[key]), key, choices)
        for number, text in enumerate(choices, 1):
            self._stdout.write(f"  {number}) {text}\n")
        while True:
            answer = self._ask(label, default)
            if answer in choices:
                return answer
            if answer.isdigit() and 1 <= int(answer) <= len(choices):
                return choices[int(answer) - 1]
            self._stdout.write(f"Answer with a number from 1 to {len(choices)}.\n")

    def checkbox(self, key: str, label: str, default: bool = False) -> bool:
        """Ask for yes or no."""
        if key in self.answers:
            given = self.answers[key]
            return given if isinstance(given, bool) else _yes(str(given)) is True
        while True:
            answer = _yes(self._ask(f"{label} (y/n)", "y" if default else "n"))
            if answer is not None:
                return answer
            self._stdout.write("Answer with y or n.\n")

    def text(self, key: str, label: str, default: str = "") -> str:
        """Ask for a line of text."""
        if key in self.answers:
            return str(self.answers[key])
        return self._ask(label, default)

    def _ask(self, label: str, default: str | None) -> str:
        shown = f" [{default}]" if default else ""
        self._stdout.write(f"{label}{shown}: ")
        self._stdout.flush()
        line = self._stdin.readline()
        if not line:
            raise EOFError(f"no answer to: {label}")
        return line.strip() or default or ""

    @staticmethod
    def _chosen(answer: str, key: str, choices: Sequence[str]) -> str:
        if answer not in choices:
            raise ValueError(f"{key}: {answer!r} is not one of {', '.join(choices)}")
        return answer


def _yes(answer: str) -> bool | None:
    known = {
        "y": True,
        "yes": True,
        "true": True,
        "1": True,
        "n": False,
        "no": False,
        "false": False,
        "0": False,
    }
    return known.get(answer.lower())
