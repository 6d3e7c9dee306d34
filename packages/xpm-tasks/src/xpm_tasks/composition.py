"""``outer @ inner``: put a configuration where it fits."""

from __future__ import annotations

from typing import Any

from xpm_tasks.errors import ParameterValueError
from xpm_tasks.locations import at, user_location
from xpm_tasks.types.base import Type, short
from xpm_tasks.types.configs import ConfigType
from xpm_tasks.types.containers import members
from xpm_tasks.walk import is_config


def compose(outer: Any, inner: Any) -> Any:
    """Set the one parameter of `outer` that can hold `inner`, and give `outer`.

    Raises:
        ParameterValueError: none can, or several can.
    """
    info = outer.__xpm__
    if not is_config(inner):
        raise ParameterValueError(
            f"{info.type.name} @ ... takes a configuration, not {short(inner)}{at(user_location())}"
        )
    name = inner.__xpm__.type.name
    fitting = [argument.name for argument in info.type.arguments.values() if _holds(argument.type, inner)]
    if not fitting:
        raise ParameterValueError(
            f"{info.type.name} has no parameter that can hold a {name}{at(user_location())}"
        )
    if len(fitting) > 1:
        raise ParameterValueError(
            f"{info.type.name} has several parameters that can hold a {name} ({', '.join(fitting)})"
            f"{at(user_location())}: set the one you mean"
        )
    info.set(fitting[0], inner)
    return outer


def _holds(type_: Type, inner: Any) -> bool:
    return any(
        isinstance(part, ConfigType) and isinstance(inner, part.config_class) for part in members(type_)
    )
