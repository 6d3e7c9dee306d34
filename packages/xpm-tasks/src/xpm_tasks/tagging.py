"""Tags: the values of an experiment that people look at, such as the learning rate."""

from __future__ import annotations

import warnings
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeVar, cast

from xpm_tasks.errors import ParameterValueError
from xpm_tasks.information import TaggedValue
from xpm_tasks.locations import Location, at, user_location
from xpm_tasks.types.base import short
from xpm_tasks.walk import children, is_config

if TYPE_CHECKING:
    from xpm_tasks.config import Config

T = TypeVar("T")
ConfigT = TypeVar("ConfigT", bound="Config")


class TagDict(dict[str, Any]):
    """Tags: name -> value, with where each was set in `locations`."""

    def __init__(self, found: dict[str, tuple[Any, Location | None]]) -> None:
        super().__init__({name: value for name, (value, _) in found.items()})
        self.locations = {name: location for name, (_, location) in found.items()}


def check_tag(name: str, value: Any) -> Any:
    """Give the value as it is kept in files: a number, a string, a boolean or None."""
    if isinstance(value, Enum) and not isinstance(value, (int, str, float)):
        return value.name
    if isinstance(value, PurePath):
        return value.as_posix()
    if value is None or isinstance(value, (int, float, str)):
        return value
    raise ParameterValueError(
        f"the tag {name!r} must be a number, a string or a boolean, not {short(value)} "
        f"({type(value).__qualname__}){at(user_location())}"
    )


def tag(value: T) -> T:
    """Tag a value with the name of the parameter it is given to: ``Learn.C(lr=tag(1e-3))``."""
    location = user_location(2)
    if is_config(value):
        raise ParameterValueError(
            f"a configuration is tagged with config.tag(name, value), not with tag(config){at(location)}"
        )
    check_tag("tag(...)", value)
    # A type checker sees the value itself, which is what the parameter will hold.
    return cast(T, TaggedValue(value, location))


def stop_tags(config: ConfigT) -> ConfigT:
    """Keep the tags below a configuration from counting for what holds it."""
    if not is_config(config):
        raise ParameterValueError(
            f"stop_tags takes a configuration, not {short(config)}{at(user_location())}"
        )
    config.__xpm__.tags_stop = True
    return config


def tags(config: Config) -> TagDict:
    """The tags of a configuration, of all it holds, and of the task that makes it."""
    return TagDict(_collect(config))


def tagspath(config: Config) -> str:
    """The tags as a name of a folder: ``lr=0.1_model=small``."""
    return "_".join(f"{name}={value}" for name, value in sorted(tags(config).items())).replace("/", "-")


def _collect(root: Any) -> dict[str, tuple[Any, Location | None]]:
    info = root.__xpm__
    if info.tag_cache is not None:
        cached: dict[str, tuple[Any, Location | None]] = info.tag_cache
        return cached
    found: dict[str, tuple[Any, Location | None]] = {}
    seen = {id(root)}
    stack = [root]
    while stack:
        config = stack.pop()
        its = config.__xpm__
        if its.tag_cache is not None:
            _add(found, its.tag_cache)
            continue
        _add(found, {name: (check_tag(name, value), where) for name, (value, where) in its.own_tags.items()})
        below = [child for _, child in children(config)]
        if its.output_of is not None:
            below.append(its.output_of)
        for child in reversed(below):
            if id(child) not in seen and not child.__xpm__.tags_stop:
                seen.add(id(child))
                stack.append(child)
    if info.sealed:
        info.tag_cache = found
    return found


def _add(found: dict[str, tuple[Any, Location | None]], more: dict[str, tuple[Any, Location | None]]) -> None:
    for name, (value, location) in more.items():
        known = found.setdefault(name, (value, location))
        if known[0] != value:
            warnings.warn(
                f"the tag {name!r} has two values: {known[0]!r}{at(known[1])}, and {value!r}{at(location)}: "
                "the first is kept",
                UserWarning,
                stacklevel=2,
            )
