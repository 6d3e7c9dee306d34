"""Turns a resolved tree into objects of the schema, or says which value does not fit.

The conversions of leaves are those of OmegaConf (``"3"`` is accepted for an `int`, ``1`` for a `float`, a
number for a `str`, with its text as written), plus what it lacks: enums by value, `Literal`, unions, tuples,
sets, attrs classes.
"""

from __future__ import annotations

import types
import typing
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Mapping,
    MutableMapping,
    MutableSequence,
    MutableSet,
    Sequence,
    Set,
)
from typing import Any, Literal, TypeVar, Union

from xpm_config.errors import ConfigurationError, MissingKeyError, SchemaError, UnknownKeyError
from xpm_config.fields import Description, describe, is_structured
from xpm_config.leaves import Mismatch, convert_leaf, convert_literal, describe_value, type_name
from xpm_config.node import Node, Path, dotted, to_plain
from xpm_config.scalars import read_plain
from xpm_config.suggest import valid_keys

_LISTS: tuple[Any, ...] = (list, Sequence, MutableSequence, Iterable, Collection)
_SETS: tuple[Any, ...] = (set, Set, MutableSet)
_DICTS: tuple[Any, ...] = (dict, Mapping, MutableMapping)

#: Called for `Annotated[T, mark]` when the mark is callable: (converter, node, T, path) -> value.
Special = Callable[["Converter", Node, Any, Path], Any]


def convert(
    node: Node, kind: Any, path: Path = (), *, error_class: type[ConfigurationError] = SchemaError
) -> Any:
    """Return the value of `node` as a `kind`.

    Raises:
        SchemaError: It does not fit (or `error_class`).
    """
    return Converter(error_class).convert(node, kind, path)


