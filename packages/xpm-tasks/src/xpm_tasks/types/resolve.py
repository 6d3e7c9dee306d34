"""From what the user wrote after the colon to a type."""

from __future__ import annotations

import types
from enum import Enum
from pathlib import PurePath
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from xpm_tasks.annotations import Choices
from xpm_tasks.errors import DeclarationError
from xpm_tasks.types.base import Type
from xpm_tasks.types.basic import ANY, BASIC, KEY_TYPES, PATH, EnumType, LiteralType
from xpm_tasks.types.configs import ConfigType, TypeVarType
from xpm_tasks.types.containers import (
    CheckedType,
    DictType,
    ListType,
    SequenceTupleType,
    SetType,
    TupleType,
    UnionType,
    members,
)


def resolve_type(annotation: Any) -> Type:
    """Give the type that an annotation stands for.

    Args:
        annotation: Evaluated: no string, no forward reference left.

    Raises:
        DeclarationError: parameters cannot have this type.
    """
    if annotation.__hash__ is not None and annotation in BASIC:
        return BASIC[annotation]
    if isinstance(annotation, TypeVar):
        return _typevar(annotation)
    origin = get_origin(annotation)
    if origin is not None:
        return _generic(annotation, origin, get_args(annotation))
    if isinstance(annotation, type):
        return _class(annotation)
    # PEP 695 aliases, and NewType: what they stand for.
    for attribute in ("__value__", "__supertype__"):
        if hasattr(annotation, attribute):
            return resolve_type(getattr(annotation, attribute))
    raise _unsupported(annotation)


def _typevar(variable: TypeVar) -> Type:
    limits = variable.__constraints__ or ((variable.__bound__,) if variable.__bound__ is not None else ())
    return TypeVarType(variable, tuple(resolve_type(limit) for limit in limits))


def _class(annotation: type) -> Type:
    if hasattr(annotation, "__xpmtype__"):
        return ConfigType(annotation)
    if issubclass(annotation, Enum):
        return EnumType(annotation)
    if issubclass(annotation, PurePath):
        return PATH
    bare = _BARE.get(annotation)
    if bare is not None:
        return bare
    raise _unsupported(annotation)


def _generic(annotation: Any, origin: Any, arguments: tuple[Any, ...]) -> Type:
    if origin is Annotated:
        return _annotated(annotation)
    if not arguments and origin in _BARE and not isinstance(annotation, types.GenericAlias):
        return _BARE[origin]  # typing.List, without brackets
    if origin is Literal:
        return LiteralType(arguments)
    if origin is Union or origin is getattr(types, "UnionType", None):
        return _union(arguments)
    if origin is tuple:
        return _tuple(arguments)
    if isinstance(origin, type) and hasattr(origin, "__xpmtype__"):
        return ConfigType(origin, tuple(map(resolve_type, arguments)))
    if origin is dict and len(arguments) == 2:
        return _dict(resolve_type(arguments[0]), resolve_type(arguments[1]))
    if origin in _ONE_PART and len(arguments) == 1:
        made: Type = _ONE_PART[origin](resolve_type(arguments[0]))
        return made
    raise _unsupported(annotation)


def _annotated(annotation: Any) -> Type:
    result = resolve_type(annotation.__origin__)
    for item in annotation.__metadata__:
        if isinstance(item, Choices):
            result = CheckedType(result, item)
    return result


def _union(arguments: tuple[Any, ...]) -> Type:
    parts = tuple(dict.fromkeys(part for argument in arguments for part in members(resolve_type(argument))))
    return parts[0] if len(parts) == 1 else UnionType(*parts)


def _tuple(arguments: tuple[Any, ...]) -> Type:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return SequenceTupleType(resolve_type(arguments[0]))
    # In 3.10, `tuple[()]` has the arguments `((),)`.
    return TupleType(*(resolve_type(argument) for argument in arguments if argument != ()))


def _dict(key: Type, value: Type) -> Type:
    if not all(isinstance(part, KEY_TYPES) or part is ANY for part in members(key)):
        raise DeclarationError(
            f"the keys of a dictionary are numbers, strings, booleans or enumerations, not {key}"
        )
    return DictType(key, value)


def _unsupported(annotation: Any) -> DeclarationError:
    name = getattr(annotation, "__qualname__", None) or repr(annotation)
    return DeclarationError(
        f"{name} cannot be the type of a parameter. A parameter is a number, a string, a boolean, a Path, "
        "an Enum, a Literal, a list, a set, a tuple, a dict, a configuration, a union of these, or Any"
    )


_ONE_PART: dict[Any, Any] = {list: ListType, set: SetType, frozenset: SetType}

_BARE: dict[Any, Type] = {
    list: ListType(ANY),
    set: SetType(ANY),
    frozenset: SetType(ANY),
    tuple: SequenceTupleType(ANY),
    dict: DictType(ANY, ANY),
}
