"""The type of a nested configuration, and type variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from xpm_tasks.naming import shown_name
from xpm_tasks.types.base import Mismatch, Type
from xpm_tasks.types.basic import ANY, BASIC, EnumType
from xpm_tasks.types.containers import DictType, ListType, PartsType, SequenceTupleType, SetType, UnionType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xpm_tasks.config import Config


def _same_name(one: type, other: type) -> bool:
    return (one.__module__, one.__qualname__) == (other.__module__, other.__qualname__)


class ConfigType(Type):
    """A configuration of a class, or of one of its subclasses; ``Box[int]`` when the class is generic."""

    holds_configs = True

    def __init__(self, config_class: type[Config], arguments: tuple[Type, ...] = ()) -> None:
        self.config_class = config_class
        self.arguments = arguments
        self.typevars = tuple(dict.fromkeys(v for argument in arguments for v in argument.typevars))

    @property
    def name(self) -> str:
        name = shown_name(self.config_class)
        return f"{name}[{', '.join(a.name for a in self.arguments)}]" if self.arguments else name

    def check(self, value: Any) -> Any:
        kind = type(value)
        if getattr(kind, "__xpm_made__", False):
            if isinstance(value, self.config_class):
                if self.arguments:
                    self._check_arguments(value)
                return value
            replacement = kind.__xpmtype__.convert_for(value, self.config_class)
            if replacement is not None:
                return replacement
        raise Mismatch(self.name, value, hint=self._hint(value))

    def _hint(self, value: Any) -> str:
        if isinstance(value, type) and issubclass(value, self.config_class):
            return f"this is the class: write {value.__name__}.C(...)"
        if isinstance(value, self.config_class):
            return "this is an instance: give the configuration it was made from"
        made = type(value) if not isinstance(value, type) else value
        if any(_same_name(base, self.config_class) for base in made.__mro__):
            return (
                f"it comes from another definition of {shown_name(self.config_class)}: after a class is "
                "defined again (in a notebook, or by a reload), so must be those that name it, and objects "
                "made again"
            )
        return ""

    def _check_arguments(self, value: Any) -> None:
        from xpm_tasks.generics import arguments_of

        found = arguments_of(value, self.config_class)
        for wanted, given in zip(self.arguments, found, strict=False):
            if not (
                given.typevars or wanted.typevars or given.narrows(wanted) or wanted is ANY or given is ANY
            ):
                name = shown_name(self.config_class)
                raise Mismatch(
                    self.name, value, hint=f"it is a {name}[{', '.join(item.name for item in found)}]"
                )

    def infer(self, value: Any, bindings: dict[TypeVar, Type]) -> None:
        from xpm_tasks.generics import arguments_of

        if self.typevars:
            for wanted, given in zip(self.arguments, arguments_of(value, self.config_class), strict=False):
                if isinstance(wanted, TypeVarType) and not given.typevars:
                    wanted.bind(given, value, bindings)

    def substitute(self, bindings: Mapping[TypeVar, Type]) -> Type:
        if not self.typevars:
            return self
        return ConfigType(self.config_class, tuple(a.substitute(bindings) for a in self.arguments))

    def narrows(self, other: Type) -> bool:
        if isinstance(other, UnionType):
            return any(self.narrows(part) for part in other.parts)
        if not isinstance(other, ConfigType) or not issubclass(self.config_class, other.config_class):
            return False
        return not (self.arguments and other.arguments) or self.arguments == other.arguments

    def key(self) -> tuple[Any, ...]:
        return (ConfigType, self.config_class, self.arguments)


class TypeVarType(Type):
    """A type variable of a generic configuration."""

    holds_configs = True

    def __init__(self, variable: TypeVar, limits: tuple[Type, ...] = ()) -> None:
        self.variable = variable
        #: The bound, or the constraints.
        self.limits = limits
        self.typevars = (variable,)

    @property
    def name(self) -> str:
        return self.variable.__name__

    def check(self, value: Any) -> Any:
        if not self.limits:
            return ANY.check(value)
        for limit in self.limits:
            try:
                return limit.check(value)
            except Mismatch:
                continue
        raise Mismatch(f"{self.name} ({' | '.join(limit.name for limit in self.limits)})", value)

    def infer(self, value: Any, bindings: dict[TypeVar, Type]) -> None:
        self.bind(type_of(value), value, bindings)

    def bind(self, given: Type, value: Any, bindings: dict[TypeVar, Type]) -> None:
        """Record the concrete type, or refuse a second one."""
        known = bindings.setdefault(self.variable, given)
        joined = join(known, given)
        if joined is None:
            raise Mismatch(f"{known.name} (as {self.name} is elsewhere in this object)", value)
        bindings[self.variable] = joined

    def substitute(self, bindings: Mapping[TypeVar, Type]) -> Type:
        return bindings.get(self.variable, self)

    def key(self) -> tuple[Any, ...]:
        return (TypeVarType, self.variable)


def join(first: Type, second: Type) -> Type | None:
    """The one type that stands for both, or None."""
    if second.narrows(first) or second is ANY:
        return first
    if first.narrows(second) or first is ANY:
        return second
    if isinstance(first, PartsType) and type(first) is type(second):
        return _join_parts(first, second)
    if isinstance(first, ConfigType) and isinstance(second, ConfigType):
        for base in first.config_class.__mro__:
            shared = hasattr(base, "__xpmtype__") and issubclass(second.config_class, base)
            if shared and not base.__module__.startswith("xpm_tasks"):
                return ConfigType(base)
    return None


def _join_parts(first: PartsType, second: Any) -> Type | None:
    if len(first.parts) != len(second.parts):
        return None
    parts = [join(one, two) for one, two in zip(first.parts, second.parts, strict=True)]
    return type(first)(*parts) if None not in parts else None  # type: ignore[arg-type]


def type_of(value: Any) -> Type:
    """The concrete type of a value."""
    kind = type(value)
    if getattr(kind, "__xpm_made__", False):
        return ConfigType(kind.__xpmtype__.config_class)
    if kind in BASIC:
        return BASIC[kind]
    if hasattr(kind, "__members__"):
        return EnumType(kind)
    if kind is dict:
        return DictType(_type_of_all(value), _type_of_all(value.values()))
    for container, made in ((list, ListType), (tuple, SequenceTupleType), (set, SetType)):
        if kind is container:
            return made(_type_of_all(value))
    return ANY


def _type_of_all(values: Any) -> Type:
    result: Type | None = None
    for value in values:
        found = type_of(value)
        result = found if result is None else join(result, found) or ANY
    return result or ANY
