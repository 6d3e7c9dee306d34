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
from xpm_config.node import Node, Path, dotted, from_plain, walk
from xpm_config.references import Estimate, relevant
from xpm_config.suggest import closest


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
    Estimate(tree).check(places)
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
        return OmegaConf.create(
            relevant(self._tree, self._places, _for_omegaconf), flags={"allow_objects": True}
        )

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
