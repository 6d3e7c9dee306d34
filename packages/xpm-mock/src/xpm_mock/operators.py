"""Operators that never fail, for fakes and for instances of classes that derive from fakes.

The conventions are those of `unittest.mock.MagicMock`, known to many: an `int` is 1, a length 0, iteration
empty.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # see decorators.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any

#: Binary operators with their reflected form. `|` is not here: between types it makes a union.
_BINARY = ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow", "lshift", "rshift")
_BITWISE = ("and", "xor")
_UNARY = ("neg", "pos", "abs", "invert", "round")
_ORDER = ("lt", "le", "gt", "ge")


def items_wanted(frame: FrameType) -> int:
    """Return how many values a frame is about to take apart: 2 for `a, b = fake`, 0 for a loop.

    A fake iterates over nothing, and `height, width = image.shape` would be an error; the number of names
    on the left is in the byte code.
    """
    import opcode

    code, at = frame.f_code.co_code, frame.f_lasti
    while code[at] == opcode.EXTENDED_ARG:  # Python 3.10 is still at the prefix
        at += 2
    argument, shift, prefix = code[at + 1], 8, at - 2
    while prefix >= 0 and code[prefix] == opcode.EXTENDED_ARG:
        argument += code[prefix + 1] << shift
        shift, prefix = shift + 8, prefix - 2
    name = opcode.opname[code[at]]
    if name == "UNPACK_EX":  # names before the starred one, and after it in the higher bytes
        return (argument & 0xFF) + (argument >> 8)
    return argument if name == "UNPACK_SEQUENCE" else 0


class Arithmetic:
    """Arithmetic that ends in a fake. Subclasses say in `_xpm_operate` what an operation gives."""

    __slots__ = ()

    def _xpm_operate(self, operator: str, operands: tuple[Any, ...]) -> Any:
        raise NotImplementedError


class Comparisons:
    """Order and equality: the answer counts as false, and is itself a fake: `(a < b).sum()` works."""

    __slots__ = ()

    def _xpm_answer(self, truth: bool) -> Any:
        raise NotImplementedError

    def __eq__(self, other: object) -> Any:
        return self._xpm_answer(self is other)

    def __ne__(self, other: object) -> Any:
        return self._xpm_answer(self is not other)

    def __hash__(self) -> int:
        return object.__hash__(self)


class Container:
    """Sizes, numbers, iteration and contexts."""

    __slots__ = ()

    def _xpm_item(self, index: int) -> Any:
        raise NotImplementedError

    def __len__(self) -> int:
        return 0

    def __int__(self) -> int:
        return 1

    def __index__(self) -> int:
        return 1

    def __float__(self) -> float:
        return 1.0

    def __complex__(self) -> complex:
        return 1.0 + 0j

    def __contains__(self, item: object) -> bool:
        return False

    def __iter__(self) -> Iterator[Any]:
        return iter([self._xpm_item(index) for index in range(items_wanted(sys._getframe(1)))])

    def __next__(self) -> Any:
        # `next(model.parameters()).device` is common; StopIteration there would end some other loop.
        return self._xpm_item(0)

    def __reversed__(self) -> Iterator[Any]:
        return iter(())

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def __delitem__(self, key: object) -> None:
        pass

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *exception: object) -> None:
        return None  # a true value here would swallow the exception


def _operator(name: str) -> Callable[..., Any]:
    def operate(self: Any, /, *operands: Any) -> Any:
        return self._xpm_operate(name, operands)

    operate.__name__ = operate.__qualname__ = name
    return operate


def _ordering(name: str) -> Callable[..., Any]:
    def compare(self: Any, /, *operands: Any) -> Any:
        return self._xpm_answer(False)

    compare.__name__ = compare.__qualname__ = name
    return compare


for _name in (*_BINARY, *_BITWISE):
    setattr(Arithmetic, f"__{_name}__", _operator(f"__{_name}__"))
    setattr(Arithmetic, f"__r{_name}__", _operator(f"__r{_name}__"))
for _name in _UNARY:
    setattr(Arithmetic, f"__{_name}__", _operator(f"__{_name}__"))
for _name in _ORDER:
    setattr(Comparisons, f"__{_name}__", _ordering(f"__{_name}__"))
