"""Names of types: ``__xpmid__ = Identifier("my.lib").model.base``, and how they are shown."""

from __future__ import annotations


class Identifier:
    """A dotted name, made by reading attributes."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, part: str) -> Identifier:
        if part.startswith("_"):
            raise AttributeError(part)
        return Identifier(f"{self._name}.{part}")

    def __getitem__(self, part: str) -> Identifier:
        return Identifier(f"{self._name}.{part}")

    def __call__(self, part: str) -> Identifier:
        return Identifier(f"{self._name}.{part}")

    def __str__(self) -> str:
        return self._name

    def __repr__(self) -> str:
        return f"Identifier({self._name!r})"

    def __eq__(self, other: object) -> bool:
        return str(other) == self._name if isinstance(other, (Identifier, str)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._name)


def shown_name(cls: type) -> str:
    """The name of a class for people: without the function that made it."""
    return cls.__qualname__.rpartition("<locals>.")[2]
