"""``${...}``: OmegaConf resolves it, here are the bounds and the messages.

OmegaConf is imported when there is an interpolation to resolve, and not before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import PurePath
from typing import Any

from xpm_config.errors import InterpolationError, one_line, shown
from xpm_config.node import Node, Path, dotted, find, from_plain, to_plain, walk
from xpm_config.suggest import closest

#: Characters and values that all the interpolations together may produce.
MAX_RESOLVED = 1_000_000

#: References that lead to each other. OmegaConf needs about fifteen stack frames for each.
MAX_HOPS = 30

#: A plain reference `${a.b}`; resolvers (`${name:...}`) and nested ones are looked into for references only.
_REFERENCE = re.compile(r"(?<!\\)\$\{([^${}:]+)\}")


@dataclass(frozen=True, slots=True)
class Resolution:
    """A tree whose interpolations were replaced by what they stand for."""

    tree: Node
    #: Interpolations that refer to a key which is not in the tree (the schema may have it), or to a resolver
    #: that is not registered yet.
    pending: dict[Path, InterpolationError]


def resolve(tree: Node) -> Resolution:
    """Replace every ``${...}`` of the tree.

    Raises:
        InterpolationError: One of them is wrong whatever the schema is: bad syntax, a cycle, an environment
            variable that is not set, too large.
    """
    places = {path: node for path, node in walk(tree) if node.is_interpolation}
    if not places:
        return Resolution(tree, {})
    _Estimate(tree).check(places)
    return _Resolver(tree, places).run()


class _Resolver:
    def __init__(self, tree: Node, places: dict[Path, Node]) -> None:
        self._tree = tree
        self._places = places
        self._pending: dict[Path, InterpolationError] = {}

    def run(self) -> Resolution:
        config = self._create()
        return Resolution(self._visit(self._tree, (), config), self._pending)

    def _create(self) -> Any:
        from omegaconf import OmegaConf
        from omegaconf.errors import OmegaConfBaseException

        # Recent versions of OmegaConf refuse bad syntax here, without saying where: ask one by one.
        for path, node in self._places.items():
            try:
                OmegaConf.create({"value": node.value})
            except OmegaConfBaseException as error:
                problem = f"bad syntax in {shown(node.value)}: {_said(error)}"
                hint = "write ${key}, or \\${ for the characters themselves"
                raise InterpolationError(problem, node.origin, key=dotted(path), hint=hint) from error
        return OmegaConf.create(to_plain(self._tree, _for_omegaconf), flags={"allow_objects": True})

    def _visit(self, node: Node, path: Path, config: Any) -> Node:
        if isinstance(node.value, dict):
            children = {k: self._visit(v, (*path, k), config) for k, v in node.value.items()}
            return node if _same(children, node.value) else replace(node, value=children)
        if isinstance(node.value, list):
            items = [self._visit(v, (*path, i), config) for i, v in enumerate(node.value)]
            same = all(a is b for a, b in zip(items, node.value, strict=True))
            return node if same else replace(node, value=items)
        return self._leaf(node, path, config) if path in self._places else node

    def _leaf(self, node: Node, path: Path, config: Any) -> Node:
        from omegaconf import OmegaConf
        from omegaconf.errors import OmegaConfBaseException

        parent = config
        try:
            for part in path[:-1]:
                parent = parent._get_node(part)
            value = parent[path[-1]]
            if OmegaConf.is_config(value):
                value = OmegaConf.to_container(value, resolve=True, throw_on_missing=True)
        except _pending_errors() as error:
            self._pending[path] = self._wrong(path, node, error)
            return node
        except (OmegaConfBaseException, RecursionError) as error:
            raise self._wrong(path, node, error) from error
        return from_plain(_unwrapped(value), node.origin)

    def _wrong(self, path: Path, node: Node, error: BaseException) -> InterpolationError:
        said = _said(error)
        hint = None
        if unknown := re.search(r"Interpolation key '([^']+)' not found", said):
            said = f"there is no key '{unknown[1]}'"
            best = closest(unknown[1], [dotted(p) for p, _ in walk(self._tree) if p])
            hint = f"did you mean '{best}'?" if best else "define this key"
        elif gap := re.search(r"Missing mandatory value: (\S+)", said):
            said = f"'{gap[1]}' is still to be given"
            hint = f"use -c {gap[1]}=VALUE"
        elif "Environment variable" in said:
            hint = "set it, or give a default: ${oc.env:NAME,default}"
        elif "Unsupported interpolation type" in said:
            hint = "register the resolver in the `pre_experiment` code"
        problem = f"{said} (in {shown(node.value)})"
        return InterpolationError(problem, node.origin, key=dotted(path), hint=hint)


def _pending_errors() -> tuple[type[Exception], ...]:
    """Return what OmegaConf raises when the schema, or the user's code, may still give what is missing."""
    from omegaconf import errors

    return (
        errors.InterpolationKeyError,
        errors.InterpolationToMissingValueError,
        errors.UnsupportedInterpolationType,
    )


