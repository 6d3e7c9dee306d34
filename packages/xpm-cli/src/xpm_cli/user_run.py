"""The function `run(helper, cfg)`: whether it can be called so, and what its annotations ask for."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

from xpm_cli.helper import ExperimentHelper
from xpm_cli.user_errors import UserCodeError
from xpm_config import ConfigurationBase
from xpm_config.fields import is_structured

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
#: Annotations that mean "the values as they are".
_PLAIN = (dict, Any, object, Mapping)


def read_signature(run: Callable[..., Any], where: str) -> tuple[type[ExperimentHelper], type]:
    """Return the classes of the two parameters of `run`, from their annotations.

    Args:
        run: the user's function.
        where: its file, for messages.

    Returns:
        The helper's class, `ExperimentHelper` where nothing asks for another one; and that of the
        configuration, `ConfigurationBase` where nothing is said.

    Raises:
        UserCodeError: it cannot be called with two arguments, or the annotations cannot be used.
    """
    function = _function(run)
    _check_runs(function, where)
    parameters = _parameters(run, where)
    positional = [p for p in parameters if p.kind in _POSITIONAL][:2]
    helper, schema = [_evaluate(p, function, where) for p in positional] + [None] * (2 - len(positional))
    if not (isinstance(helper, type) and issubclass(helper, ExperimentHelper)):
        helper = ExperimentHelper
    if schema is None:
        schema = ConfigurationBase
    elif schema in _PLAIN or typing.get_origin(schema) in _PLAIN:
        schema = dict
    is_class = isinstance(schema, type) and typing.get_origin(schema) is None
    if not is_class or not (schema is dict or is_structured(schema)):
        raise UserCodeError(
            f"`run` in {where}: the annotation of {positional[1].name!r} is not a configuration class; "
            "use a class with @configuration, a dataclass, an attrs class or dict"
        )
    return helper, schema


def _function(run: Callable[..., Any]) -> Callable[..., Any]:
    """The function that will be called in the end: it has the code and the names of the annotations."""
    run = inspect.unwrap(run)
    while isinstance(run, functools.partial):
        run = inspect.unwrap(run.func)
    if inspect.isclass(run):
        return run.__init__
    return run if hasattr(run, "__globals__") else type(run).__call__


def _check_runs(function: Callable[..., Any], where: str) -> None:
    """Calling these makes an object, and runs nothing."""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise UserCodeError(f"`run` in {where} is an `async def`: write `def run(helper, cfg): ...`")
    if inspect.isgeneratorfunction(function):
        raise UserCodeError(f"`run` in {where} has a `yield`, so that calling it runs nothing: remove it")


def _parameters(run: Callable[..., Any], where: str) -> list[inspect.Parameter]:
    try:
        signature = inspect.signature(run)
    except (TypeError, ValueError) as error:
        raise UserCodeError(
            f"`run` in {where} is not a function: write `def run(helper, cfg): ...`"
        ) from error
    except NameError as error:  # Python 3.14 evaluates annotations when they are asked for
        raise _unreadable(where, error) from error
    try:
        signature.bind(None, None)
    except TypeError as error:
        raise UserCodeError(
            f"`run` in {where} takes {_taken(signature)}: write `def run(helper, cfg): ...`"
        ) from error
    return list(signature.parameters.values())


def _taken(signature: inspect.Signature) -> str:
    """What it takes instead of two arguments."""
    needed = [p for p in signature.parameters.values() if p.default is p.empty]
    keywords = [p.name for p in needed if p.kind is p.KEYWORD_ONLY]
    if keywords:
        return f"{' and '.join(keywords)} by keyword instead of two parameters by position"
    count = len([p for p in needed if p.kind in _POSITIONAL])
    return f"{count} parameter{'' if count == 1 else 's'} instead of two"


def _evaluate(parameter: inspect.Parameter, function: Callable[..., Any], where: str) -> Any:
    """The annotation of one parameter: others, and that of the result, may name what is not imported."""
    annotation = parameter.annotation
    if annotation is parameter.empty:
        return None
    if not isinstance(annotation, str):
        return annotation
    try:
        value = eval(annotation, getattr(function, "__globals__", {}))
        # `cfg: "'Configuration'"`, as `from __future__ import annotations` makes of a string
        return eval(value, getattr(function, "__globals__", {})) if isinstance(value, str) else value
    except Exception as error:
        raise _unreadable(where, error) from error


def _unreadable(where: str, error: Exception) -> UserCodeError:
    known = not isinstance(error, NameError)
    hint = "" if known else "; define or import it in that file, not under `if TYPE_CHECKING`"
    return UserCodeError(
        f"the annotations of `run` in {where} cannot be read: {type(error).__name__}: {error}{hint}"
    )
