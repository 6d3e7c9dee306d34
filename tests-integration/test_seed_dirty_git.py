"""`dirty_git` in YAML and in Python, with real git repositories."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Here, Project

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="no git command")

EXPERIMENT = """
import helping
def run(helper, cfg): print("ran")
"""


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(project: Project) -> Project:
    """A project whose files are committed."""
    project.write("experiment.py", EXPERIMENT)
    project.write("helping.py", "")
    for action in ("ignore", "warn", "error"):
        project.write(f"{action}.yaml", f"id: my-experiment\ndirty_git: {action}  # Fail if git is dirty\n")
    project.write("default.yaml", "id: my-experiment\n")
    git(project.folder, "init")
    git(project.folder, "add", ".")
    git(project.folder, "commit", "-m", "first")
    return project


@pytest.mark.parametrize("yaml", ["ignore", "warn", "error", "default"])
def test_a_clean_repository_passes(
    repository: Project, here: Here, caplog: pytest.LogCaptureFixture, yaml: str
) -> None:
    assert here.run(yaml).stdout == "ran\n"
    assert not caplog.records


def test_what_running_leaves_in_the_project_is_no_change(repository: Project) -> None:
    """The compiled modules, and the workspace itself when it is in the repository."""
    for _ in range(2):
        done = repository.command(
            "run-experiment",
            "--workdir",
            "results",
            "error",
            env={"PYTHONDONTWRITEBYTECODE": ""},
        )
        assert done.stdout == "ran\n"
    assert (repository.folder / "__pycache__").is_dir() and (repository.folder / "results/xp").is_dir()


def test_ignore(repository: Project, here: Here, caplog: pytest.LogCaptureFixture) -> None:
    repository.write("helping.py", "changed = True")
    assert here.run("ignore").stdout == "ran\n"
    assert not caplog.records


@pytest.mark.parametrize("yaml", ["warn", "default"])
def test_warn(repository: Project, yaml: str) -> None:
    repository.write("helping.py", "changed = True")
    done = repository.run(yaml)
    assert done.stdout == "ran\n"
    [line] = [line for line in done.stderr.splitlines() if "uncommitted" in line]
    assert "helping.py" in line and str(repository.folder) in line


@pytest.mark.parametrize("change", ["modified", "staged", "untracked", "removed"])
def test_error_leaves_nothing_behind(repository: Project, here: Here, change: str) -> None:
    name = "more.txt" if change == "untracked" else "default.yaml"
    if change == "removed":
        (repository.folder / name).unlink()
    else:
        repository.write(name, "id: changed\n")
    if change == "staged":
        git(repository.folder, "add", ".")
    before = files_of(repository)
    said = here.run("error", code=2)
    assert said.stdout == ""
    assert said.stderr.count("\n") == 1 and said.stderr.startswith("error: the git repository ")
    assert str(repository.folder) in said.error and name in said.error and "commit first" in said.error
    assert not repository.workdir.exists(), "no workspace, run folder, lock"
    assert files_of(repository) == before


def files_of(repository: Project) -> list[Path]:
    """What is in the repository, but for what Python keeps of the modules that it read."""
    return sorted(path for path in repository.folder.iterdir() if path.name != "__pycache__")


def test_error_in_a_workspace_that_exists(repository: Project, here: Here) -> None:
    here.run("error")
    before = {path: path.stat().st_mtime_ns for path in repository.workdir.rglob("*")}
    repository.write("helping.py", "changed = True")
    here.run("error", code=2)
    assert {path: path.stat().st_mtime_ns for path in repository.workdir.rglob("*")} == before
    git(repository.folder, "commit", "-a", "-m", "second")
    assert here.run("error").stdout == "ran\n", "nothing is locked"


@pytest.mark.parametrize("mode", ["DRY_RUN", "GENERATE_ONLY", "PREPARE"])
def test_other_modes_check_too(repository: Project, here: Here, mode: str) -> None:
    repository.write("helping.py", "changed = True")
    here.run("error", "--run-mode", mode, code=2)
    assert not repository.workdir.exists()


def test_the_module_is_in_another_repository_than_the_yaml(repository: Project, here: Here) -> None:
    code = repository.folder.parent / "code"
    (code / "package").mkdir(parents=True)
    (code / "package/experiment.py").write_text("def run(helper, cfg): print('ran')")
    (code / "package/__init__.py").write_text("")
    git(code, "init")
    git(code, "add", ".")
    git(code, "commit", "-m", "first")
    repository.write(
        "module.yaml", "id: x\nmodule: package.experiment\npythonpath: [../code]\ndirty_git: error\n"
    )
    git(repository.folder, "add", ".")
    git(repository.folder, "commit", "-m", "second")
    assert here.run("module").stdout == "ran\n"
    (code / "package/experiment.py").write_text("def run(helper, cfg): print('changed')")
    assert str(code) in here.run("module", code=2).error


def test_outside_of_a_repository(project: Project, here: Here) -> None:
    project.write("experiment.py", "def run(helper, cfg): print('ran')")
    project.write("full.yaml", "id: my-experiment\ndirty_git: error\n")
    assert here.run("full").stdout == "ran\n"


# --- The Python API

ACTION = """
from experimaestro import experiment, DirtyGitAction

# Using the enum
with experiment(workdir, "my-experiment", dirty_git=DirtyGitAction.ERROR) as xp:
    ...

# Or using the string value
with experiment(workdir, "my-experiment", dirty_git=DirtyGitAction.WARN) as xp:
    ...
"""

HANDLING = """
from experimaestro import experiment, DirtyGitAction, DirtyGitError

try:
    with experiment(workdir, "my-experiment", dirty_git=DirtyGitAction.ERROR) as xp:
        ...
except DirtyGitError as e:
    print(f"Cannot run experiment: {e}")
"""

STRING = """
from experimaestro import experiment

with experiment(workdir, "my-experiment", dirty_git="ignore") as xp:
    ...
"""


def python(repository: Project, code: str) -> subprocess.CompletedProcess[str]:
    script = repository.write("script.py", f"workdir = {str(repository.workdir)!r}\n{code}")
    git(repository.folder, "add", "script.py")
    git(repository.folder, "commit", "-m", "script")
    return subprocess.run(
        [sys.executable, "-W", "error", str(script)], capture_output=True, text=True, env=dict(os.environ)
    )


def test_actions_in_python(repository: Project) -> None:
    assert python(repository, ACTION).returncode == 0
    assert python(repository, STRING).returncode == 0


def test_handling_the_error(repository: Project) -> None:
    repository.write("helping.py", "changed = True")
    done = python(repository, HANDLING)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Cannot run experiment: the git repository ")
    assert "helping.py" in done.stdout
    assert not repository.workdir.exists()


def test_the_error_is_not_handled(repository: Project) -> None:
    repository.write("helping.py", "changed = True")
    done = python(repository, ACTION)
    assert done.returncode == 1
    assert "DirtyGitError: the git repository" in done.stderr.splitlines()[-1]
    assert not repository.workdir.exists()
