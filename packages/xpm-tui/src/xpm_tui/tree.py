"""Parameters as a tree; no toolkit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from xpm_workspace.parameters import Line

#: What begins the part of a path below another one.
_BELOW = (".", "[", "<")


@dataclass
class Branch:
    """A parameter, with what is in it."""

    #: What it is called in what holds it.
    name: str
    #: Its value as text.
    value: str
    #: From the task on.
    path: str = ""
    inside: list[Branch] = field(default_factory=list)


def grow(lines: Iterable[Line]) -> list[Branch]:
    """Return the parameters as a tree: a path that continues another one is inside of it."""
    root = Branch("", "")
    stack = [root]
    for line in lines:
        while len(stack) > 1 and not _is_below(line.path, stack[-1].path):
            stack.pop()
        name = line.path[len(stack[-1].path) :].lstrip(".")
        branch = Branch(name, line.value, line.path)
        stack[-1].inside.append(branch)
        stack.append(branch)
    return root.inside


def _is_below(path: str, above: str) -> bool:
    return path.startswith(above) and path[len(above) :].startswith(_BELOW)


def walk(branches: Iterable[Branch], depth: int = 0) -> Iterator[tuple[int, Branch]]:
    """Yield all branches with their depth, from top to bottom."""
    for branch in branches:
        yield depth, branch
        yield from walk(branch.inside, depth + 1)
