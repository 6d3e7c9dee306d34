"""Copies of configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from xpm_tasks.errors import ParameterValueError
from xpm_tasks.locations import at, user_location
from xpm_tasks.types.base import short
from xpm_tasks.walk import is_config, postorder, replace

if TYPE_CHECKING:
    from xpm_tasks.config import Config

ConfigT = TypeVar("ConfigT", bound="Config")


def _require_config(value: Any, what: str) -> None:
    if not is_config(value):
        raise ParameterValueError(f"{what} takes a configuration, not {short(value)}{at(user_location())}")


def _blank(config: Any) -> Any:
    """A new object with what is known of another one, but neither its values nor its sealing."""
    from xpm_tasks.information import ConfigInformation

    info = config.__xpm__
    made = object.__new__(type(config))
    copy = ConfigInformation(made, info.type, user_location())
    copy.own_tags = dict(info.own_tags)
    copy.value_tags = info.value_tags
    copy.meta = info.meta
    copy.bindings = info.bindings
    copy.tags_stop = info.tags_stop
    copy.init_tasks = info.init_tasks
    copy.output_of = info.output_of
    copy.resources = info.resources
    copy.defaulted = info.defaulted
    made.__dict__["__xpm__"] = copy
    return made


def copyconfig(config: ConfigT, /, **changes: Any) -> ConfigT:
    """Copy a configuration, with changes; what it holds is shared. The copy is not sealed.

    Generated paths are not copied: the copy gets its own. The copy of the output of a task is still its
    output.

    Args:
        config: The configuration, sealed or not.
        changes: New values of parameters.
    """
    _require_config(config, "copyconfig")
    info = config.__xpm__
    made = _blank(config)
    for name, value in info.values.items():
        if name not in info.generated and name not in changes:
            made.__dict__[name] = replace(value, lambda part: part)
    for name, value in changes.items():
        made.__xpm__.set(name, value)
    result: ConfigT = made
    return result


def clone(config: ConfigT) -> ConfigT:
    """Copy a configuration and all it holds; submitted tasks and their outputs are shared, not copied."""
    _require_config(config, "clone")
    result: ConfigT = clone_into(config, {})
    return result


def clone_value(value: Any) -> Any:
    """Copy a value and the configurations it holds; what they share, the copies share."""
    copies: dict[int, Any] = {}
    return replace(value, lambda config: clone_into(config, copies))


def clone_into(config: Any, copies: dict[int, Any]) -> Any:
    """Copy a configuration and all it holds.

    Args:
        config: The configuration.
        copies: The copies made before, by id of the original; gets those made now.
    """
    order = [item for item in postorder(config) if item is config or not _is_fixed(item)]
    order = [item for item in order if id(item) not in copies]
    for item in order:
        copies[id(item)] = _blank(item)
    for item in order:
        info = item.__xpm__
        made = copies[id(item)]
        made.__xpm__.init_tasks = tuple(copies.get(id(task), task) for task in info.init_tasks)
        for name, value in info.values.items():
            if name not in info.generated:
                made.__dict__[name] = replace(value, lambda part: copies.get(id(part), part))
    return copies[id(config)]


def _is_fixed(config: Any) -> bool:
    return config.__xpm__.job is not None or config.__xpm__.output_of is not None


def setmeta(config: ConfigT, flag: bool | None) -> ConfigT:
    """Say whether a configuration counts in the identifier of what holds it.

    Args:
        config: The configuration.
        flag: True: it never counts. False: it counts, even in an ignored parameter. None: as declared.
    """
    _require_config(config, "setmeta")
    if config.__xpm__.sealed:
        from xpm_tasks.errors import ReadOnlyError

        raise ReadOnlyError(
            f"this {config.__xpm__.type.name} is sealed{at(user_location())}: call setmeta before"
        )
    config.__xpm__.meta = flag
    return config


def sealed_set(config: Config, /, **values: Any) -> None:
    """Set parameters of a sealed configuration that are not part of its identifier.

    Raises:
        ReadOnlyError: a parameter is part of the identifier.
    """
    from xpm_tasks.errors import ReadOnlyError

    _require_config(config, "sealed_set")
    info = config.__xpm__
    for name in values:
        argument = info.type.arguments.get(name)
        if argument is not None and not argument.ignored and argument.generator is None:
            raise ReadOnlyError(
                f"{info.type.name}.{name} is part of the identifier{at(user_location())}: it cannot "
                "change once sealed"
            )
    for name, value in values.items():
        info.set(name, value, bypass=True)
