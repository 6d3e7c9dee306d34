"""Checking the values of attrs classes and dataclasses against their annotations."""

from __future__ import annotations

from functools import wraps
from typing import Any, TypeVar, get_type_hints

from xpm_tasks.errors import DeclarationError
from xpm_tasks.types.base import Mismatch, short
from xpm_tasks.types.resolve import resolve_type

T = TypeVar("T")


def validate_attrs(target: T) -> T:
    """Check that the attributes of an object are of the types of their annotations.

    As a decorator of an attrs class or dataclass, every object is checked when it is made:

        @validate_attrs
        @attrs.define(kw_only=True)
        class Options:
            rate: float

    The types are those that parameters may have (numbers, strings, paths, enumerations, literals, lists,
    dictionaries, unions...), and classes; attributes of other types are left alone. An attribute is never
    converted: an `int` where a `float` is expected is right, and stays.

    Args:
        target: an object, or a class.

    Returns:
        The same.

    Raises:
        TypeError: an attribute has another type; it is named.
    """
    if not isinstance(target, type):
        _check(target)
        return target
    _field_names(target)
    cls: Any = target
    original = cls.__init__

    @wraps(original)
    def checked(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if type(self) is cls:  # a derived class is not complete yet here: decorate it as well
            _check(self)

    cls.__init__ = checked
    return target


def _check(value: Any) -> None:
    cls = type(value)
    hints = get_type_hints(cls, include_extras=True)
    for name in _field_names(cls):
        if name in hints and hasattr(value, name):
            _check_attribute(f"{cls.__qualname__}.{name}", hints[name], getattr(value, name))


def _check_attribute(where: str, annotation: Any, value: Any) -> None:
    try:
        resolve_type(annotation).check(value)
    except DeclarationError:
        if not isinstance(annotation, type) or isinstance(value, annotation):
            return
        raise TypeError(f"{where} must be {annotation.__qualname__}, not {short(value)}") from None
    except Mismatch as error:
        path = "".join(error.path)
        raise TypeError(f"{where}{path} must be {error.expected}, not {short(error.value)}") from None


def _field_names(cls: type) -> list[str]:
    attributes = getattr(cls, "__attrs_attrs__", None)
    if attributes is not None:
        return [attribute.name for attribute in attributes]
    fields = getattr(cls, "__dataclass_fields__", None)
    if fields is not None:
        return list(fields)
    raise TypeError(f"{cls.__qualname__} is neither an attrs class nor a dataclass")


__all__ = ["validate_attrs"]
