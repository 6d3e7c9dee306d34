"""Going through configurations without recursion: a chain may be thousands long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xpm_tasks.config import Config

#: How a configuration is reached from the one that holds it: ``("layers", "0")``.
Steps = tuple[str, ...]

_CONTAINERS = (list, dict, tuple, set, frozenset)


def is_config(value: Any) -> bool:
    """Tell whether it is a configuration object (and neither a class nor an instance)."""
    return getattr(type(value), "__xpm_made__", False) is True


def configs_in(value: Any) -> list[Any]:
    """The configurations that a value holds, itself or in its containers, in order."""
    if is_config(value):
        return [value]
    return [config for _, config in parts(value, ())] if isinstance(value, _CONTAINERS) else []


def parts(value: Any, steps: Steps) -> Iterator[tuple[Steps, Any]]:
    """The same, with the way to each. Recursive in containers only."""
    if is_config(value):
        yield steps, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from parts(item, (*steps, str(key)))
    elif isinstance(value, (list, tuple)):
        for position, item in enumerate(value):
            yield from parts(item, (*steps, str(position)))
    elif isinstance(value, (set, frozenset)):
        for position, item in enumerate(ordered_set(value)):
            yield from parts(item, (*steps, str(position)))


def ordered_set(values: Any) -> list[Any]:
    """The elements of a set in an order that does not change from one process to the next."""
    from xpm_tasks.encoding import encoding_digest

    def place(value: Any) -> tuple[bytes, int]:
        return encoding_digest(value), value.__xpm__.serial if is_config(value) else 0

    try:
        return sorted(values, key=place)
    except ValueError:  # no identifier (yet): the caller will find out why, and say it better
        return list(values)


def children(config: Config) -> list[tuple[Steps, Any]]:
    """The configurations that one holds directly, in its parameters then in its init tasks."""
    found: list[tuple[Steps, Any]] = []
    values = config.__dict__
    for argument in type(config).__xpmtype__.holders:
        value = values.get(argument.name)
        if is_config(value):
            found.append(((argument.name,), value))
        elif isinstance(value, _CONTAINERS):
            found.extend(parts(value, (argument.name,)))
    for position, task in enumerate(values["__xpm__"].init_tasks):
        found.append((("init-tasks", str(position)), task))
    return found


def reachable(root: Config) -> Iterator[Any]:
    """Every configuration below (and including) one, each once, parents before children."""
    seen = {id(root)}
    stack = [root]
    while stack:
        config = stack.pop()
        yield config
        for _, child in reversed(children(config)):
            if id(child) not in seen:
                seen.add(id(child))
                stack.append(child)


def postorder(root: Config) -> list[Any]:
    """Every configuration below (and including) one, each once, parts before what holds them."""
    seen = {id(root)}
    done: list[Any] = []
    stack = [(root, iter(children(root)))]
    while stack:
        config, pending = stack[-1]
        for _, child in pending:
            if id(child) not in seen:
                seen.add(id(child))
                stack.append((child, iter(children(child))))
                break
        else:
            done.append(config)
            stack.pop()
    return done


def replace(value: Any, change: Callable[[Any], Any]) -> Any:
    """A copy of a value where each configuration is changed. Recursive in containers only."""
    if is_config(value):
        return change(value)
    if isinstance(value, list):
        return [replace(item, change) for item in value]
    if isinstance(value, dict):
        return {key: replace(item, change) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        made = {replace(item, change) for item in value}
        # Sealed configurations with one identifier are equal: a set may hold several that it got before.
        return made if len(made) == len(value) else set(value)
    if type(value) is tuple:
        return tuple(replace(item, change) for item in value)
    return value


def show_path(root: Config, steps: Steps) -> str:
    """Write a way for people: ``Train.model.layers[0]``."""
    text: str = type(root).__xpmtype__.name
    for step in steps:
        text += f"[{step}]" if step.lstrip("-").isdigit() else f".{step}"
    return text