def _same(children: dict[str, Node], before: dict[str, Node]) -> bool:
    return all(child is before[key] for key, child in children.items())


def _said(error: BaseException) -> str:
    """Return the first line of OmegaConf's message (the others repeat the key)."""
    if isinstance(error, RecursionError):
        return "too many interpolations in a row"
    first = str(error).split("\n", 1)[0]
    first = re.sub(r"^\w+(?:Error|Exception|Value) (?:raised )?while resolving interpolation: ", "", first)
    return one_line(first).strip('"')


class _Opaque:
    """Hides a default object from OmegaConf, which would take a tuple or a dataclass apart."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __str__(self) -> str:
        return str(self.value)


def _for_omegaconf(node: Node) -> Any:
    plain = (str, bool, int, float, type(None), Enum, PurePath)
    return node.value if isinstance(node.value, plain) else _Opaque(node.value)


def _unwrapped(value: Any) -> Any:
    if isinstance(value, _Opaque):
        return value.value
    if isinstance(value, dict):
        return {key: _unwrapped(child) for key, child in value.items()}
    return [_unwrapped(child) for child in value] if isinstance(value, list) else value


class _Estimate:
    """Bounds the size of what interpolations produce, before OmegaConf produces it.

    ``b: ${a}${a}``, ``c: ${b}${b}``... doubles at each line. References are followed once each, and their
    sizes added up; a cycle is found on the way.
    """

    def __init__(self, tree: Node) -> None:
        self._tree = tree
        #: Size of each value, and how many references lead to each other below it; None while it is computed.
        self._known: dict[Path, tuple[int, int] | None] = {}

    def check(self, places: dict[Path, Node]) -> None:
        for path, node in places.items():
            size, hops = self._measure(path, node, (path,))
            problem = None
            if size > MAX_RESOLVED:
                problem = f"the interpolations expand to more than {MAX_RESOLVED} characters"
            elif hops > MAX_HOPS:
                problem = f"more than {MAX_HOPS} interpolations in a row"
            if problem is not None:
                raise InterpolationError(problem, node.origin, key=dotted(path))

    def _measure(self, path: Path, node: Node, chain: tuple[Path, ...]) -> tuple[int, int]:
        """Return the size and the hops of the value at `path`, to which `chain` leads."""
        known = self._known.get(path, ())
        if known is None:
            cycle = " -> ".join(dotted(p) for p in chain)
            problem = f"the interpolation refers to itself ({cycle})"
            raise InterpolationError(problem, node.origin, key=dotted(path))
        if known:
            return known
        if len(chain) > 200:
            # Only to bound our own recursion: what is this long has too many hops too.
            return 1, MAX_HOPS + 1
        self._known[path] = None
        parts = [self._measure(p, child, (*chain, p)) for p, child in self._below(path, node)]
        own = len(node.value) if isinstance(node.value, str) else 1
        size = min(own + sum(size for size, _ in parts), MAX_RESOLVED + 1)
        hops = max((hops for _, hops in parts), default=0) + node.is_interpolation
        self._known[path] = size, hops
        return size, hops

    def _below(self, path: Path, node: Node) -> list[tuple[Path, Node]]:
        """Return what a value is made of: its items, or what it refers to."""
        if isinstance(node.value, dict):
            return [((*path, key), child) for key, child in node.value.items()]
        if isinstance(node.value, list):
            return [((*path, index), child) for index, child in enumerate(node.value)]
        found = []
        for reference in _REFERENCE.finditer(node.value) if node.is_interpolation else ():
            target = _target(path, reference[1])
            child = find(self._tree, target) if target is not None else None
            if target is not None and child is not None:
                found.append((_actual(self._tree, target), child))
        return found


def _target(path: Path, reference: str) -> Path | None:
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
