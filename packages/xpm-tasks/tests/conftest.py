"""What the tests share: a submitter that runs nothing, and folders with strange names."""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from xpm_tasks.testing import FakeSubmitter


@pytest.fixture
def weird_path(tmp_path: Path) -> Path:
    """A folder whose name has spaces, quotes, an accent and a percent sign."""
    folder = tmp_path / 'it\'s an "été" 100%'
    folder.mkdir()
    return folder


@pytest.fixture
def submitter(weird_path: Path) -> Iterator[FakeSubmitter]:
    """Tasks are submitted to it."""
    with FakeSubmitter(weird_path).current() as made:
        yield made


@pytest.fixture
def make_module(
    weird_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str, str], ModuleType]]:
    """Write a module, and import it; it is forgotten at the end."""
    folder = weird_path / "code"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    names: list[str] = []

    def make(name: str, source: str) -> ModuleType:
        path = folder.joinpath(*name.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))
        names.append(name)
        sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield make
    for name in names:
        sys.modules.pop(name, None)
        sys.modules.pop(name.partition(".")[0], None)  # the package that holds it
