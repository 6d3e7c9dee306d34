"""Errors of the tools.

ToolError
├── CommandFailed     a program that we ran ended with an error
└── WrongOrigin       a distribution of ours was installed from somewhere else
"""

from __future__ import annotations

from collections.abc import Sequence

#: Lines of a failed program's output that are worth showing; the end says what went wrong.
SHOWN_LINES = 60


class ToolError(Exception):
    """Something that the person at the keyboard has to know, in one sentence; shown without a traceback."""


class CommandFailed(ToolError):
    """A program ended with an error; the end of what it said follows."""

    def __init__(self, command: Sequence[str], code: int, output: str) -> None:
        end = "\n".join(output.rstrip().splitlines()[-SHOWN_LINES:])
        super().__init__(f"`{' '.join(command)}` ended with code {code}\n{end}".rstrip())
        self.code = code
        self.output = output


class WrongOrigin(ToolError):
    """A distribution with one of our names does not come from this repository: do not trust it."""
