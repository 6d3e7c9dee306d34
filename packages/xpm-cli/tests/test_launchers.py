"""`launchers`."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xpm_scheduler.launcherfinder import installed

if TYPE_CHECKING:
    from conftest import Command


def test_the_launchers(command: Command, home: Path) -> None:
    result = command("launchers", "list")
    assert ["direct", "xpm_scheduler.launchers.direct.DirectLauncher"] in result.rows
    file = home / "config" / "experimaestro" / "launchers.py"
    assert result.code == 0 and result.err == f"there is no {file}: tasks run on this machine\n"
    file.parent.mkdir(parents=True)
    file.touch()
    assert command("launchers", "list").err == f"which one runs a task: {file}\n"


def test_a_launcher_that_cannot_be_used(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("broken", "not_there:Launcher", installed.GROUP)
    monkeypatch.setattr(installed, "_entry_points", lambda: {"broken": broken})
    [record] = command("launchers", "list", "--json").json
    assert record["name"] == "broken" and record["target"] == "" and "not_there" in record["problem"]
    result = command("launchers", "list")
    assert result.code == 0 and result.rows[0][1].startswith("wrong: ")
