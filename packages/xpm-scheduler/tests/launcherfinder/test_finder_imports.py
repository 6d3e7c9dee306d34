"""What the package exports, and what importing it must not load."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import xpm_scheduler.launcherfinder as package


def test_all_names_are_there() -> None:
    assert package.__all__ == sorted(package.__all__)
    for name in package.__all__:
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        package.nonsense


def test_what_type_checkers_see_is_what_there_is() -> None:
    tree = ast.parse(Path(package.__file__).read_text())
    seen = {
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package.__name__)
        for alias in node.names
    }
    assert {name for _, name in seen} == set(package.__all__)
    for module, name in seen:
        assert getattr(package, name) is getattr(sys.modules[str(module)], name)


@pytest.mark.parametrize(
    "code",
    [
        "import xpm_scheduler.launcherfinder",
        "from xpm_scheduler.launcherfinder import parse; parse('cuda * 2')",
    ],
)
def test_requirements_are_light(code: str) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert not {"asyncio", "git", "msgspec", "psutil", "sqlite3", "yaml"} & set(shown.split())
