"""Subscripted fakes (`Dataset[Sample]`) and unions (`Tensor | None`)."""

from __future__ import annotations

import types

from xpm_mock.operators import Arithmetic, Comparisons, Container

TYPE_CHECKING = False  # see decorators.py
if TYPE_CHECKING:
    from typing import Any


class FakeAlias(Arithmetic, Comparisons, Container, types.GenericAlias):
    """What a fake gives when subscripted: a generic alias to `typing`, and a fake to everybody else.

    One cannot tell `Dataset[int]` from `ACTIVATIONS["gelu"]`, so it must do for both. Attributes and calls
    go to the fake that was subscripted, as in any generic alias; this includes the `_xpm_...` methods that
    the operators rely on.
    """

    def __eq__(self, other: object) -> Any:
        same = isinstance(other, types.GenericAlias) and (
            _origin(self) is other.__origin__ and self.__args__ == other.__args__
        )
        return self._xpm_answer(same)

    def __ne__(self, other: object) -> Any:
        return self._xpm_answer(not self == other)

    def __hash__(self) -> int:
        return hash((id(_origin(self)), self.__args__))

    def __bool__(self) -> bool:
        return bool(_origin(self))

    def __getitem__(self, item: Any) -> Any:
        try:  # type variables to fill in
            return FakeAlias(_origin(self), super().__getitem__(item).__args__)
        except TypeError:  # none left
            return FakeAlias(_origin(self), item)

    def __or__(self, other: Any) -> Any:
        return union(self, other, self)

    def __ror__(self, other: Any) -> Any:
        return union(other, self, self)

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        entries: tuple[type, ...] = _origin(self).__mro_entries__(bases)
        return entries

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, _origin(self))

    def __subclasscheck__(self, cls: type) -> bool:
        return issubclass(cls, _origin(self))

    def __reduce__(self) -> Any:
        from operator import getitem

        return getitem, (_origin(self), self.__args__)  # of the real class, where it is read

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__reduce__()

    def __copy__(self) -> FakeAlias:
        return self

    def __deepcopy__(self, memo: object) -> FakeAlias:
        return self


def _origin(alias: FakeAlias) -> Any:
    return alias.__origin__


def is_type_like(thing: object) -> bool:
    """Tell whether something can stand in a type annotation next to `|`."""
    return (
        thing is None
        or isinstance(thing, (type, str, types.GenericAlias, types.UnionType))
        or type(thing).__module__ in ("typing", "typing_extensions")
    )


def union(left: Any, right: Any, fake: Any) -> Any:
    """Return `left | right` as a union of types if both can be types, else as an operation on `fake`."""
    from typing import Union

    try:
        return Union[left, right]  # noqa: UP007  (the operator is what is being defined here)
    except (TypeError, SyntaxError):  # the second for a string that is no expression
        return fake._xpm_operate("__and__", (right,))
