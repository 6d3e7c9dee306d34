"""Fixtures shared by the tests: strange folders, and imports left as they were found."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from xpm_mock import FakeModuleFinder, mock_modules

#: What the seed of this project mocks.
MODULES = ["torch", "transformers", "pytorch_lightning", "jax", "huggingface_hub"]
DECORATORS = [
    "torch.compile",
    "torch.jit.script",
    "torch.jit.unused",
    "torch.jit.export",
    "torch.jit.ignore",
    "torch.no_grad",
    "torch.inference_mode",
]


@pytest.fixture(autouse=True)
def untouched_imports() -> Iterator[None]:
    """Fail a test that leaves fakes or finders behind."""
    path = list(sys.meta_path)
    yield
    left = [name for name in MODULES if name in sys.modules]
    assert sys.meta_path == path
    assert not left


@pytest.fixture
def mocks() -> Iterator[FakeModuleFinder]:
    """The mocks of the seed, installed."""
    with mock_modules(MODULES, DECORATORS) as finder:
        yield finder


@pytest.fixture
def strange_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An import folder whose name has spaces, quotes and accents."""
    folder = tmp_path / 'l\'été "à" la plage'
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def write_module(strange_path: Path) -> Iterator[Callable[[str, str], None]]:
    """Write a module that can be imported; it is forgotten after the test."""
    written: list[str] = []

    def write(name: str, source: str) -> None:
        file = strange_path / f"{name.replace('.', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
        written.append(name)

    yield write
    for name in written:
        sys.modules.pop(name, None)


def load(name: str) -> ModuleType:
    """Import a module by name."""
    __import__(name)
    return sys.modules[name]