class Converter:
    """Converts nodes to types."""

    def __init__(self, error_class: type[ConfigurationError] = SchemaError) -> None:
        self._error_class = error_class

    def convert(self, node: Node, kind: Any, path: Path) -> Any:
        if node.is_missing:
            raise _missing("the value is still to be given ('???')", node, path)
        if node.is_untouched:
            return node.instance  # the class says so: not ours to judge
        try:
            return self.value(node, kind, path)
        except Mismatch as mismatch:
            problem = f"expected {mismatch.expected}, found {describe_value(node)}"
            raise self._error_class(problem, node.origin, key=dotted(path), hint=mismatch.hint) from None

    def value(self, node: Node, kind: Any, path: Path) -> Any:
        """As `convert`, but raises `Mismatch` when it is this very node that does not fit."""
        kind = _unwrap(kind)
        special = _special(kind)
        if special is not None:
            return special(self, node, typing.get_args(kind)[0], path)
        origin = typing.get_origin(kind) or kind
        if origin is typing.Annotated:
            return self.value(node, typing.get_args(kind)[0], path)
        if kind is Any or kind is object:
            is_object = is_structured(type(node.instance))
            return self._structured(node, type(node.instance), path) if is_object else to_plain(node)
        if kind is None or kind is type(None):
            if node.value is None:
                return None
            raise Mismatch("null")
        if origin is Union or origin is types.UnionType:
            return self._union(node, typing.get_args(kind), path)
        if origin is Literal:
            return convert_literal(node, typing.get_args(kind))
        if is_structured(origin):
            return self._structured(node, origin, path)
        if origin in (*_LISTS, *_SETS, *_DICTS, tuple, frozenset):
            return self._container(node, origin, typing.get_args(kind), path)
        return convert_leaf(node, kind)

    def _union(self, node: Node, members: tuple[Any, ...], path: Path) -> Any:
        if node.value is None and type(None) in members:
            return None
        members = tuple(m for m in members if m is not type(None))
        if len(members) == 1:
            return self.value(node, members[0], path)
        # The member that takes the value as it is comes before those that would have to convert it.
        exact = [m for m in members if typing.get_origin(m) is None and type(node.value) is m]
        failures: list[Exception] = []
        for member in (*exact, *members):
            try:
                return self.value(node, member, path)
            except (Mismatch, ConfigurationError) as error:
                failures.append(error)
        inner = [f for f in failures if isinstance(f, ConfigurationError)]
        if len(inner) == 1:  # only one member has this shape: its own error says more
            raise inner[0]
        raise Mismatch(" or ".join(type_name(member) for member in members))

    def _structured(self, node: Node, cls: type, path: Path) -> Any:
        if not isinstance(node.value, dict):
            if isinstance(node.value, cls):
                return node.value  # given by a resolver
            raise Mismatch(f"the keys of {cls.__name__}")
        # A default may be an instance of a class derived from the annotation.
        cls = type(node.instance) if isinstance(node.instance, cls) else cls
        description = describe(cls)
        self.check_keys(node, description, path)
        arguments: dict[str, Any] = {}
        for name, field in description.fields.items():
            child = node.value.get(name)
            if not field.settable:
                continue
            if child is None and not field.required:
                continue  # only the constructor can make this default
            if child is None or (child.default and child.is_missing):
                raise _missing("it is required, and nothing gives it", node, (*path, name))
            if child.value is None and field.make_default is not None and field.make_default() is None:
                arguments[field.argument] = None  # `name: str = None` means that null is fine
            else:
                arguments[field.argument] = self.convert(child, field.type, (*path, name))
        return self._construct(cls, arguments, node, path)

    def check_keys(self, node: Node, description: Description, path: Path) -> None:
        """Refuse keys that the class does not have.

        Raises:
            UnknownKeyError: The closest name is suggested.
        """
        for name, child in node.value.items():
            field = description.fields.get(name)
            if field is not None and (field.settable or child.default):
                continue
            known = [f.name for f in description.fields.values() if f.settable]
            problem = f"{description.cls.__name__} has no such key"
            if field is not None:
                problem = f"{description.cls.__name__} computes this value: it cannot be given"
            hint = valid_keys(name, known)
            raise UnknownKeyError(problem, child.origin, key=dotted((*path, name)), hint=hint)

    def _construct(self, cls: type, arguments: dict[str, Any], node: Node, path: Path) -> Any:
        try:
            return cls(**arguments)
        except (ValueError, TypeError, AssertionError, ArithmeticError, LookupError) as error:
            # Checks of `__post_init__`, or validators of attrs: most often, a mistake in the YAML.
            said = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
            problem = f"{cls.__name__} refuses these values: {said or type(error).__name__}"
            raise self._error_class(problem, node.origin, key=dotted(path) or None) from error

    def _container(self, node: Node, origin: Any, arguments: tuple[Any, ...], path: Path) -> Any:
        if origin in _DICTS:
            if not isinstance(node.value, dict):
                raise Mismatch("keys and values")
            key_type, value_type = arguments or (str, Any)
            return {
                self._key(name, key_type, child, path): self.convert(child, value_type, (*path, name))
                for name, child in node.value.items()
            }
        if not isinstance(node.value, list):
            raise Mismatch("a list")
        if origin is tuple and arguments and arguments[-1] is not Ellipsis:
            return self._fixed_tuple(node, arguments, path)
        item = arguments[0] if arguments else Any
        items = [self.convert(child, item, (*path, i)) for i, child in enumerate(node.value)]
        if origin is tuple:
            return tuple(items)
        if origin in _SETS:
            return set(items)
        return frozenset(items) if origin is frozenset else items

    def _fixed_tuple(self, node: Node, arguments: tuple[Any, ...], path: Path) -> Any:
        arguments = () if arguments == ((),) else arguments
        if len(node.value) != len(arguments):
            raise Mismatch(f"a list of {len(arguments)} items")
        pairs = zip(node.value, arguments, strict=True)
        return tuple(self.convert(child, kind, (*path, i)) for i, (child, kind) in enumerate(pairs))

    def _key(self, name: str, kind: Any, child: Node, path: Path) -> Any:
        key = Node(read_plain(name), child.origin, text=name)
        try:
            return self.value(key, kind, (*path, name))
        except Mismatch as mismatch:
            problem = f"expected {mismatch.expected} as a key, found '{name}'"
            raise self._error_class(problem, child.origin, key=dotted((*path, name))) from None


def _missing(problem: str, node: Node, path: Path) -> MissingKeyError:
    key = dotted(path)
    return MissingKeyError(problem, node.origin, key=key, hint=f"add it to the YAML, or use -c {key}=VALUE")


def _unwrap(kind: Any) -> Any:
    """Follow `NewType`, `type X = ...` and type variables to what they stand for."""
    while True:
        if hasattr(kind, "__supertype__"):
            kind = kind.__supertype__
        elif hasattr(kind, "__value__") and not isinstance(kind, type):
            kind = kind.__value__
        elif isinstance(kind, TypeVar):
            kind = kind.__bound__ or Any
        elif typing.get_origin(kind) is typing.Final:
            kind = typing.get_args(kind)[0]
        else:
            return kind


def _special(kind: Any) -> Special | None:
    for mark in getattr(kind, "__metadata__", ()):
        handler = getattr(mark, "__xpm_convert__", None)
        if handler is not None:
            return handler  # type: ignore[no-any-return]
    return None
