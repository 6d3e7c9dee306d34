"""Lays the defaults of the schema under what the YAML says.

Interpolations may then refer to a default (``${batch_size}``), and a YAML that gives one key of a nested
configuration keeps the other keys of its default.
"""

from __future__ import annotations

import enum
import types
import typing
from dataclasses import replace
from typing import Any, Union

from xpm_config.fields import describe, is_structured
from xpm_config.merge import merge
from xpm_config.node import Node
from xpm_config.origins import Origin


def lay_defaults(node: Node, kind: Any) -> Node:
    """Return `node` with the defaults of `kind` where nothing is written; what is written stays."""
    kind = structured_member(kind)
    kind_of_default = type(node.instance) if is_structured(type(node.instance)) else None
    cls = kind_of_default or typing.get_origin(kind) or kind
    if isinstance(node.value, dict) and is_structured(cls):
        return _lay_fields(node, cls)
    arguments = typing.get_args(kind)
    if isinstance(node.value, list) and arguments:
        fixed = cls is tuple and arguments[-1] is not Ellipsis and len(arguments) == len(node.value)
        kinds = arguments if fixed else (arguments[0],) * len(node.value)
        items = [lay_defaults(child, k) for child, k in zip(node.value, kinds, strict=True)]
        return replace(node, value=items)
    if isinstance(node.value, dict) and len(arguments) == 2:
        return replace(node, value={k: lay_defaults(v, arguments[1]) for k, v in node.value.items()})
    return node


def _lay_fields(node: Node, cls: type) -> Node:
    values = {}
    description = describe(cls)
    for name, field in description.fields.items():
        child = node.value.get(name)
        if field.make_default is not None and (child is None or isinstance(child.value, dict)):
            default = default_node(field.make_default(), Origin(text=f"default of {cls.__name__}"))
            child = default if child is None else merge(default, child)
        if child is not None:
            values[name] = lay_defaults(child, field.type)
    values |= {name: child for name, child in node.value.items() if name not in values}
    return replace(node, value=values)


def default_node(value: Any, origin: Origin) -> Node:
    """Return the tree of a default value; its leaves are the objects themselves."""
    if is_structured(type(value)):
        fields = [name for name in describe(type(value)).fields if hasattr(value, name)]
        children = {name: default_node(getattr(value, name), origin) for name in fields}
        return Node(children, origin, default=True, instance=value)
    if type(value) is dict:
        children = {_key(k): default_node(v, origin) for k, v in value.items()}
        return Node(children, origin, default=True, instance=value)
    if type(value) in (list, tuple):
        return Node([default_node(v, origin) for v in value], origin, default=True, instance=value)
    return Node(value, origin, default=True, instance=value)


def _key(key: Any) -> str:
    return str(key.value if isinstance(key, enum.Enum) else key)


def structured_member(kind: Any) -> Any:
    """Look through `Annotated`, `Optional` and type aliases for the type that may have fields."""
    while True:
        origin = typing.get_origin(kind)
        if hasattr(kind, "__supertype__"):
            kind = kind.__supertype__
        elif hasattr(kind, "__value__") and not isinstance(kind, type):
            kind = kind.__value__
        elif origin is typing.Annotated:
            kind = typing.get_args(kind)[0]
        elif origin is Union or origin is types.UnionType:
            members = [m for m in typing.get_args(kind) if m is not type(None)]
            candidates = [m for m in members if is_structured(m) or typing.get_args(m)]
            if len(candidates) != 1:
                return Any  # several would do: the choice is made when the value is converted
            kind = candidates[0]
        else:
            return kind
