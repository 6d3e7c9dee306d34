"""The class of a configuration: `@configuration`, and the options that Experimaestro understands."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import sys
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar, overload

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Callable[[Any], Any]:
        """Do nothing: this is for type checkers (`typing` has it from Python 3.11 only)."""
        return lambda decorated: decorated


T = TypeVar("T")

# Values of these types are shared between objects without harm.
_ATOMIC = (str, bytes, int, float, complex, bool, tuple, frozenset, type(None), type, Enum)


class DirtyGitAction(str, Enum):
    """What to do when the git repository of the experiment has uncommitted changes."""

    IGNORE = "ignore"
    WARN = "warn"
    ERROR = "error"

    # A `str` in every respect, so that it equals (and hashes like) the same action of another package.
    __hash__ = str.__hash__

    def __str__(self) -> str:
        return self.value


@overload
def configuration(cls: type[T], /) -> type[T]: ...
@overload
def configuration(*, frozen: bool = False) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(kw_only_default=True, field_specifiers=(dataclasses.field,))
def configuration(cls: type[T] | None = None, /, *, frozen: bool = False) -> Any:
    """Make a class the schema of a YAML file: a dataclass whose fields are given by keyword.

    Fields without default have to be in the YAML file. Defaults may be mutable (``layers: list[int] = [1]``,
    ``model: Model = Model()``): each object gets its own copy.

    Args:
        cls: The class, when used without parentheses.
        frozen: Make the objects read-only, as in `dataclasses.dataclass`.
    """

    def decorate(decorated: type[T]) -> type[T]:
        _copy_mutable_defaults(decorated)
        return dataclasses.dataclass(kw_only=True, frozen=frozen)(decorated)

    return decorate if cls is None else decorate(cls)


def _copy_mutable_defaults(cls: type) -> None:
    for name in _annotated(cls):
        default = cls.__dict__.get(name, dataclasses.MISSING)
        if default is dataclasses.MISSING or isinstance(default, (*_ATOMIC, dataclasses.Field)):
            continue
        if (
            isinstance(default, (list, dict, set))
            or dataclasses.is_dataclass(default)
            or not _hashable(default)
        ):
            setattr(cls, name, dataclasses.field(default_factory=_Copy(default)))


def _annotated(cls: type) -> list[str]:
    """Return the annotated names of a class, whose annotations may be impossible to evaluate yet."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return list(annotationlib.get_annotations(cls, format=annotationlib.Format.FORWARDREF))
    return list(inspect.get_annotations(cls))


def _hashable(value: object) -> bool:
    return type(value).__hash__ is not None


class _Copy:
    """A default factory that copies a value (a class, so that it pickles and prints)."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __call__(self) -> Any:
        return copy.deepcopy(self._value)

    def __repr__(self) -> str:
        return f"copy of {self._value!r}"


@configuration
class ConfigurationBase:
    """Options that Experimaestro understands in every YAML file. Derive from it and add your own fields."""

    #: Unique identifier of the experiment
    id: str

    #: Python file with the `run` function, relative to the YAML file (`.py` may be left out)
    file: str = "experiment"

    #: Python module with the `run` function (instead of `file`)
    module: str | None = None

    #: Folders added to the Python path, relative to the YAML file
    pythonpath: list[str] | None = None

    #: YAML file to inherit from, relative to the YAML file
    parent: str | None = None

    #: YAML files to inherit from (instead of `parent`), the weakest first
    imports: list[str] | None = None

    #: Python file or module executed before the experiment is imported
    pre_experiment: str | None = None

    #: Short description of the experiment
    title: str = ""

    #: Additional details about the experiment
    subtitle: str = ""

    #: Full description of the experiment
    description: str = ""

    #: Source paper of this experiment
    paper: str = ""

    #: Whether to append the date and time (`YYYYMMDD-HHMM`) to the identifier of the experiment
    add_timestamp: bool = False

    #: What to do when the git repository has uncommitted changes
    dirty_git: DirtyGitAction = DirtyGitAction.WARN

    #: Values to explore, by dotted key (see `xpm_config.generate_grid`)
    grid_search: dict[str, Any] = dataclasses.field(default_factory=dict)
