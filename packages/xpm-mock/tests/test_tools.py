"""Tools that collect, import or document code under the mocks: pytest, unittest, doctest, Sphinx."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = """
from xpm_mock import mock_modules

mock_modules(["torch", "transformers", "pytorch_lightning", "jax"], ["torch.compile"])
"""

TESTS = '''
"""Tests of code that uses the mocks.

>>> double(3)
6
"""

import unittest

import pytest
import torch
from torch import nn, testing, test_something
from torch.testing import TestLike, assert_close, test_helper
from torch.testing._internal.common_utils import TestCase
from transformers.testing_utils import TestCasePlus, require_torch, slow


def double(x):
    """Double it.

    >>> double(torch.Tensor)
    torch.Tensor()
    """
    return x * 2


@pytest.fixture
def model():
    return nn.Linear(3, 4)


class TestPlain:
    net = nn.Module()

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
    def test_dtype(self, dtype, model):
        assert dtype in (torch.float32, torch.float16)
        assert model.weight is not None


@require_torch
class TestCased(TestCase):
    @slow
    def test_cased(self):
        self.assertEqual(1, 1)


class TestMore(TestCasePlus):
    def test_more(self):
        testing.assert_close(1, 2)


@torch.no_grad()
def test_decorated():
    pass


@torch.compile
@pytest.mark.parametrize("x", [1, 2])
def test_compiled(x):
    assert double(x) == 2 * x


def test_failing():
    assert torch.zeros(3) == torch.ones(3), "shown"
'''


def _run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True)


def test_pytest_collects_and_runs(strange_path: Path) -> None:
    (strange_path / "conftest.py").write_text(CONFTEST)
    (strange_path / "test_model.py").write_text(TESTS)
    options = ["-q", "-W", "error", "-p", "no:cacheprovider", "--tb=short"]
    done = _run("-m", "pytest", *options, folder=strange_path)
    assert "1 failed, 7 passed" in done.stdout, done.stdout
    assert "torch.zeros() == torch.ones()" in done.stdout


def test_pytest_finds_doctests(strange_path: Path) -> None:
    (strange_path / "conftest.py").write_text(CONFTEST)
    (strange_path / "test_model.py").write_text(TESTS.replace("def test_failing", "def failing"))
    options = ["-q", "-W", "error", "-p", "no:cacheprovider", "--doctest-modules"]
    done = _run("-m", "pytest", *options, folder=strange_path)
    assert "9 passed" in done.stdout, done.stdout + done.stderr


def test_unittest_discovers(strange_path: Path) -> None:
    (strange_path / "test_model.py").write_text(
        CONFTEST + "from torch.testing import TestCase\n\n\nclass TestOne(TestCase):\n"
        "    def test_it(self):\n        self.assertTrue(True)\n"
    )
    done = _run("-W", "error", "-m", "unittest", "discover", folder=strange_path)
    assert done.returncode == 0 and "Ran 1 test" in done.stderr, done.stderr


CONF = """
import sys

sys.path.insert(0, ".")
from xpm_mock import mock_modules

mock_modules(["torch", "pytorch_lightning"], ["torch.compile"])
project = "documented"
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
autodoc_typehints = "signature"
autodoc_typehints_format = "fully-qualified"
autodoc_default_options = {"members": True, "undoc-members": True, "show-inheritance": True}
"""

DOCUMENTED = '''
"""A documented module."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Generic, Optional, TypeVar

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.utils.data import Dataset

T = TypeVar("T")
#: An alias.
Batch = dict[str, Tensor]


class Model(nn.Module, Generic[T]):
    """A model."""

    width: int = 3

    def forward(self, x: Tensor, m: Tensor | None = None, *, t: torch.dtype = torch.float32) -> list[Tensor]:
        """Compute."""

    @torch.compile
    def decorated(self, other: Optional[nn.Module]) -> Batch:
        """Decorated."""

    @property
    def device(self) -> torch.device:
        """The device."""


class Learner(LightningModule):
    """Learns."""


class Data(Dataset[Tensor]):
    """Data."""


class Kind(Enum):
    """Kinds."""

    HALF = torch.float16


@dataclass
class Options:
    """Options."""

    dtype: torch.dtype = torch.float32


def train(model: nn.Module, rate: float = 0.1) -> None:
    """Train."""
'''


@pytest.mark.skipif(importlib.util.find_spec("sphinx") is None, reason="Sphinx is not installed")
def test_sphinx_autodoc(strange_path: Path) -> None:
    (strange_path / "conf.py").write_text(CONF)
    (strange_path / "documented.py").write_text(DOCUMENTED)
    (strange_path / "index.rst").write_text("Title\n=====\n\n.. automodule:: documented\n")
    done = _run("-m", "sphinx", "-q", "-W", "-b", "text", ".", "out", folder=strange_path)
    assert done.returncode == 0, done.stdout + done.stderr
    text = " ".join((strange_path / "out" / "index.txt").read_text(encoding="utf-8").split())
    for expected in (
        "class documented.Model(*args: Any, **kwargs: Any)",
        "forward(x: torch.Tensor, m: torch.Tensor | None = None, *, t: torch.dtype = torch.float32)",
        "-> list[torch.Tensor]",
        "decorated(other: torch.nn.Module | None) -> dict[str, torch.Tensor]",
        "property device: torch.device",
        '"torch.nn.Module"',
        '"pytorch_lightning.LightningModule"',
        '"torch.utils.data.Dataset"',
        "HALF = torch.float16",
        "train(model: torch.nn.Module, rate: float = 0.1) -> None",
    ):
        assert expected in text, (expected, text)
