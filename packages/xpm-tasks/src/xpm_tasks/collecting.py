"""From declarations to parameters: reads the annotations of a class, and what it inherits."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from xpm_tasks.arguments import Argument
from xpm_tasks.declarations import Declaration, Unresolved, evaluate, with_metadata
from xpm_tasks.errors import DeclarationError
from xpm_tasks.fields import MISSING
from xpm_tasks.generics import base_bindings
from xpm_tasks.locations import Location
from xpm_tasks.types.base import Type
from xpm_tasks.types.resolve import resolve_type

if TYPE_CHECKING:
    from xpm_tasks.typeinfo import ObjectType


def collect(info: ObjectType, namespace: dict[str, Any] | None) -> dict[str, Argument]:
    """Give all parameters of a class by name, those of the parents first.

    Args:
        info: The class.
        namespace: The names visible where it was made, for a class inside a function.

    Raises:
        Unresolved: an annotation names what does not exist yet.
        DeclarationError: a declaration makes no sense.
    """
    arguments: dict[str, Argument] = {}
    for base in reversed(info.config_class.__bases__):
        parent: ObjectType | None = getattr(base, "__xpmtype__", None)
        if parent is None:
            continue
        try:
            inherited = parent.arguments
        except DeclarationError as error:
            raise Unresolved(str(error)) from None
        bindings = base_bindings(info.config_class, base) if hasattr(base, "__parameters__") else {}
        for name, argument in inherited.items():
            if name in arguments and not issubclass(base, _declarer(info, name)):
                continue  # several parents have it: the one that Python would take wins
            arguments[name] = _specialised(argument, bindings) if bindings else argument
    for name, declaration in info.declarations.items():
        arguments[name] = _declare(info, name, declaration, arguments.get(name), namespace)
    _warn_about_hidden(info, arguments)
    return arguments


def _declarer(info: ObjectType, name: str) -> type:
    """The nearest class above this one that declares a parameter."""
    above = info.config_class.__mro__[1:]
    infos = ((cls, cls.__dict__.get("__xpmtype__")) for cls in above)
    return next(cls for cls, found in infos if found is not None and name in found.declarations)


def _warn_about_hidden(info: ObjectType, arguments: dict[str, Argument]) -> None:
    """``layers = 3`` in a sub-class looks like another default, and is not one."""
    for name, value in info.config_class.__dict__.items():
        if name in arguments and not hasattr(value, "__get__"):
            warnings.warn_explicit(
                f"{info.config_class.__qualname__}.{name} = {value!r} hides the parameter {name!r} and "
                f"does not change its default: write {name}: Param[...] = field(default=..., "
                "overrides=True)",
                UserWarning,
                *(info.location or Location("<unknown>", 0)),
                module=info.config_class.__module__,
            )


def _declare(
    info: ObjectType,
    name: str,
    declaration: Declaration,
    parent: Argument | None,
    namespace: dict[str, Any] | None,
) -> Argument:
    try:
        annotation = evaluate(declaration.annotation, info.config_class, namespace)
        argument = Argument(
            name,
            resolve_type(annotation),
            declaration.kind,
            with_metadata(declaration.field, annotation),
            info.config_class,
        )
    except DeclarationError as error:
        raise DeclarationError(f"{info.label}, parameter {name!r}: {error}") from None
    if argument.constant and argument.default is MISSING:
        raise DeclarationError(f"{info.label}: the constant {name!r} needs a value")
    if parent is not None:
        _check_override(info, argument, parent)
    return argument


def _check_override(info: ObjectType, argument: Argument, parent: Argument) -> None:
    origin = f"{parent.owner.__module__}.{parent.owner.__qualname__}"
    if not _may_override(argument.type, parent.type):
        raise DeclarationError(
            f"{info.label}: parameter {argument.name!r} is {argument.type}, but {parent.type} in {origin}: "
            "it may only be the same type, or a sub-type for configurations"
        )
    if not argument.overrides and not argument.constant:
        warnings.warn_explicit(
            f"{info.config_class.__qualname__}.{argument.name} redefines the parameter of {origin}: "
            "write field(overrides=True) if this is wanted",
            UserWarning,
            *(info.location or Location("<unknown>", 0)),
            module=info.config_class.__module__,
        )


def _specialised(argument: Argument, bindings: dict[Any, Type]) -> Argument:
    """The parameter of a generic parent, once its type variables are known."""
    if not argument.type.typevars:
        return argument
    made = object.__new__(Argument)
    for name in Argument.__slots__:
        setattr(made, name, getattr(argument, name))
    made.type = argument.type.substitute(bindings)
    made.holds_configs = made.type.holds_configs
    made.ignored = argument.ignored or made.type.is_path
    return made


def _may_override(new: Type, old: Type) -> bool:
    if new == old:
        return True
    return new.holds_configs and old.holds_configs and new.narrows(old)
