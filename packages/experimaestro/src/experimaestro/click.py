"""Options of `click` commands from the parameters of configuration classes.

    @click.command()
    @arguments(Learn)                       # --rate, --layers: all parameters that a text can give
    @forwardoption.size(Encoder, "--dim")   # one parameter, under another name
    def main(size, **values):
        Learn.C(encoder=Encoder.C(size=size), **values).submit()

Type, help and default of an option are those of the parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from xpm_tasks import Config
from xpm_tasks.arguments import Argument
from xpm_tasks.types.base import Type
from xpm_tasks.types.basic import BOOL, FLOAT, INT, NONE, PATH, STR, EnumType, LiteralType
from xpm_tasks.types.containers import CheckedType, ListType, members

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

_PLAIN: dict[Type, Any] = {
    INT: click.INT,
    FLOAT: click.FLOAT,
    STR: click.STRING,
    PATH: click.Path(path_type=Path),
}


class _Chosen(click.Choice):  # type: ignore[type-arg,unused-ignore]  # generic from click 8.2 on
    """One of some values, given by their names."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__(list(values), case_sensitive=False)
        self._values = values

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str) or isinstance(value, Enum):
            return value  # a default
        return self._values[super().convert(value, param, ctx)]


def arguments(cls: type[Config], *names: str) -> Callable[[FunctionT], FunctionT]:
    """Give a command one option for each parameter of a class; the function gets the values by their names.

    Args:
        cls: the configuration class.
        names: some of its parameters; by default, all that a text can give: no configurations, no generated
            paths, no constants.

    Raises:
        TypeError: a parameter that is named cannot be given as a text, or does not exist.
    """
    chosen = names or tuple(name for name, each in cls.__xpmtype__.arguments.items() if _can_be_given(each))

    def decorate(function: FunctionT) -> FunctionT:
        for name in reversed(chosen):  # click shows the options of the last decorator first
            function = _option(cls, name)(function)
        return function

    return decorate


class _ForwardOption:
    """`forwardoption(Learn, "rate")`, or `forwardoption.rate(Learn)`."""

    def __call__(
        self, cls: type[Config], name: str, *declarations: str, **settings: Any
    ) -> Callable[[FunctionT], FunctionT]:
        """Give a command an option for one parameter of a class.

        Args:
            cls: the configuration class.
            name: the parameter; the function gets the value under this name.
            declarations: how the option is written: `--dim`, `-d`; by default, like the parameter.
            settings: for `click.option`, instead of what the parameter says.

        Raises:
            TypeError: the parameter cannot be given as a text, or does not exist.
        """
        return _option(cls, name, *declarations, **settings)

    def __getattr__(self, name: str) -> Callable[..., Callable[[FunctionT], FunctionT]]:
        if name.startswith("__"):
            raise AttributeError(name)

        def of(cls: type[Config], *declarations: str, **settings: Any) -> Callable[[FunctionT], FunctionT]:
            return _option(cls, name, *declarations, **settings)

        return of


#: Makes an option from one parameter of a class.
forwardoption = _ForwardOption()


def _option(
    cls: type[Config], name: str, *declarations: str, **settings: Any
) -> Callable[[FunctionT], FunctionT]:
    argument = cls.__xpmtype__.arguments.get(name)
    if argument is None:
        raise TypeError(f"{cls.__qualname__} has no parameter {name!r}")
    kind, several = _kind(argument.type)
    if kind is None or argument.generator is not None:
        raise TypeError(f"{cls.__qualname__}.{name}, of type {argument.type}, cannot be given as an option")
    written = name.replace("_", "-")
    flag = kind is click.BOOL and not several
    options: dict[str, Any] = {"help": argument.help or None, "required": argument.required}
    if not argument.required:
        options |= {"default": partial(_default, argument, several), "show_default": _shown(argument)}
    if flag:
        declarations = declarations or (f"--{written}/--no-{written}",)
    else:
        options |= {"type": kind, "multiple": several}
    if several:
        # Without the option, click gives an empty tuple where the default is `None`.
        empty: list[Any] | None = None if argument.default is None else []
        options["callback"] = lambda context, parameter, value: list(value) if value else empty
    return click.option(name, *(declarations or (f"--{written}",)), **{**options, **settings})


def _default(argument: Argument, several: bool) -> Any:
    value = argument.fresh_default()
    return tuple(value) if several and value is not None else value


def _shown(argument: Argument) -> str | bool:
    """How help shows the default; computed ones are not shown."""
    if argument.factory is not None or argument.default is None:
        return False
    default = argument.default
    return str(default.name if isinstance(default, Enum) else default)


def _can_be_given(argument: Argument) -> bool:
    return not argument.constant and argument.generator is None and _kind(argument.type)[0] is not None


def _kind(type_: Type) -> tuple[Any, bool]:
    """The type for click, if a text can give it, and whether the option is given several times."""
    wanted = [member for member in members(type_) if member != NONE]
    if len(wanted) != 1:
        return None, False
    (only,) = wanted
    if isinstance(only, ListType):
        kind, nested = _kind(only.parts[0])
        return (None if nested else kind), True
    if only == BOOL:
        return click.BOOL, False
    if isinstance(only, EnumType):
        return _Chosen({member.name: member for member in only.enum}), False
    if isinstance(only, LiteralType):
        return _Chosen({str(value): value for value in only.values if value is not None}), False
    if isinstance(only, CheckedType):
        return _Chosen({str(value): value for value in only.choices.values}), False
    return _PLAIN.get(only), False


__all__ = ["arguments", "forwardoption"]
