"""The text of ``params.json``: what a task needs, then the task.

A task that follows a thousand others holds the description of them all. Writing it from nothing for each task
of the chain would cost more and more; so the text of what comes *before* a task is kept for a while, and the
next one starts from it. The order of the objects does not depend on what was kept: it always is what the
first dependency of the task needs, that dependency, then the rest.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple

from xpm_tasks.dump import Bases, Dumper
from xpm_tasks.seal import summary_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from xpm_tasks.config import Config

#: How many texts are kept. A chain needs one; a few chains may grow side by side.
_KEPT = 8


class _Beginning(NamedTuple):
    """The description of a submitted task and of what it needs, for those that depend on it."""

    #: One object a line.
    lines: str
    #: The number of each configuration, by id.
    ids: dict[int, int]
    #: The configurations: while they live, their ids are theirs.
    written: tuple[Any, ...]


class _Beginnings:
    """Those used last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, Path | None], _Beginning] = OrderedDict()

    def get(self, task: Config, workspace: Path | None) -> _Beginning | None:
        found = self._kept.get((id(task), workspace))
        if found is not None:
            self._kept.move_to_end((id(task), workspace))
        return found

    def keep(self, task: Config, workspace: Path | None, beginning: _Beginning) -> None:
        self._kept[id(task), workspace] = beginning
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def forget(self) -> None:
        self._kept.clear()


_beginnings = _Beginnings()


def forget_beginnings() -> None:
    """Something that was written has changed: a sealed configuration was marked as the output of a task."""
    _beginnings.forget()


def task_lines(task: Config, bases: Bases) -> str:
    """Describe a task and all it needs, one JSON object a line.

    Args:
        task: The task; the descriptions of its first dependencies are shared when it is sealed.
        bases: The folders that paths are relative to.
    """
    upstream, beginning = _upstream(task, bases.workspace)
    dumper = Dumper(Bases(workspace=bases.workspace), importable=True)
    parts: list[str] = []
    written: list[Any] = []
    if beginning is not None:
        dumper.ids = dict(beginning.ids)
        parts.append(beginning.lines)
        written.extend(beginning.written)
    for dependency in upstream:
        parts.append(_lines(dumper.objects(dependency, maker=None)))
    if upstream:
        whole = _Beginning(_join(parts), dict(dumper.ids), (*written, *dumper.written))
        _beginnings.keep(upstream[-1], bases.workspace, whole)
        parts = [whole.lines]
    if id(task) in dumper.ids:
        # What it makes became a part of what it depends on: nothing can be shared.
        return _lines(Dumper(bases, importable=True).objects(task))
    dumper.bases = bases
    parts.append(_lines(dumper.objects(task)))
    return _join(parts)


def _upstream(task: Config, workspace: Path | None) -> tuple[list[Config], _Beginning | None]:
    """The first dependency of the task, its own first one, and so on, reversed; and what to add to."""
    found: list[Config] = []
    seen = {id(task)}
    node: Config | None = _first_dependency(task)
    while node is not None and id(node) not in seen:
        beginning = _beginnings.get(node, workspace)
        if beginning is not None:
            return found[::-1], beginning
        seen.add(id(node))
        found.append(node)
        node = _first_dependency(node)
    return found[::-1], None


def _first_dependency(task: Config) -> Config | None:
    if not task.__xpm__.sealed:
        return None
    return next((item for item in summary_of(task).dependencies if item is not task), None)


def _lines(objects: Iterable[dict[str, Any]]) -> str:
    return _join([json.dumps(item) for item in objects])


def _join(parts: list[str]) -> str:
    return ",\n".join(part for part in parts if part)


def document(lines: str, **header: Any) -> bytes:
    """Put a header before the objects."""
    return f'{json.dumps(header)[:-1]}, "objects": [\n{lines}\n]}}\n'.encode()
