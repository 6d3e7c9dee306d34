"""`deprecated`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xpm_workspace.layout import WorkspaceLayout

if TYPE_CHECKING:
    from conftest import Command

HEAD = "from xpm_tasks import Param, Task, deprecate\n"
BEFORE = (
    HEAD
    + """
class Old(Task):
    x: Param[int]
    def execute(self): ...
"""
)
AFTER = (
    HEAD
    + """
class New(Task):
    x: Param[int]
    def execute(self): ...

@deprecate
class Old(New): ...
"""
)
RUN = """
import sys
from xpm_scheduler import experiment
from xpm_cli_renamed import Old
with experiment(sys.argv[1], "xp", report=False, dirty_git="IGNORE", register_signals=False):
    Old.C(x=1).submit()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "le projet"
    folder.mkdir()
    return folder


@pytest.fixture
def renamed(project: Path) -> WorkspaceLayout:
    """A workspace with a job whose class was renamed since."""
    layout = WorkspaceLayout(project / "work")
    (project / "xpm_cli_renamed.py").write_text(BEFORE)
    environ = {**os.environ, "PYTHONPATH": str(project)}
    command = [sys.executable, "-c", RUN, str(layout.root)]
    subprocess.run(command, env=environ, check=True, timeout=120)
    (project / "xpm_cli_renamed.py").write_text(AFTER)
    return layout


def test_renamed_jobs(renamed: WorkspaceLayout, project: Path, process: Command) -> None:
    words = ["--workdir", renamed.root]
    result = process("deprecated", "list", *words, cwd=project)
    [[old, new, problem]] = result.rows
    assert old.startswith("xpm_cli_renamed.old/") and new.startswith("xpm_cli_renamed.new/") and not problem
    assert "1 folder with an old name" in result.err
    assert process("deprecated", "fix", *words, cwd=project).err.endswith("give --perform to do it\n")
    assert not renamed.job_from_id(new).path.exists()
    [record] = process("deprecated", "fix", *words, "--perform", "--json", cwd=project).json
    assert (record["job_id"], record["today"], record["problem"]) == (old, new, "")
    assert renamed.job_from_id(new).done.exists() and renamed.job_from_id(old).path.is_symlink()
    assert process("deprecated", "list", *words, cwd=project).out == ""


def test_classes_that_are_not_found(renamed: WorkspaceLayout, project: Path, process: Command) -> None:
    (project / "xpm_cli_renamed.py").unlink()
    result = process("deprecated", "list", "--workdir", renamed.root)
    assert (result.code, result.out) == (0, "")
    assert result.err.startswith("1 job left out: ") and "PYTHONPATH" in result.err
    assert "Traceback" not in result.err


def test_what_is_in_the_way(renamed: WorkspaceLayout, project: Path, process: Command) -> None:
    [[old, new, _]] = process("deprecated", "list", "--workdir", renamed.root, cwd=project).rows
    renamed.job_from_id(new).create()
    result = process("deprecated", "fix", "--perform", "--workdir", renamed.root, cwd=project)
    assert result.code == 1 and result.rows == [[old, new, "there is a folder already"]]
    assert renamed.job_from_id(old).done.exists()
