"""The lists, dictionaries and sets of sealed configurations: like any other, but nothing can be changed.

They stay lists, dictionaries and sets, since that is what their parameters are declared to be.
"""

from __future__ import annotations

from typing import Any, NoReturn

from xpm_tasks.errors import ReadOnlyError
from xpm_tasks.locations import at, user_location


def _refuse(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
    kind = next(kind for kind in (list, dict, set) if isinstance(self, kind))
    raise ReadOnlyError(
        f"this {kind.__name__} belongs to a sealed configuration{at(user_location())}: work on a copy"
    )


class FrozenList(list[Any]):
    """A list that cannot be changed."""

    append = extend = insert = remove = pop = clear = sort = reverse = _refuse
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse

    def __reduce_ex__(self, protocol: Any) -> Any:
        return list, (list(self),)


class FrozenDict(dict[Any, Any]):
    """A dictionary that cannot be changed."""

    clear = pop = popitem = setdefault = update = _refuse
    __setitem__ = __delitem__ = __ior__ = _refuse

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (dict(self),)


class FrozenSet(set[Any]):
    """A set that cannot be changed. (It is not a `frozenset`: code that asks for a set finds one.)"""

    add = clear = discard = pop = remove = update = _refuse
    difference_update = intersection_update = symmetric_difference_update = _refuse
    __iand__ = __ior__ = __isub__ = __ixor__ = _refuse

    def __reduce_ex__(self, protocol: Any) -> Any:
        return set, (set(self),)


def freeze(value: Any) -> Any:
    """The read-only form of a value. Recursive in containers only.

    Sets are built anew: once sealed, two configurations may be equal that were not before.
    """
    kind = type(value)
    if kind is list:
        return FrozenList([freeze(item) for item in value])
    if kind is dict:
        return FrozenDict({key: freeze(item) for key, item in value.items()})
    if kind is set:
        rebuilt = FrozenSet(value)
        return rebuilt if len(rebuilt) == len(value) else value
    if kind is tuple:
        return tuple(freeze(item) for item in value)
    return value


_CONTAINERS = (list, dict, set, tuple)


def freeze_values(values: dict[str, Any]) -> None:
    """Let nothing change the containers among the values of a configuration."""
    for name, value in values.items():
        if type(value) in _CONTAINERS and not name.startswith("__"):  # which is no parameter
            values[name] = freeze(value)
