"""Types without parts: numbers, strings, paths, enumerations, literals, anything."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any

from xpm_tasks.naming import shown_name
from xpm_tasks.types.base import Mismatch, Type


class IntType(Type):
    """Integers; a float with an integral value is taken, and stored as an integer."""

    name = "int"

    def check(self, value: Any) -> Any:
        if isinstance(value, int):
            return value
        if isinstance(value, float) and value.is_integer():
            return int(value)
        raise Mismatch("int", value, hint=_integer_hint(value))


def _integer_hint(value: Any) -> str:
    if hasattr(value, "__index__"):
        return "convert it with int(...)"
    return _text_hint(value, "int")


def _text_hint(value: Any, name: str) -> str:
    return f"it is a string: convert it with {name}(...)" if isinstance(value, str) else ""


class FloatType(Type):
    """Floating point numbers; an integer is taken, and stored as a float."""

    name = "float"

    def check(self, value: Any) -> Any:
        kind = type(value)
        if kind is float:
            return value
        if kind is bool:
            raise Mismatch("float", value)
        if isinstance(value, (float, int)):
            try:
                return float(value)
            except OverflowError:
                raise Mismatch("float", value, hint="it is too large for a float") from None
        raise Mismatch("float", value, hint=_text_hint(value, "float"))


class StrType(Type):
    """Strings."""

    name = "str"

    def check(self, value: Any) -> Any:
        if isinstance(value, str):
            return value
        raise Mismatch("str", value, hint="convert it with str(...)" if isinstance(value, Path) else "")


class BoolType(Type):
    """Booleans, and nothing that merely looks like one."""

    name = "bool"

    def check(self, value: Any) -> Any:
        if isinstance(value, bool):
            return value
        raise Mismatch("bool", value, hint="write True or False" if isinstance(value, (int, float)) else "")


class PathType(Type):
    """Paths."""

    name = "Path"
    is_path = True

    def check(self, value: Any) -> Any:
        if isinstance(value, Path):
            return value
        raise Mismatch("Path", value, hint="write Path(...)" if isinstance(value, str) else "")


class NoneType_(Type):
    """None."""

    name = "None"
    optional = True

    def check(self, value: Any) -> Any:
        if value is None:
            return None
        raise Mismatch("None", value)


#: How deep containers may be nested. (Configurations have no limit.)
MAX_DEPTH = 100
_CONTAINERS = (list, tuple, set, frozenset, dict)


def _height(value: Any, known: dict[int, int], left: int = MAX_DEPTH) -> int:
    """How deep containers are nested; more than `MAX_DEPTH` when it is too deep, or one holds itself."""
    if left == 0:
        return MAX_DEPTH + 1
    if id(value) not in known:
        items = value.values() if isinstance(value, dict) else value
        heights = (_height(item, known, left - 1) for item in items if isinstance(item, _CONTAINERS))
        known[id(value)] = 1 + max(heights, default=0)
    return known[id(value)]


class AnyType(Type):
    """Anything."""

    name = "Any"
    holds_configs = True

    def check(self, value: Any) -> Any:
        if isinstance(value, _CONTAINERS) and _height(value, {}) > MAX_DEPTH:
            raise Mismatch(
                f"nested at most {MAX_DEPTH} deep",
                value,
                hint="use configurations, which may be nested as deep as you like",
            )
        return value

    def narrows(self, other: Type) -> bool:
        return isinstance(other, AnyType)


class EnumType(Type):
    """The members of one enumeration."""

    def __init__(self, enum: type[Enum]) -> None:
        self.enum = enum

    @property
    def name(self) -> str:
        return shown_name(self.enum)

    def check(self, value: Any) -> Any:
        if isinstance(value, self.enum):
            return value
        raise Mismatch(self.name, value, hint=self._hint(value))

    def _hint(self, value: Any) -> str:
        for member in self.enum:
            if isinstance(value, str) and value.lower() in (member.name.lower(), member.value):
                return f"write {self.enum.__name__}.{member.name}"
            if isinstance(value, (int, float)) and value == member.value:
                return f"write {self.enum.__name__}.{member.name}"
        return "one of " + ", ".join(f"{self.enum.__name__}.{member.name}" for member in self.enum)

    def key(self) -> tuple[Any, ...]:
        return (EnumType, self.enum)


class LiteralType(Type):
    """A few given values."""

    def __init__(self, values: tuple[Any, ...]) -> None:
        self.values = values
        self.optional = None in values

    @property
    def name(self) -> str:
        return f"Literal[{', '.join(map(repr, self.values))}]"

    def check(self, value: Any) -> Any:
        # Type for type: `True` is not the literal 1.
        for allowed in self.values:
            if type(allowed) is type(value) and allowed == value:
                return allowed
        raise Mismatch(self.name, value)

    def narrows(self, other: Type) -> bool:
        if isinstance(other, LiteralType):
            return set(self.values) <= set(other.values)
        return False

    def key(self) -> tuple[Any, ...]:
        return (LiteralType, tuple((type(value), value) for value in self.values))


INT, FLOAT, STR, BOOL, PATH, NONE, ANY = (
    IntType(),
    FloatType(),
    StrType(),
    BoolType(),
    PathType(),
    NoneType_(),
    AnyType(),
)

#: The type of each plain class.
BASIC: dict[Any, Type] = {
    int: INT,
    float: FLOAT,
    str: STR,
    bool: BOOL,
    Path: PATH,
    None: NONE,
    type(None): NONE,
    Any: ANY,
    object: ANY,
}

#: What a key of a dictionary may be.
KEY_TYPES = (IntType, FloatType, StrType, BoolType, EnumType, LiteralType)
