"""The arguments of a constructor: remembered as they were given, and written as JSON and back.

In JSON, a path is `{"__path__": "..."}`, a tuple `{"__tuple__": [...]}`, and a dictionary that is not one of
JSON (other keys than text, or these very ones) `{"__dict__": [[key, value], ...]}`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Collection, Mapping
from pathlib import Path, PurePath
from typing import Any

from xpm_services.errors import NotStorable

_PATH, _TUPLE, _DICT = "__path__", "__tuple__", "__dict__"
_SPECIAL = frozenset({_PATH, _TUPLE, _DICT})

#: Where a stored path is today.
PathTranslator = Callable[[str], "Path | str"]


def bound_arguments(cls: type, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was given to a constructor, by name; `*args` as a list under its name.

    Raises:
        TypeError: the constructor does not take this.
    """
    signature = inspect.signature(cls.__init__)  # type: ignore[misc]
    bound = signature.bind(None, *args, **kwargs)
    given: dict[str, Any] = {}
    for name, value in list(bound.arguments.items())[1:]:
        if signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            given.update(value)
        else:
            given[name] = value
    return given


def call_with(cls: type, arguments: Mapping[str, Any]) -> Any:
    """Call a constructor with what `bound_arguments` gave."""
    positional: list[Any] = []
    named = dict(arguments)
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]  # type: ignore[misc]
    has_rest = any(p.kind is inspect.Parameter.VAR_POSITIONAL and named.get(p.name) for p in parameters)
    for parameter in parameters:
        if parameter.name not in named:
            continue
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            positional.extend(named.pop(parameter.name))
        elif parameter.kind is inspect.Parameter.POSITIONAL_ONLY or (
            # What stands before `*args` can only be given by position, once there are any.
            has_rest and parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        ):
            positional.append(named.pop(parameter.name))
    return cls(*positional, **named)


def encode(value: Any, secret: Collection[str] = (), where: str = "") -> Any:
    """Return a value as JSON has it.

    Args:
        value: what is stored.
        secret: keys that are left out of all dictionaries.
        where: names the value in messages.

    Raises:
        NotStorable: it, or something in it, is of a type that is not stored.
    """
    if value is None or type(value) in (bool, int, str) or (type(value) is float and math.isfinite(value)):
        return value
    if isinstance(value, PurePath):
        return {_PATH: str(value)}
    if type(value) is list:
        return [encode(item, secret, f"{where}[{n}]") for n, item in enumerate(value)]
    if type(value) is tuple:
        return {_TUPLE: [encode(item, secret, f"{where}[{n}]") for n, item in enumerate(value)]}
    if isinstance(value, Mapping):
        pairs = [(key, item) for key, item in value.items() if key not in secret]
        prefix = f"{where}." if where else ""
        encoded = [(key, encode(item, secret, f"{prefix}{key}")) for key, item in pairs]
        if all(type(key) is str and key not in _SPECIAL for key, _ in pairs):
            return dict(encoded)
        return {_DICT: [[encode(key, secret, where), item] for key, item in encoded]}
    what = "is not a finite number" if type(value) is float else f"is a {type(value).__name__}"
    raise NotStorable(f"{where or 'the value'} {what}, which is not stored")


def decode(value: Any, translate: PathTranslator | None = None) -> Any:
    """Return what `encode` was given; paths, encoded or not, go through `translate`."""
    if isinstance(value, PurePath):
        return Path(translate(str(value))) if translate else value
    if type(value) in (list, tuple):
        return type(value)(decode(item, translate) for item in value)
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        [(key, content)] = value.items()
        if key == _PATH and isinstance(content, str):
            return Path(translate(content) if translate else content)
        if key == _TUPLE and isinstance(content, list):
            return tuple(decode(item, translate) for item in content)
        if key == _DICT and isinstance(content, list):
            return {decode(k, translate): decode(item, translate) for k, item in content}
    return {key: decode(item, translate) for key, item in value.items()}
