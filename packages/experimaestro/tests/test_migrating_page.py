"""`docs/migrating.md` names what is missing, and nothing else is."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "migrating.md"
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the documentation does not come with the wheel")


def missing_modules() -> set[str]:
    text = PAGE.read_text(encoding="utf-8").partition("## What is not there yet")[2]
    return set(re.findall(r"^\| `(experimaestro\.[\w.]+)`", text, re.MULTILINE)) - {"experimaestro.rpyc"}


def test_the_modules_that_are_not_there_yet() -> None:
    assert missing_modules() == {
        "experimaestro.launchers.slurm",
    }
    for module in missing_modules():
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(module)


def test_the_modules_that_it_names_are_there() -> None:
    text = PAGE.read_text(encoding="utf-8").partition("## What is not there yet")[0]
    for name in set(re.findall(r"`(experimaestro(?:\.\w+)+)`", text)):
        assert importlib.import_module(name)
