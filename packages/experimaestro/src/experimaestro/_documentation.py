"""The documentation of configuration classes, as data: for pages, and for checks that pages are complete."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar

from xpm_tasks import Config
from xpm_tasks.fields import MISSING

ClassT = TypeVar("ClassT", bound=type)


@dataclass(frozen=True, kw_only=True)
class ParameterDocumentation:
    """What is said of one parameter."""

    #: Its name.
    name: str
    #: Its type, as the user wrote it.
    type: str
    #: What it is for.
    help: str
    #: Its default as Python source; `None` when there is none, or it is computed.
    default: str | None
    #: Whether a value must be given.
    required: bool
    #: Whether its value is made by the task's folder, not by people.
    generated: bool


@dataclass(frozen=True, kw_only=True)
class ConfigDocumentation:
    """What is said of one configuration class."""

    #: Where it is imported from: `module.Class`.
    path: str
    #: Its name in identifiers and folders.
    identifier: str
    #: First line of its docstring.
    title: str
    #: The whole docstring, without the indentation.
    description: str
    #: Its parameters, those of its parents first.
    parameters: tuple[ParameterDocumentation, ...]


def describe(cls: type[Config]) -> ConfigDocumentation:
    """Gather what a configuration class says of itself."""
    info = cls.__xpmtype__
    parameters = []
    for argument in info.arguments.values():
        shown = argument.default is not MISSING and not argument.required
        parameters.append(
            ParameterDocumentation(
                name=argument.name,
                type=str(argument.type),
                help=argument.help,
                default=repr(argument.default) if shown else None,
                required=argument.required,
                generated=argument.generator is not None,
            )
        )
    # `inspect.getdoc` would give the docstring of the parent to a class that has none.
    description = inspect.cleandoc(cls.__doc__ or "")
    return ConfigDocumentation(
        path=f"{cls.__module__}.{cls.__qualname__}",
        identifier=info.identifier,
        title=description.partition("\n")[0],
        description=description,
        parameters=tuple(parameters),
    )


def configurations_of(module: ModuleType) -> Iterator[type[Config]]:
    """Yield the configuration classes that a module defines itself, in order of definition."""
    for value in vars(module).copy().values():
        if isinstance(value, type) and issubclass(value, Config) and value.__module__ == module.__name__:
            yield value


def documentation(target: Any) -> Any:
    """Say what a configuration class is for, where a docstring cannot: its text is computed, or shared.

        @documentation("Learns with one of " + ", ".join(OPTIMIZERS))
        class Learn(Task): ...

    An `Attributes:` section in the text is the help of the parameters, as in a docstring.

    Args:
        target: the text; or a class that has a docstring already, which is returned as it is.

    Returns:
        A decorator; or the class.
    """
    if not isinstance(target, str):
        return target

    def decorate(cls: ClassT) -> ClassT:
        cls.__doc__ = inspect.cleandoc(target)
        return cls

    return decorate
