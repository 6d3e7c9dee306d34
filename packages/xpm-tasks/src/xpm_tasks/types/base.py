"""What a type does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class Mismatch(Exception):
    """A value is not of the type: caught where the parameter is known, and told to the user there.

    Attributes:
        expected: The type wanted, as the user wrote it.
        value: The value refused, which may be deep in the one given.
        path: Where it is in the one given, innermost last: ``("[2]", "['a']")``. hint: What to do, or "".
    """

    def __init__(self, expected: str, value: Any, path: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(expected)
        self.expected = expected
        self.value = value
        self.path = path
        self.hint = hint

    def within(self, step: str) -> Mismatch:
        """The same, seen from the container."""
        return Mismatch(self.expected, self.value, (step, *self.path), self.hint)


class Type:
    """The type of a parameter."""

    #: A value may hold configurations, at any depth.
    holds_configs = False
    #: The type variables it holds.
    typevars: tuple[TypeVar, ...] = ()
    #: None is accepted, and is the value when there is none.
    optional = False
    #: The parameter is a path, so not in the identifier.
    is_path = False

    @property
    def name(self) -> str:
        """The type as the user wrote it."""
        raise NotImplementedError

    def check(self, value: Any) -> Any:
        """Give the value to store.

        Raises:
            Mismatch: the value is not of this type.
        """
        raise NotImplementedError

    def narrows(self, other: Type) -> bool:
        """Tell whether a parameter of type `other` may be redefined with this one."""
        return self == other

    def infer(self, value: Any, bindings: dict[TypeVar, Type]) -> None:
        """Learn the concrete types of type variables from a value that was accepted.

        Raises:
            Mismatch: a type variable has another type already.
        """

    def substitute(self, bindings: Mapping[TypeVar, Type]) -> Type:
        """The type where type variables are replaced."""
        return self

    def key(self) -> tuple[Any, ...]:
        """What makes two types equal."""
        return (type(self),)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Type) and self.key() == other.key()

    def __hash__(self) -> int:
        return hash(self.key())

    def __repr__(self) -> str:
        return self.name

    def __str__(self) -> str:
        return self.name


def short(value: Any, limit: int = 120) -> str:
    """Show a value in one line."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - the repr of a user's object may do anything; an error message must come out
        text = object.__repr__(value)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 3] + "..."
