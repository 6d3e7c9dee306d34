"""Conversion of single values: the rules of OmegaConf, and the types that it lacks."""

from __future__ import annotations

import datetime
import enum
import os
import typing
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any

from xpm_config.errors import shown
from xpm_config.node import Node
from xpm_config.suggest import did_you_mean, listing

_TRUE = ("true", "yes", "on", "y", "1")
_FALSE = ("false", "no", "off", "n", "0")


class Mismatch(Exception):
    """A value does not fit a type: `expected` says what would."""

    def __init__(self, expected: str, *, hint: str | None = None) -> None:
        super().__init__(expected)
        self.expected = expected
        self.hint = hint


def convert_leaf(node: Node, kind: Any) -> Any:
    """Return a single value as a `kind`.

    Raises:
        Mismatch: It does not fit.
    """
    value = node.value
    converter = _LEAVES.get(kind)
    if converter is not None:
        return converter(node)
    if not isinstance(kind, type):
        raise Mismatch(f"a {type_name(kind)} (a type that YAML cannot give)")
    if issubclass(kind, enum.Enum):
        return _enum(node, kind)
    if issubclass(kind, PurePath):
        if isinstance(value, (str, PurePath)) and str(value):
            return kind(os.path.expanduser(value))
        raise Mismatch("a path")
    if isinstance(value, kind):
        return value
    if issubclass(kind, (str, int, float)):
        base = next(b for b in (str, int, float) if issubclass(kind, b))
        try:
            return kind(_LEAVES[base](node))
        except ValueError as error:
            raise Mismatch(f"a {kind.__name__} ({error})") from error
    raise Mismatch(f"a {kind.__name__} (a type that YAML cannot give)")


def _text(node: Node) -> str:
    if isinstance(node.value, str):
        return node.value
    if isinstance(node.value, (bool, int, float)):
        return node.text if node.text is not None else str(node.value)
    if isinstance(node.value, PurePath):
        return str(node.value)
    raise Mismatch("a text")


def _boolean(node: Node) -> bool:
    value = node.value
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.lower() in (*_TRUE, *_FALSE):
        return value.lower() in _TRUE
    raise Mismatch("true or false")


def _integer(node: Node) -> int:
    value = node.value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer() and "e" in (node.text or "").lower():
        return int(value)  # `1e6` steps
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            pass
    raise Mismatch("an integer")


def _float(node: Node) -> float:
    value = node.value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            raise Mismatch("a number (this one is too large)") from None
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            pass
    raise Mismatch("a number")


def _date(node: Node) -> datetime.date:
    try:
        return datetime.date.fromisoformat(_text(node))
    except ValueError:
        raise Mismatch("a date such as 2024-01-31") from None


def _datetime(node: Node) -> datetime.datetime:
    try:
        return datetime.datetime.fromisoformat(_text(node))
    except ValueError:
        raise Mismatch("a date and time such as 2024-01-31T12:00:00") from None


_LEAVES: dict[Any, Callable[[Node], Any]] = {
    str: _text,
    bool: _boolean,
    int: _integer,
    float: _float,
    datetime.date: _date,
    datetime.datetime: _datetime,
    os.PathLike: lambda node: Path(_text(node)),
}


def _enum(node: Node, kind: type[enum.Enum]) -> enum.Enum:
    """Find a member by value, then by name, then by either without regard to case."""
    value = node.value
    if isinstance(value, kind):
        return value
    raw = value.value if isinstance(value, enum.Enum) else value
    text = node.text if node.text is not None else str(raw)
    members = kind.__members__
    for member in members.values():
        if type(member.value) is type(value) and member.value == value:
            return member
    by_text = [m for m in members.values() if str(m.value) == text]
    by_name = [m for name, m in members.items() if name == text]
    folded = text.lower()
    by_folded_value = [m for m in members.values() if str(m.value).lower() == folded]
    by_folded_name = [m for name, m in members.items() if name.lower() == folded]
    for found in (by_text, by_name, by_folded_value, by_folded_name):
        if found and not isinstance(value, (dict, list)) and value is not None:
            return found[0]
    choices = [str(m.value) if isinstance(m.value, (str, int)) else m.name for m in kind]
    raise Mismatch(f"one of {listing(choices)}", hint=did_you_mean(text, choices))


def convert_literal(node: Node, choices: tuple[Any, ...]) -> Any:
    """Return the member of a `Literal` that the value is, or that it is written like.

    Raises:
        Mismatch: It is none of them.
    """
    for choice in choices:
        if type(choice) is type(node.value) and choice == node.value:
            return choice
    if not isinstance(node.value, (dict, list)):
        # `Literal["on"]` with `on` in the YAML, `Literal["1"]` with `1`.
        text = node.text if node.text is not None else str(node.value)
        for choice in choices:
            if str(choice.value if isinstance(choice, enum.Enum) else choice) == text:
                return choice
    texts = [str(choice) for choice in choices]
    raise Mismatch(f"one of {listing(texts)}", hint=did_you_mean(str(node.value), texts))


_NAMES: dict[Any, str] = {
    str: "a text",
    int: "an integer",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "keys and values",
    type(None): "null",
    Any: "anything",
}


def type_name(kind: Any) -> str:
    """Return a type as a person would say it."""
    origin = typing.get_origin(kind) or kind
    for known, name in _NAMES.items():
        if origin is known:
            return name
    if isinstance(origin, type):
        return origin.__name__
    return str(kind).replace("typing.", "")


def describe_value(node: Node) -> str:
    """Return what was found, for a message."""
    if isinstance(node.value, dict):
        return "keys and values" if node.value else "an empty mapping"
    if isinstance(node.value, list):
        size = len(node.value)
        return f"a list of {size} items" if size > 1 else "a list of one item" if size else "an empty list"
    if node.value is None:
        return "null"
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    if isinstance(node.value, str):
        return f"the text {shown(node.value)}"
    return shown(node.value)
