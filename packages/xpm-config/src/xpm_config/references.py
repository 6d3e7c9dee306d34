"""What interpolations refer to, read without OmegaConf: to bound them, and to keep what they need only."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from xpm_config.errors import InterpolationError
from xpm_config.node import Node, Path, dotted, find, to_plain

#: Characters and values that all the interpolations together may produce.
MAX_RESOLVED = 1_000_000

#: References that lead to each other. OmegaConf needs about fifteen stack frames for each.
MAX_HOPS = 30

#: Mappings and lists inside each other, once resolved.
MAX_RESOLVED_DEPTH = 100

#: A plain reference `${a.b}`; resolvers (`${name:...}`) and nested ones are looked into for references only.
_REFERENCE = re.compile(r"(?<!\\)\$\{([^${}:]+)\}")

#: References that are read here as OmegaConf reads them (others may hold quotes or escapes).
_SIMPLE = re.compile(r"[\w.\[\] /-]+")

#: What is not a reference, but refers to nothing either.
_ENVIRONMENT = re.compile(r"\$\{oc\.env:[^${}]*\}")


def relevant(tree: Node, places: dict[Path, Node], leaf: Callable[[Node], Any]) -> Any:
    """Return the part of the tree that the interpolations at `places` need, as plain values.

    OmegaConf takes its time to wrap each value (about 0.1 ms): a list of ten thousand numbers that nothing
    refers to is better left out. Items of lists keep their positions.
    """
    targets = set()
    for path, node in places.items():
        if "${" in _ENVIRONMENT.sub("", _REFERENCE.sub("", node.value)):
            return to_plain(tree, leaf)  # a resolver may look anywhere
        for reference in _REFERENCE.finditer(node.value):
            target = target_of(path, reference[1])
            if target is None or not _SIMPLE.fullmatch(reference[1]):
                return to_plain(tree, leaf)
            targets.add(_as_text(target))
    ways = {_as_text(p)[:n] for p in (*places, *targets) for n in range(len(p) + 1)}

    def build(node: Node, path: Path) -> Any:
        if path in targets or not isinstance(node.value, (dict, list)):
            return to_plain(node, leaf)
        if isinstance(node.value, dict):
            return {k: build(child, (*path, k)) for k, child in node.value.items() if (*path, k) in ways}
        items = (((*path, str(i)), child) for i, child in enumerate(node.value))
        return [build(child, p) if p in ways else None for p, child in items]

    return build(tree, ())


def _as_text(path: Path) -> Path:
    return tuple(str(part) for part in path)


class _Measure(NamedTuple):
    """What a value becomes once its interpolations are resolved."""

    #: Characters and values.
    size: int
    #: References that lead to each other.
    hops: int
    #: Mappings and lists inside each other.
    depth: int


class Estimate:
    """Bounds the size of what interpolations produce, before OmegaConf produces it.

    ``b: ${a}${a}``, ``c: ${b}${b}``... doubles at each line. References are followed once each, and their
    sizes added up; a cycle is found on the way.
    """

    def __init__(self, tree: Node) -> None:
        self._tree = tree
        #: None while it is computed.
        self._known: dict[Path, _Measure | None] = {}

    def check(self, places: dict[Path, Node]) -> None:
        """Refuse what would be too large or does not end.

        Raises:
            InterpolationError: See the class.
        """
        for path, node in places.items():
            found = self._measure(path, node, (path,))
            problem = None
            if found.size > MAX_RESOLVED:
                problem = f"the interpolations expand to more than {MAX_RESOLVED} characters"
            elif found.hops > MAX_HOPS:
                problem = f"more than {MAX_HOPS} interpolations in a row"
            elif found.depth > MAX_RESOLVED_DEPTH:
                problem = f"more than {MAX_RESOLVED_DEPTH} mappings and lists inside each other"
            if problem is not None:
                raise InterpolationError(problem, node.origin, key=dotted(path))

    def _measure(self, path: Path, node: Node, chain: tuple[Path, ...]) -> _Measure:
        """Measure the value at `path`, to which `chain` leads."""
        if path in self._known:
            known = self._known[path]
            if known is not None:
                return known
            cycle = " -> ".join(dotted(p) for p in chain)
            problem = f"the interpolation refers to itself ({cycle})"
            raise InterpolationError(problem, node.origin, key=dotted(path))
        if len(chain) > 200:
            # Only to bound our own recursion: what is this long has too many hops too.
            return _Measure(1, MAX_HOPS + 1, 1)
        self._known[path] = None
        parts = [self._measure(p, child, (*chain, p)) for p, child in self._below(path, node)]
        own = len(node.value) if isinstance(node.value, str) else 1
        measure = _Measure(
            size=min(own + sum(part.size for part in parts), MAX_RESOLVED + 1),
            hops=max((part.hops for part in parts), default=0) + node.is_interpolation,
            depth=max((part.depth for part in parts), default=0) + isinstance(node.value, (dict, list)),
        )
        self._known[path] = measure
        return measure

    def _below(self, path: Path, node: Node) -> list[tuple[Path, Node]]:
        """Return what a value is made of: its items, or what it refers to."""
        if isinstance(node.value, dict):
            return [((*path, key), child) for key, child in node.value.items()]
        if isinstance(node.value, list):
            return [((*path, index), child) for index, child in enumerate(node.value)]
        found = []
        for reference in _REFERENCE.finditer(node.value) if node.is_interpolation else ():
            target = target_of(path, reference[1])
            child = find(self._tree, target) if target is not None else None
            if target is not None and child is not None:
                found.append((_actual(self._tree, target), child))
        return found


def target_of(path: Path, reference: str) -> Path | None:
    """Return the path that a reference stands for; leading dots are relative to the key that holds it."""
    text = re.sub(r"\[([^\[\]]*)\]", r".\1", reference.strip())
    dots = len(text) - len(text.lstrip("."))
    if dots > len(path):
        return None
    base = path[: len(path) - dots] if dots else ()
    return (*base, *text[dots:].split("."))


def _actual(tree: Node, target: Path) -> Path:
    """Return the same path with positions as numbers, so that each place has one name."""
    actual: list[str | int] = []
    node = tree
    for part in target:
        actual.append(int(part) if isinstance(node.value, list) else str(part))
        node = node.value[actual[-1]]
    return tuple(actual)
