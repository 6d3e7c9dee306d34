"""`docs/terminal-monitor.md`: its example runs, its keys are the monitor's, its pictures can be drawn."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from xpm_tools.paths import ROOT
from xpm_tui import ExperimentTUI
from xpm_tui.screens.help import KEYS

PAGE = ROOT / "docs" / "terminal-monitor.md"


def test_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    run: Any = ExperimentTUI.run
    codes = []

    def quickly(self: ExperimentTUI) -> None:
        async def leave(pilot: Any) -> None:
            await pilot.press("q")

        codes.append(run(self, headless=True, auto_pilot=leave))

    monkeypatch.setattr(ExperimentTUI, "run", quickly)
    exec(code, {})
    assert codes == [0]


def test_keys() -> None:
    """The table of the page and the help of the monitor name the same keys for jobs."""
    table = re.findall(r"^\| (`.*?`) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    named = {key for cell in table for key in re.findall(r"`(.+?)`", cell)}
    known = {key for keys, _ in KEYS["Jobs"] for key in keys.split()}
    assert named == known - {"c"} | {"d"}


def test_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import terminal_pictures

    named = set(re.findall(r"pictures/terminal-(\w+)\.svg", PAGE.read_text(encoding="utf-8")))
    assert named == set(terminal_pictures.SCREENS)
    terminal_pictures.draw("running", tmp_path)
    drawn = (tmp_path / "terminal-running.svg").read_text(encoding="utf-8")
    assert "msmarco-ranking" in drawn and "http://" not in drawn.replace("http://www.w3.org", "")
    sys.modules.pop("terminal_pictures")
