"""The examples of the README and of the documentation run, and print what the pages say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1]
DOCS = PACKAGE.parents[1] / "docs"
PAGES = ["tasks.md", "identifiers.md", "saving-and-loading.md"]


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def run(source: str, folder: Path) -> str:
    # A file, as for users: its classes can be found again, and so can its comments.
    script = folder / "example.py"
    script.write_text(source, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-W", "error", script.name], cwd=folder, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("number", range(2))
def test_readme(number: int, weird_path: Path) -> None:
    source = blocks(PACKAGE / "README.md")[number]
    output = run(source, weird_path)
    if number == 0:
        error, folder = output.splitlines()
        assert f"# {error.replace(str(weird_path / 'example.py'), 'example.py')}" in source
        assert re.fullmatch(r"__main__\.learn/[0-9a-f]{64}", folder)


@pytest.mark.parametrize("name", PAGES)
def test_page(name: str, weird_path: Path) -> None:
    page = DOCS / name
    if not page.exists():
        pytest.skip("the documentation is not here: this is the package alone")
    # This package has the same names, and its tests do not need the others.
    source = "".join(blocks(page)).replace("from experimaestro import", "from xpm_tasks import")
    expected = re.findall(r"# -> (.*)", source)
    assert expected
    assert run(source, weird_path).splitlines() == expected
