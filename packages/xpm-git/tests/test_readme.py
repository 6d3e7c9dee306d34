from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT.parents[1] / "docs" / "git.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_run(page: Path, repo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if not page.exists():
        pytest.skip("the page is not distributed with the tests")
    repo.write("model.py", "changed\n")
    monkeypatch.chdir(repo.root)
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert blocks
    names: dict[str, object] = {}
    for number, block in enumerate(blocks):
        exec(compile(block, f"{page.name}[{number}]", "exec"), names)
