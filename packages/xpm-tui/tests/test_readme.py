"""The example of the README works."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from xpm_tui import ExperimentTUI
from xpm_workspace.layout import WorkspaceLayout

README = Path(__file__).parents[1] / "README.md"


def test_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    WorkspaceLayout(tmp_path / "workspace").create()
    monkeypatch.chdir(tmp_path)
    run: Callable[..., Any] = ExperimentTUI.run
    codes = []

    def quickly(self: ExperimentTUI) -> None:
        async def leave(pilot: Any) -> None:
            await pilot.press("q")

        codes.append(run(self, headless=True, auto_pilot=leave))

    monkeypatch.setattr(ExperimentTUI, "run", quickly)
    exec(code, {})
    assert codes == [0]
