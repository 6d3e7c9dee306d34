"""The words of a declaration: ``x: Param[int]``, ``path: Meta[Path]``.

Each is an alias of ``Annotated[T, kind]``: a type checker sees ``T`` and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Optional, TypeVar

from xpm_tasks.generators import Generator

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "CONSTANT",
    "DATA",
    "META",
    "PARAM",
    "Array",
    "Choices",
    "Constant",
    "DataPath",
    "Help",
    "Meta",
    "Option",
    "OptionalDataPath",
    "Param",
    "ParameterKind",
    "help",
    "kind_of",
]

T = TypeVar("T")


class ParameterKind:
    """What an annotation makes of an attribute."""

    __slots__ = ("constant", "data", "ignored", "name")

    def __init__(
        self, name: str, *, ignored: bool = False, constant: bool = False, data: bool = False
    ) -> None:
        #: As the user writes it.
        self.name = name
        #: Left out of the identifier.
        self.ignored = ignored
        #: Cannot be set.
        self.constant = constant
        #: A path whose content travels when the configuration is saved.
        self.data = data

    def __repr__(self) -> str:
        return self.name


PARAM = ParameterKind("Param")
META = ParameterKind("Meta", ignored=True)
CONSTANT = ParameterKind("Constant", constant=True)
DATA = ParameterKind("DataPath", ignored=True, data=True)

#: A parameter: part of the identifier.
Param = Annotated[T, PARAM]
#: A parameter that does not change results, such as a device or a number of workers: not in the identifier.
Meta = Annotated[T, META]
#: The old name of `Meta`.
Option = Annotated[T, META]
#: A value that marks a version of the code: in the identifier, cannot be set.
Constant = Annotated[T, CONSTANT]
#: The old name of `list` in annotations.
Array = list

if TYPE_CHECKING:
    #: A file or folder whose content travels when the configuration is saved.
    DataPath = Annotated[Path, DATA]
    #: The same, that may be None.
    OptionalDataPath = Annotated[Path | None, DATA]
else:

    def __getattr__(name: str) -> Any:
        """Make `DataPath` and `OptionalDataPath`: a job that needs no path does without `pathlib`."""
        if name not in ("DataPath", "OptionalDataPath"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from pathlib import Path

        # `Optional`: an alias is evaluated, and `Path | None` cannot be annotated in 3.10.
        globals()["DataPath"] = Annotated[Path, DATA]
        globals()["OptionalDataPath"] = Annotated[Optional[Path], DATA]  # noqa: UP045
        return globals()[name]


class Help:
    """The help of a parameter: ``Param[Annotated[int, help("Number of layers")]]``."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"help({self.text!r})"


help = Help


class Choices:
    """The value must be one of those: ``Param[Annotated[str, Choices(["sum", "mean"])]]``."""

    __slots__ = ("values",)

    def __init__(self, values: Iterable[Any]) -> None:
        self.values = tuple(values)

    def check(self, value: Any) -> bool:
        """Tell whether the value is accepted."""
        return value in self.values

    def __repr__(self) -> str:
        return f"one of {', '.join(map(repr, self.values))}"


def kind_of(annotation: Any) -> ParameterKind | None:
    """Read the kind from an evaluated annotation; None for an ordinary attribute."""
    for item in getattr(annotation, "__metadata__", ()):
        if isinstance(item, ParameterKind):
            return item
        if isinstance(item, Generator):  # the old form: Annotated[Path, pathgenerator("name")]
            return META
    return None
