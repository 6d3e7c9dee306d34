"""`workspaces list`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from xpm_workspace.layout import WorkspaceLayout

if TYPE_CHECKING:
    from conftest import Command

SETTINGS = """
env: {{ALL: "1"}}
workspaces:
- id: main
  path: {root}/main
  triggers: [paper-*]
  env: {{CACHE: /scratch}}
  history: {{max_done: 2}}
- id: new
  path: {root}/new
- id: made
  path: {root}/made
- id: far
  path: /far
  ssh: {{host: cluster}}
- id: odd
"""


def make(tmp_path: Path, settings: Callable[[str], Path]) -> None:
    WorkspaceLayout(tmp_path / "main").create()
    (tmp_path / "made").mkdir()
    settings(SETTINGS.format(root=tmp_path))


def test_list(command: Command, settings: Callable[[str], Path], tmp_path: Path) -> None:
    make(tmp_path, settings)
    assert command("workspaces", "list").rows == [
        ["main", f"{tmp_path}/main", "ok"],
        ["new", f"{tmp_path}/new", "missing"],
        ["made", f"{tmp_path}/made", "empty"],
        ["far", "cluster:/far", "remote"],
        ["odd", "", "no folder"],
    ]


def test_verbose(command: Command, settings: Callable[[str], Path], tmp_path: Path) -> None:
    make(tmp_path, settings)
    rows = command("workspaces", "list", "-v").rows
    assert rows[0][3] == (
        'env={"CACHE":"/scratch"} triggers=["paper-*"] history={"max_done":2,"max_failed":1}'
    )
    assert rows[1][3] == ""


def test_json(command: Command, settings: Callable[[str], Path], tmp_path: Path) -> None:
    make(tmp_path, settings)
    first = command("workspaces", "list", "--json").json[0]
    assert (first["id"], first["state"], first["path"]) == ("main", "ok", f"{tmp_path}/main")


def test_no_settings(command: Command) -> None:
    assert command("workspaces", "list").out == ""
    assert command("workspaces", "list", "--json").json == []


def test_wrong_settings(command: Command, settings: Callable[[str], Path]) -> None:
    settings("workspaces: 3")
    result = command("workspaces", "list")
    assert result.code == 2 and "settings.yaml" in result.err and "workspaces" in result.err
