"""Generic configurations: which concrete type each type variable has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

from xpm_tasks.errors import DeclarationError
from xpm_tasks.types.base import Type
from xpm_tasks.types.resolve import resolve_type

if TYPE_CHECKING:
    from xpm_tasks.config import Config


class BoundClass:
    """``Box[int].C``: makes configurations of a generic class that hold to the types given.

    Args:
        alias: ``Box[int]``, as `typing` knows it.
    """

    def __init__(self, alias: Any) -> None:
        self._alias = alias

    def __call__(self, /, *args: Any, **values: Any) -> Any:
        """Make a configuration object."""
        config_class = self._alias.__origin__.C
        if args:
            return config_class(*args)  # says what is wrong with it
        from xpm_tasks.making import make_config

        return make_config(config_class, values, self._bindings())

    def _bindings(self) -> dict[TypeVar, Type]:
        """What is known of the type variables: ``Pair[int, U]`` says nothing of the second.

        A name in quotes, or a class that no parameter can have, says nothing either.
        """
        bindings = {}
        for variable, given in zip(parameters_of(self._alias.__origin__), self._alias.__args__, strict=False):
            try:
                type_ = resolve_type(given)
            except DeclarationError:
                continue
            if not type_.typevars:
                bindings[variable] = type_
        return bindings

    def __getattr__(self, name: str) -> Any:
        return getattr(self._alias.__origin__.C, name)

    def __repr__(self) -> str:
        return f"{self._alias!r}.C"


def parameters_of(config_class: type[Any]) -> tuple[TypeVar, ...]:
    """The type variables of a class, in the order in which ``Box[...]`` takes them."""
    return getattr(config_class, "__parameters__", ())


def base_bindings(config_class: type[Any], base: type[Any]) -> dict[TypeVar, Type]:
    """How a class fills the type variables of a direct base: ``class IntBox(Box[int])``."""
    for original in config_class.__dict__.get("__orig_bases__", ()):
        if get_origin(original) is base:
            return dict(zip(parameters_of(base), map(resolve_type, get_args(original)), strict=False))
    return {}


def class_arguments(config_class: type[Any], ancestor: type[Any]) -> tuple[Type, ...]:
    """The arguments that a class gives to an ancestor, in terms of its own type variables."""
    if config_class is ancestor:
        return tuple(resolve_type(variable) for variable in parameters_of(ancestor))
    for base in config_class.__bases__:
        if issubclass(base, ancestor):
            bindings = base_bindings(config_class, base)
            return tuple(given.substitute(bindings) for given in class_arguments(base, ancestor))
    return ()


def bindings_of(config: Config) -> dict[TypeVar, Type]:
    """The concrete types of the type variables of one object, from its values.

    Raises:
        Mismatch: two values want two types for one variable.
    """
    given = config.__xpm__.bindings or {}
    bindings = dict(given)
    values = config.__dict__
    for name, argument in type(config).__xpmtype__.arguments.items():
        if argument.type.typevars and values.get(name) is not None:
            argument.type.substitute(given).infer(values[name], bindings)
    return bindings


def arguments_of(config: Any, ancestor: type[Any]) -> tuple[Type, ...]:
    """The concrete arguments of `ancestor` in an object: what is not known stays a type variable."""
    given = class_arguments(type(config).__xpmtype__.config_class, ancestor)
    if any(argument.typevars for argument in given):
        bindings = bindings_of(config)
        return tuple(argument.substitute(bindings) for argument in given)
    return given
