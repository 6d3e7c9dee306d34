"""`experimaestro run-experiment`, in this process."""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xpm_cli.run_experiment import _project_paths

if TYPE_CHECKING:
    from conftest import Command

CODE = (
    "def run(helper, cfg): print(helper.xp.name, cfg.title, helper.options.title, helper.xp.run_mode.name)\n"
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project in the current folder, and an interpreter that is left as it was."""
    folder = tmp_path / "pro ject é"
    folder.mkdir()
    (folder / "user_exp.py").write_text(CODE)
    (folder / "main.yaml").write_text("id: x\nfile: user_exp\ntitle: Short\n")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", sys.path[:])
    environ = dict(os.environ)
    yield folder
    sys.modules.pop("user_exp", None)
    for variable in set(os.environ) - set(environ):
        del os.environ[variable]


def test_it_runs(project: Path, command: Command) -> None:
    done = command("run-experiment", "--workdir", "work dir", "--env", "XPM_TEST_A", "1", "main")
    assert (done.code, done.out) == (0, "x Short Short NORMAL\n")
    assert json.loads((project / "work dir/xp/x/informations.json").read_text())["current_run"]
    assert os.environ["XPM_TEST_A"] == "1"


@pytest.mark.parametrize("mode", ["DRY_RUN", "dry_run", "generate_only", "PREPARE"])
def test_modes(project: Path, command: Command, mode: str) -> None:
    done = command("--workdir", "w", "run-experiment", "--run-mode", mode, "main.yaml")
    assert (done.code, done.out) == (0, f"x Short Short {mode.upper()}\n")


def test_options_of_the_code(project: Path, command: Command) -> None:
    (project / "main.yaml").write_text("id: x\nfile: other\n")
    for options in (["--file", "user_exp"], ["--module-name", "user_exp"]):
        assert command("run-experiment", "--workdir", "w", *options, "main").code == 0
        del sys.modules["user_exp"]
    both = command("run-experiment", "--workdir", "w", "--file", "a", "--module-name", "b", "main")
    assert both.code == 2 and "both --file and --module-name" in both.err


def test_show(project: Path, command: Command) -> None:
    assert command("run-experiment", "--show", "main").json == {
        "id": "x",
        "file": "user_exp",
        "title": "Short",
    }
    assert command("run-experiment", "--show", "--origin", "main").json["id"] == {
        "value": "x",
        "origin": "main.yaml:1",
    }
    assert command("run-experiment", "--origin", "main").code == 2
    assert "user_exp" not in sys.modules


def test_arguments_are_refused_before_anything_is_made(project: Path, command: Command) -> None:
    done = command("run-experiment", "--workdir", "w", "main", "more")
    assert done.code == 2 and "unexpected arguments" in done.err
    assert not (project / "w").exists()


def test_run_raises(project: Path, command: Command) -> None:
    (project / "user_exp.py").write_text("def run(helper, cfg): 1 / 0")
    done = command("run-experiment", "--workdir", "w", "main")
    assert done.code == 1 and done.err.endswith(
        "error: `run` of x failed: ZeroDivisionError: division by zero\n"
    )
    informations = json.loads((project / "w/xp/x/informations.json").read_text())
    assert [run["status"] for run in informations["runs"].values()] == ["failed"]


def test_the_settings_choose_the_workspace(
    project: Path, command: Command, settings: Callable[[str], Path]
) -> None:
    settings(
        "workspaces: [{id: a, path: a}, {id: b, path: b, triggers: [x]}]".replace(
            "path: ", f"path: {project.parent}/"
        )
    )
    assert command("run-experiment", "main").code == 0
    assert (project.parent / "b/xp/x").is_dir() and not (project.parent / "a").exists()


def test_folders_whose_git_state_counts(tmp_path: Path) -> None:
    assert _project_paths(tmp_path, tmp_path) == [tmp_path]
    assert _project_paths(tmp_path, tmp_path / "code") == [tmp_path, tmp_path / "code"]
    assert _project_paths(tmp_path, Path(sysconfig.get_path("purelib")) / "package") == [tmp_path]
