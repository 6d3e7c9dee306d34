"""The ``grid_search:`` block of a YAML file: dotted keys and the values to explore for each."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Union

from xpm_config.convert import Converter
from xpm_config.errors import GridError, UnknownKeyError
from xpm_config.fields import describe, is_structured
from xpm_config.grid_search import GenericParams, grid_values, is_description
from xpm_config.node import Node, Path, dotted, find
from xpm_config.overrides import Override, apply_override
from xpm_config.suggest import valid_keys

_BLOCK = "grid_search"


def read_grid_block(tree: Node, schema: type) -> tuple[dict[str, GenericParams[Any]], Node]:
    """Return the values to explore by dotted key, and the tree with the block read.

    A key that only the block gives gets its first value, so that the object can be made.

    Raises:
        GridError: The block is not made of keys and lists of values.
        UnknownKeyError: The schema has no such key.
    """
    block = tree.value.get(_BLOCK)
    if block is None or block.value is None or (block.default and not block.value):
        return {}, tree
    if not isinstance(block.value, dict):
        raise GridError("expected dotted keys, each with its values", block.origin, key=_BLOCK)
    found: dict[str, GenericParams[Any]] = {}
    for path, node in _entries(block, ()):
        key = dotted(path)
        kind = _type_at(schema, path, node)
        values = grid_values(node, (_BLOCK, key)) or [node]
        found[key] = GenericParams([Converter().convert(v, kind, (_BLOCK, key)) for v in values])
        current = find(tree, path)
        if current is None or current.is_missing:
            tree = apply_override(tree, Override(path=path, value=values[0], origin=node.origin))
    params = {
        key: Node(value, block.value[key].origin if key in block.value else block.origin)
        for key, value in found.items()
    }
    return found, replace(tree, value={**tree.value, _BLOCK: replace(block, value=params)})


def _entries(node: Node, path: Path) -> Iterator[tuple[Path, Node]]:
    """Yield each key of the block with its values; keys may be dotted, nested, or both."""
    for name, child in node.value.items():
        inner = (*path, *name.split("."))
        if not all(inner):
            raise GridError(f"'{name}' is not a key", child.origin, key=_BLOCK)
        if isinstance(child.value, dict) and not is_description(child):
            yield from _entries(child, inner)
        else:
            yield inner, child


def _type_at(kind: Any, path: Path, node: Node) -> Any:
    """Return the declared type of a dotted key."""
    for depth, part in enumerate(path):
        kind = _without_none(kind)
        origin = typing.get_origin(kind) or kind
        arguments = typing.get_args(kind)
        if is_structured(origin):
            fields = describe(origin).fields
            if part not in fields:
                hint = valid_keys(str(part), fields)
                problem = f"{origin.__name__} has no such key"
                raise UnknownKeyError(
                    problem, node.origin, key=f"{_BLOCK}.{dotted(path[: depth + 1])}", hint=hint
                )
            kind = fields[str(part)].type
        elif len(arguments) == 2 and origin is dict:
            kind = arguments[1]
        elif arguments and origin in (list, tuple):
            kind = arguments[0]
        else:
            return Any
    return _without_mark(kind)


def _without_none(kind: Any) -> Any:
    kind = _without_mark(kind)
    if typing.get_origin(kind) in (Union, types.UnionType):
        members = [m for m in typing.get_args(kind) if m is not type(None)]
        return members[0] if len(members) == 1 else Any
    return kind


def _without_mark(kind: Any) -> Any:
    return typing.get_args(kind)[0] if typing.get_origin(kind) is typing.Annotated else kind
