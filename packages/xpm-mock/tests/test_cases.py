"""Real-looking code that uses libraries not installed: each section of `cases/*.md` is one module."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from xpm_mock import FakeModuleFinder
from xpm_mock.forget import is_fake

_SECTION = re.compile(r"^## (?P<title>[^\n]+)\n\n```python\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
_REQUIRES = re.compile(r"^# requires-python: (\d+)\.(\d+)$", re.MULTILINE)


def _cases() -> list[object]:
    cases: list[object] = []
    for file in sorted((Path(__file__).parent / "cases").glob("*.md")):
        text = file.read_text(encoding="utf-8")
        found = list(_SECTION.finditer(text))
        assert len(found) == text.count("\n## "), f"a section of {file.name} has no code"
        cases += [
            pytest.param(match["code"], id=f"{file.stem}: {match['title']}".replace(" ", "-"))
            for match in found
        ]
    return cases


CASES = _cases()


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 80


@pytest.mark.parametrize("code", CASES)
def test_case(code: str, mocks: FakeModuleFinder, write_module: Callable[[str, str], None]) -> None:
    required = _REQUIRES.search(code)
    if required and sys.version_info < (int(required[1]), int(required[2])):
        pytest.skip(f"syntax of Python {required[1]}.{required[2]}")
    write_module("code_under_test", code)
    module = importlib.import_module("code_under_test")
    module.check()
    mocks.uninstall()
    if "code_under_test" in sys.modules:  # else forgotten, because it holds fakes
        assert not any(map(is_fake, vars(module).values()))
