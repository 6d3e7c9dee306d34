"""Fake modules."""

from __future__ import annotations

import copy
import importlib
import pickle
import sys
import types
from typing import Any

import pytest

from xpm_mock import FakeModule, FakeModuleFinder
from xpm_mock.modules import CallableFakeModule


@pytest.fixture
def torch(mocks: FakeModuleFinder) -> Any:
    return importlib.import_module("torch")


def test_a_module(torch: Any) -> None:
    assert isinstance(torch, FakeModule) and isinstance(torch, types.ModuleType)
    assert repr(torch) == "<mocked module 'torch'>"
    assert torch.__name__ == "torch" and torch.__doc__ == "Mock of torch." and torch.__all__ == []


def test_names_stay_the_same(torch: Any) -> None:
    assert torch.anything is torch.anything
    torch.anything = 3
    assert torch.anything == 3
    del torch.anything
    assert torch.anything != 3


@pytest.mark.parametrize(
    "name", ["__wrapped__", "__iter__", "__len__", "__path_hooks__", "__warningregistry__"]
)
def test_no_protocols(torch: Any, name: str) -> None:
    with pytest.raises(AttributeError, match="torch"):
        getattr(torch, name)


def test_copied_and_pickled_by_name(torch: Any) -> None:
    nn = importlib.import_module("torch.nn")
    assert copy.copy(nn) is nn and copy.deepcopy({"nn": nn})["nn"] is nn
    text = pickle.dumps(nn)
    assert pickle.loads(text) is nn and b"xpm_mock" not in text


def test_not_iterable(torch: Any) -> None:
    with pytest.raises(TypeError):
        iter(torch)


def test_names_that_look_special_but_are_modules(torch: Any) -> None:
    assert torch.__config__.show() and torch.__future__.set_something(True)


def test_a_module_that_is_a_function_too(torch: Any) -> None:
    module: Any = importlib.import_module("torch.multiprocessing.spawn")
    assert isinstance(module, CallableFakeModule)
    assert module(print, 3) and module(print) is print


def test_modules_of_tests_are_not_callable(torch: Any) -> None:
    assert not callable(torch.testing) and not callable(importlib.import_module("torch.testing"))
    assert torch.testing.assert_close(1, 2)
    assert torch.testing.assert_close is sys.modules["torch.testing"].assert_close


def test_what_was_set_before_the_import_stays(torch: Any) -> None:
    torch.backends.cudnn.benchmark = True
    linear = torch.nn.Linear
    cudnn = importlib.import_module("torch.backends.cudnn")
    nn = importlib.import_module("torch.nn")
    assert cudnn.benchmark is True and torch.backends.cudnn is cudnn and nn.Linear is linear


def test_no_file_is_there(torch: Any) -> None:
    from pathlib import Path

    folder = Path(torch.__file__).parent
    assert not folder.exists()
    with pytest.raises(OSError):
        folder.mkdir(parents=True)
