"""Subscripted fakes and unions."""

from __future__ import annotations

import importlib
import pickle
import types
from typing import Any, Optional, TypeVar, Union, get_args, get_origin

import pytest

from xpm_mock import FakeModuleFinder
from xpm_mock.aliases import FakeAlias

T = TypeVar("T")
U = TypeVar("U")
variables: Any = [T, U]


@pytest.fixture
def torch(mocks: FakeModuleFinder) -> Any:
    return importlib.import_module("torch")


def test_an_alias_to_typing(torch: Any) -> None:
    alias = torch.Tensor[int, "b"]
    kind = type(alias)
    assert issubclass(kind, types.GenericAlias)
    assert get_origin(alias) is torch.Tensor and get_args(alias) == (int, "b")
    assert repr(torch.Tensor[int]) == "torch.Tensor[int]"
    assert torch.Tensor[int] == torch.Tensor[int] and torch.Tensor[int] != torch.Tensor[str]
    assert len({torch.Tensor[int], torch.Tensor[int], torch.Module[int]}) == 2


def test_type_variables(torch: Any) -> None:
    alias: Any = torch.Tensor[variables[0], variables[1]]
    assert alias.__parameters__ == (T, U)
    assert alias[int, str].__args__ == (int, str) and isinstance(alias[int, str], FakeAlias)
    nested: Any = list
    assert torch.Tensor[nested[variables[0]]][int].__args__ == (list[int],)
    assert alias[int].__origin__ is torch.Tensor  # too few: no error
    assert isinstance(torch.Tensor[int][str], FakeAlias)


def test_a_fake_to_everybody_else(torch: Any) -> None:
    alias = torch.ops["name"]
    assert alias(3) and alias.attribute and alias + 1 and list(alias) == [] and len(alias) == 0
    assert not alias < 3 and bool(alias)
    _first, _second = alias
    with alias:
        pass
    alias["x"] = 3
    assert isinstance(3, torch.Tensor[int]) is False and issubclass(int, torch.Tensor[int]) is False


def test_unions(torch: Any) -> None:
    optional: Any = Optional
    union: Any = Union
    expected = optional[torch.Tensor]
    assert (torch.Tensor | None) == expected == (None | torch.Tensor)
    assert (torch.Tensor[int] | None) == optional[torch.Tensor[int]]
    assert (int | torch.Tensor[int]) == union[int, torch.Tensor[int]]
    assert (torch.Tensor | torch.Module | int) == union[torch.Tensor, torch.Module, int]
    assert "torch.Tensor" in repr(torch.Tensor | "Later")


def test_no_unions(torch: Any) -> None:
    assert repr(torch.FLAG_A | torch.FLAG_B) == "torch.FLAG_A()"
    assert repr(torch.zeros(3) | None) == "torch.zeros()"
    assert repr(torch.Tensor | "no expression!") == "torch.Tensor()"
    assert repr(3 | torch.zeros(3)) == "torch.zeros()"
    assert repr(torch.Tensor | 3) == "torch.Tensor()"


def test_pickled_by_reference(torch: Any) -> None:
    text = pickle.dumps(torch.Tensor[int])
    assert b"xpm_mock" not in text
    assert pickle.loads(text) == torch.Tensor[int]
