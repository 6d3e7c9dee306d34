"""Modules that hold fakes are forgotten with the mocks."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable

import pytest

from xpm_mock import mock_modules

Write = Callable[[str, str], None]

HOLDERS = {
    "a module": "import torch",
    "a submodule": "import torch.nn as nn",
    "a class": "from torch import Tensor",
    "an alias": "from torch import Tensor\nBatch = Tensor[int]\ndel Tensor",
    "a value": "import torch\nx = torch.zeros(3)\ndel torch",
    "a subclass": "import torch\nclass Net(torch.nn.Module): pass\ndel torch",
    "an exception": "from torch.cuda import OutOfMemoryError",
    "a warning": "from torch.jit import TracerWarning",
}
INNOCENT = {
    "nothing": "x = 3",
    "a function that imports later": "def f():\n    import torch\n    return torch",
}


@pytest.mark.parametrize("source", HOLDERS.values(), ids=HOLDERS)
def test_holders_are_forgotten(source: str, write_module: Write) -> None:
    write_module("holder", source)
    before = dict(sys.modules)
    with mock_modules(["torch"]):
        importlib.import_module("holder")
    assert "holder" not in sys.modules
    assert dict(sys.modules) == before


@pytest.mark.parametrize("source", INNOCENT.values(), ids=INNOCENT)
def test_others_stay(source: str, write_module: Write) -> None:
    write_module("innocent", source)
    with mock_modules(["torch"]):
        module = importlib.import_module("innocent")
    assert sys.modules["innocent"] is module


def test_whoever_holds_a_holder_is_forgotten(write_module: Write) -> None:
    write_module("holder", "import torch\nclass Net(torch.nn.Module): pass\ndef helper(): return Net")
    write_module("second", "from holder import helper")
    write_module("third", "import second")
    write_module("fourth", "import json\nx = 3")
    with mock_modules(["torch"]):
        for name in ("third", "fourth"):
            importlib.import_module(name)
    assert {"holder", "second", "third"}.isdisjoint(sys.modules) and "fourth" in sys.modules


def test_packages_are_forgotten_whole_and_parents_lose_them(write_module: Write) -> None:
    write_module("outer.__init__", "")
    write_module("outer.net.__init__", "from torch import nn")
    write_module("outer.net.constants", "SIZE = 3")
    outer = importlib.import_module("outer")
    with mock_modules(["torch"]):
        importlib.import_module("outer.net.constants")
        assert outer.net.constants.SIZE == 3
    assert not hasattr(outer, "net")
    assert [name for name in sys.modules if name.startswith("outer.")] == []
    with mock_modules(["torch"]):
        importlib.import_module("outer.net.constants")
        assert outer.net.constants.SIZE == 3
    sys.modules.pop("outer")


def test_modules_of_before_stay_even_with_fakes(write_module: Write) -> None:
    write_module("early", "")
    early = importlib.import_module("early")
    with mock_modules(["torch"]):
        early.torch = importlib.import_module("torch")  # type: ignore[attr-defined]
    assert sys.modules["early"] is early


def test_the_next_import_gets_the_real_library(write_module: Write) -> None:
    write_module("user_code", "from heavy_thing import Base\nclass Ours(Base): pass")
    write_module("heavy_thing", "class Base:\n    real = True")
    with mock_modules(["heavy_thing"]):
        fake = importlib.import_module("user_code").Ours
    assert not hasattr(fake, "real")
    assert importlib.import_module("user_code").Ours.real is True
