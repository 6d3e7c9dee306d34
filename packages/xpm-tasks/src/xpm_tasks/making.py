"""Configuration objects: how they are made, and what they do when an attribute is read or set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from xpm_tasks.errors import MissingParameterError, NotAnInstanceError, ReadOnlyError
from xpm_tasks.fields import MISSING
from xpm_tasks.information import ConfigInformation, unknown_parameter
from xpm_tasks.locations import Location, at, user_location

if TYPE_CHECKING:
    from xpm_tasks.typeinfo import ObjectType
    from xpm_tasks.types.base import Type


def make_config(cls: Any, values: dict[str, Any], bindings: dict[TypeVar, Type] | None = None) -> Any:
    """Make a configuration object: what ``Model.C(...)`` does.

    Args:
        cls: The class of configuration objects.
        values: Its parameters.
        bindings: What the type variables of a generic class stand for.
    """
    type_: ObjectType = cls.__xpmtype__
    location = user_location(2)
    if type_.deprecation is not None:
        type_.deprecation.warn(location)
    config = object.__new__(cls)
    info = ConfigInformation(config, type_, location)
    if bindings:
        info.bindings = bindings
    config.__dict__["__xpm__"] = info
    arguments = type_.arguments
    for name, value in values.items():
        argument = arguments.get(name)
        if argument is None:
            _set_other(config, info, name, value, location)
        elif argument.constant:
            raise ReadOnlyError(f"{type_.name}.{name} is a constant{at(location)}")
        else:
            info.store(argument, value)
    if type_.deprecation is not None and type_.deprecation.replaces:
        return type_.deprecation.convert(config)
    return config


def _set_other(
    config: Any, info: ConfigInformation, name: str, value: Any, location: Location | None
) -> None:
    """Set a parameter that has been deprecated, or refuse."""
    setter = info.type.deprecated_setter(name)
    if setter is None:
        raise unknown_parameter(info.type, name)
    setter(config, value, location)


class ConfigMixin:
    """What a configuration object does, whatever its class. Comes first among its bases."""

    __xpm__: ConfigInformation

    def __setattr__(self, name: str, value: Any) -> None:
        info: ConfigInformation = self.__dict__["__xpm__"]
        if name in info.type.arguments:
            info.set(name, value)
            return
        setter = info.type.deprecated_setter(name)
        if setter is not None:
            setter(self, value, user_location())
        elif _is_dunder(name) or hasattr(getattr(type(self), name, None), "__set__"):
            # Libraries keep what they know of a configuration in attributes that cannot be parameters.
            object.__setattr__(self, name, value)
        else:
            raise unknown_parameter(info.type, name)

    def __delattr__(self, name: str) -> None:
        info: ConfigInformation = self.__dict__["__xpm__"]
        if info.sealed:
            raise ReadOnlyError(f"{info.type.name}.{name} cannot be removed: the configuration is sealed")
        if name not in info.type.arguments:
            raise unknown_parameter(info.type, name)
        self.__dict__.pop(name, None)
        info.forget_value_tag(name)

    def __getattr__(self, name: str) -> Any:
        # Called for what is not stored: a default, or a mistake; or because a property raised an
        # AttributeError,
        # which must not be hidden by another one.
        for cls in type(self).__mro__:
            if hasattr(cls.__dict__.get(name), "__get__"):
                return cls.__dict__[name].__get__(self, type(self))
        if name.startswith("__"):
            raise AttributeError(name)
        info: ConfigInformation = self.__dict__["__xpm__"]
        argument = info.type.arguments.get(name)
        if argument is None:
            raise _no_attribute(info.type, name)
        value = info.value(argument)
        if value is not MISSING:
            return value
        if argument.generator is not None:
            raise MissingParameterError(
                f"{info.type.name}.{name} is generated when the configuration is sealed{at(user_location())}"
            )
        raise MissingParameterError(
            f"{info.type.name}.{name} has no value{at(user_location())}; made without it{at(info.location)}"
        )

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, ConfigMixin):
            return NotImplemented
        mine, theirs = self.__xpm__, other.__xpm__
        if not (mine.sealed and theirs.sealed):
            return False
        return mine.identifier == theirs.identifier

    def __hash__(self) -> int:
        # Until it is sealed, an object is only equal to itself.
        info = self.__xpm__
        return hash(info.identifier) if info.sealed else object.__hash__(self)

    def __repr__(self) -> str:
        from xpm_tasks.showing import show

        return show(self)

    def __copy__(self) -> Any:
        from xpm_tasks.copying import copyconfig

        return copyconfig(cast(Any, self))

    def __deepcopy__(self, memo: Any) -> Any:
        from xpm_tasks.copying import clone_into

        return clone_into(self, memo)

    def __reduce_ex__(self, protocol: Any) -> Any:
        # Instances go to other processes (the workers of a data loader) with what they were made from.
        return object.__new__, (type(self),), {"__xpm__": self.__xpm__, **self.__xpm__.values}

    def __setstate__(self, state: dict[str, Any]) -> None:
        from xpm_tasks.frozen import freeze_values

        self.__dict__.update(state)
        if self.__xpm__.sealed:
            freeze_values(self.__dict__)


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _no_attribute(type_: ObjectType, name: str) -> AttributeError:
    if name in ("remaining_time", "register_task_output", "xpmconfig"):
        return NotAnInstanceError(
            f"{type_.name}.{name} is for instances{at(user_location())}: this is a configuration"
        )
    return unknown_parameter(type_, name)
