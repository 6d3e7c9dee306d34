"""What an import costs: the command line and the job processes must not load git."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import xpm_git


def modules_after(code: str, folder: Path) -> set[str]:
    """Run code in a fresh Python; return the modules that it loaded on top of a bare one."""
    report = "print(*sorted(set(sys.modules) - bare))"
    # What the `.pth` files of the environment load is in `bare`.
    program = f"import sys; bare = set(sys.modules)\n{code}\n{report}"
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, check=True)
    return set(done.stdout.decode().split())


def test_the_package_alone(folder: Path) -> None:
    assert modules_after("import xpm_git", folder) == {"xpm_git", "xpm_git.__about__", "__future__"}


def test_what_an_experiment_imports(folder: Path) -> None:
    code = "from xpm_git import DirtyGitAction, DirtyGitError, check_dirty, __version__"
    loaded = modules_after(code, folder)
    assert not loaded & {"git", "gitdb", "subprocess", "tempfile", "logging", "json", "dataclasses"}


@pytest.mark.parametrize("action", ["IGNORE", "WARN", "ERROR"])
def test_a_check_where_there_is_no_repository(folder: Path, action: str) -> None:
    code = f"import xpm_git; xpm_git.check_dirty(['.'], xpm_git.DirtyGitAction.{action})"
    assert "git" not in modules_after(code, folder)


def test_the_public_names() -> None:
    assert set(xpm_git.__all__) == {*xpm_git._HOMES, "__version__"}
    assert set(xpm_git.__all__) <= set(dir(xpm_git))
    for name in xpm_git._HOMES:
        assert getattr(xpm_git, name).__module__ == f"xpm_git.{xpm_git._HOMES[name]}"
    with pytest.raises(AttributeError, match="no attribute 'missing'"):
        _ = xpm_git.missing
