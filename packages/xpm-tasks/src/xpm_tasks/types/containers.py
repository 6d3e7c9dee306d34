"""Types with parts: lists, sets, tuples, dictionaries, unions, annotated values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from xpm_tasks.annotations import Choices
from xpm_tasks.types.base import Mismatch, Type
from xpm_tasks.types.basic import NoneType_

if TYPE_CHECKING:
    from collections.abc import Mapping


def _typevars(types: tuple[Type, ...]) -> tuple[TypeVar, ...]:
    return tuple(dict.fromkeys(variable for part in types for variable in part.typevars))


class PartsType(Type):
    """A type made of others."""

    def __init__(self, *parts: Type) -> None:
        self.parts = parts
        self.holds_configs = any(part.holds_configs for part in parts)
        self.typevars = _typevars(parts)

    def substitute(self, bindings: Mapping[TypeVar, Type]) -> Type:
        return type(self)(*(part.substitute(bindings) for part in self.parts)) if self.typevars else self

    def key(self) -> tuple[Any, ...]:
        return (type(self), self.parts)

    def narrows(self, other: Type) -> bool:
        return (
            isinstance(other, PartsType)
            and type(other) is type(self)
            and len(other.parts) == len(self.parts)
            and all(mine.narrows(theirs) for mine, theirs in zip(self.parts, other.parts, strict=True))
        )


class ListType(PartsType):
    """Lists."""

    @property
    def name(self) -> str:
        return f"list[{self.parts[0].name}]"

    def check(self, value: Any) -> Any:
        if not isinstance(value, list):
            hint = "write a list: [...]" if isinstance(value, (tuple, set, frozenset)) else ""
            raise Mismatch(self.name, value, hint=hint)
        check = self.parts[0].check
        result: list[Any] = []
        try:
            for item in value:
                result.append(check(item))
        except Mismatch as error:
            raise error.within(f"[{len(result)}]") from None
        return result

    def infer(self, value: Any, bindings: dict[TypeVar, Type]) -> None:
        for position, item in enumerate(value):
            try:
                self.parts[0].infer(item, bindings)
            except Mismatch as error:
                raise error.within(f"[{position}]") from None


class SetType(PartsType):
    """Sets."""

    @property
    def name(self) -> str:
        return f"set[{self.parts[0].name}]"

    def check(self, value: Any) -> Any:
        if not isinstance(value, (set, frozenset)):
            hint = "write a set: {...}" if isinstance(value, (list, tuple)) else ""
            raise Mismatch(self.name, value, hint=hint)
        check = self.parts[0].check
        try:
            return {check(item) for item in value}
        except Mismatch as error:
            raise error.within("{...}") from None

    def infer(self, value: Any, bindings: dict[TypeVar, Type]) -> None:
        for item in value:
            self.parts[0].infer(item, bindings)


class TupleType(PartsType):
    """Tuples with a type for each position."""

    @property
    def name(self) -> str:
        return f"tuple[{', '.join(part.name for part in self.parts) or '()'}]"

    def check(self, value: Any) -> Any:
        if not isinstance(value, tuple) or len(value) != len(self.parts):
            hint = "write a tuple: (...)" if isinstance(value, list) else ""
            raise Mismatch(self.name, value, hint=hint)
        result: list[Any] = []
        try:
            for part, item in zip(self.parts, value, strict=True):
                result.append(part.check(item))
        except Mismatch as error:
            raise error.within(f"[{len(result)}]") from None
        return tuple(result)

    def infer(self, value: Any, bindings: dict[TypeVar, Type]) -> None:
        for part, item in zip(self.parts, value, strict=True):
            part.infer(item, bindings)


class SequenceTupleType(PartsType):
    """Tuples of any length with one type."""

    @property
    def name(self) -> str:
        return f"tuple[{self.parts[0].name}, ...]"

    def check(self, value: Any) -> Any:
        if not isinstance(value, tuple):
            hint = "write a tuple: (...)" if isinstance(value, list) else ""
            raise Mismatch(self.name, value, hint=hint)
        check = self.parts[0].check
        result: list[Any] = []
        try:
            for item in value:
                result.append(check(item))
        except Mismatch as error:
            raise error.within(f"[{len(result)}]") from None
        return tuple(result)

    def infer(self, value: Any, bindings: dict[TypeVar, Type]) -> None:
        for item in value:
            self.parts[0].infer(item, bindings)


class DictType(PartsType):
    """Dictionaries with plain keys."""

    @property
    def name(self) -> str:
        return f"dict[{self.parts[0].name}, {self.parts[1].name}]"

    def check(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise Mismatch(self.name, value)
        check_key, check_value = self.parts[0].check, self.parts[1].check
        result = {}
        for key, item in value.items():
            try:
                checked = check_key(key)
            except Mismatch as error:
                raise error.within(" key") from None
            try:
                result[checked] = check_value(item)
            except Mismatch as error:
                raise error.within(f"[{key!r}]") from None
        return result

    def infer(self, value: Any, bindings: dict[TypeVar, Type]) -> None:
        for key, item in value.items():
            self.parts[0].infer(key, bindings)
            self.parts[1].infer(item, bindings)


class UnionType(PartsType):
    """One of several types; the first that accepts wins."""

    def __init__(self, *parts: Type) -> None:
        super().__init__(*parts)
        self.optional = any(part.optional for part in parts)
        self.is_path = all(part.is_path or isinstance(part, NoneType_) for part in parts)
        self._others = [part for part in parts if not isinstance(part, NoneType_)]

    @property
    def name(self) -> str:
        return " | ".join(part.name for part in self.parts)

    def check(self, value: Any) -> Any:
        if value is None and self.optional:
            return None
        if len(self._others) == 1:  # Optional[T]: what T says about the value is more precise
            return self._check_only(value)
        for part in self._others:
            try:
                return part.check(value)
            except Mismatch:
                continue
        raise Mismatch(self.name, value)

    def _check_only(self, value: Any) -> Any:
        try:
            return self._others[0].check(value)
        except Mismatch as error:
            if not error.path:
                error.expected = self.name
            raise

    def infer(self, value: Any, bindings: dict[TypeVar, Type]) -> None:
        for part in self.parts:
            try:
                part.check(value)
            except Mismatch:
                continue
            part.infer(value, bindings)
            return

    def narrows(self, other: Type) -> bool:
        return all(any(mine.narrows(theirs) for theirs in members(other)) for mine in self.parts)


def members(type_: Type) -> tuple[Type, ...]:
    """The members of a union, or the type alone."""
    return type_.parts if isinstance(type_, UnionType) else (type_,)


class CheckedType(PartsType):
    """A type with a restriction on its values (`Choices`)."""

    def __init__(self, part: Type, choices: Choices | None = None) -> None:
        super().__init__(part)
        self.choices = choices or Choices(())
        self.optional, self.is_path = part.optional, part.is_path

    @property
    def name(self) -> str:
        return f"{self.parts[0].name} ({self.choices!r})"

    def check(self, value: Any) -> Any:
        checked = self.parts[0].check(value)
        if not self.choices.check(checked):
            raise Mismatch(self.name, value)
        return checked

    def infer(self, value: Any, bindings: dict[TypeVar, Type]) -> None:
        self.parts[0].infer(value, bindings)

    def substitute(self, bindings: Mapping[TypeVar, Type]) -> Type:
        return CheckedType(self.parts[0].substitute(bindings), self.choices)

    def key(self) -> tuple[Any, ...]:
        return (CheckedType, self.parts, self.choices.values)

    def narrows(self, other: Type) -> bool:
        if isinstance(other, CheckedType):
            return self.parts[0].narrows(other.parts[0])
        return self.parts[0].narrows(other)
