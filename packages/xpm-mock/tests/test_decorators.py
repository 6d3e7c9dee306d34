"""Decorators that change nothing."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from xpm_mock import noop_decorator
from xpm_mock.decorators import NoOp, is_definition


def function(x: int) -> int:
    return x + 1


def test_both_forms() -> None:
    assert noop_decorator(function) is function
    assert noop_decorator()(function) is function
    assert noop_decorator(mode="fast")(function) is function
    assert noop_decorator(True, option=3)(function) is function


def test_other_things_to_decorate() -> None:
    things: list[Any] = [int, staticmethod(function), classmethod(lambda cls: cls), property(function), len]
    for thing in things:
        assert noop_decorator(thing) is thing
        assert noop_decorator()(thing) is thing


@pytest.mark.parametrize("name", ["fn", "func", "model", "obj"])
def test_the_function_as_a_keyword(name: str) -> None:
    assert noop_decorator(**{name: function}, mode="fast") is function


def test_a_context_manager() -> None:
    with noop_decorator(enabled=True) as inner:
        assert isinstance(inner, NoOp)
    with pytest.raises(ZeroDivisionError), noop_decorator():
        _ = 1 / 0


def test_is_definition() -> None:
    assert is_definition(function) and is_definition(int) and is_definition(functools.partial(function, 1))
    assert is_definition("".join) and is_definition(NoOp().__enter__)
    assert not is_definition(3) and not is_definition(None) and not is_definition(NoOp())
