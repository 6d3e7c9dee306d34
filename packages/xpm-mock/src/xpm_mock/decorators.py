"""Decorators that change nothing."""

from __future__ import annotations

import sys
import types

TYPE_CHECKING = False  # `typing` costs more than this whole package; checkers understand the name
if TYPE_CHECKING:
    from typing import Any

#: What stands below a decorator. A class is one too, but not a fake.
_DEFINITIONS = (
    types.FunctionType,
    types.MethodType,
    types.BuiltinFunctionType,
    staticmethod,
    classmethod,
    property,
)


def is_definition(thing: object) -> bool:
    """Tell whether something is a function, method or class, as found under a decorator."""
    if isinstance(thing, (*_DEFINITIONS, type)):
        return True
    functools = sys.modules.get("functools")  # without it, there is no `partial` either
    return functools is not None and isinstance(thing, functools.partial)


class NoOp:
    """What `@decorator(...)` leaves: a decorator, and a context manager, that do nothing."""

    __slots__ = ()

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return noop_decorator(*args, **kwargs)

    def __enter__(self) -> NoOp:
        return self

    def __exit__(self, *exception: object) -> None:
        return None


def noop_decorator(*args: Any, **kwargs: Any) -> Any:
    """Return the decorated function or class unchanged, in all forms that a decorator takes.

    Stands for decorators like `torch.compile` and `torch.no_grad`: `@noop_decorator`, `@noop_decorator()`,
    `@noop_decorator(mode="fast")`, `noop_decorator(model)`, `with noop_decorator():`.

    Args:
        *args: one callable (or property, static or class method) to return as it is, or the decorator's
        options. **kwargs: the decorator's options.

    Returns:
        The callable, or an object to decorate with.
    """
    if len(args) == 1 and (callable(args[0]) or is_definition(args[0])):
        return args[0]
    if not args:
        for name in ("fn", "func", "fun", "f", "model", "obj"):
            if callable(kwargs.get(name)):
                return kwargs[name]
    return NoOp()
