"""Fixtures: real repositories in strange folders, made with the git command."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from xpm_git import process

#: What the people who run the tests may have set.
GIT_VARIABLES = [name for name in os.environ if name.startswith("GIT_") and not name.startswith("GIT_SSL")]


class Repo:
    """A repository of a test."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def git(self, *arguments: str, check: bool = True) -> str:
        """Run git in the repository."""
        command = ["git", "-c", "protocol.file.allow=always", *arguments]
        done = subprocess.run(command, cwd=self.root, capture_output=True, check=False)
        assert done.returncode == 0 or not check, done.stderr.decode()
        return done.stdout.decode().strip()

    def write(self, name: str, content: str | bytes = "x = 1\n") -> Path:
        """Write a file, and the folders it is in."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def commit(self, name: str = "code.py", content: str | bytes = "x = 1\n") -> str:
        """Write a file and commit it with all that is there; return the commit."""
        self.write(name, content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", f"Write {name}")
        return self.git("rev-parse", "HEAD")


@pytest.fixture(autouse=True)
def settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Git with settings of its own; returns the file of the person's settings."""
    home = tmp_path_factory.mktemp("home")
    for name in GIT_VARIABLES:
        monkeypatch.delenv(name)
    settings = home / ".gitconfig"
    settings.write_text(
        "[user]\n name = A Person\n email = person@example.org\n[init]\n defaultBranch = main\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder whose name has all that breaks naive code."""
    path = tmp_path / 'l\'été "à" la *plage* [x] : ;'
    path.mkdir()
    return path


@pytest.fixture
def make_repo(folder: Path) -> Callable[..., Repo]:
    """Make an empty repository in `folder`."""
    if shutil.which("git") is None:
        pytest.skip("there is no git command")

    def make(name: str, *options: str) -> Repo:
        root = folder / name
        root.mkdir(parents=True)
        repo = Repo(root)
        repo.git("init", "--quiet", *options)
        return repo

    return make


@pytest.fixture
def repo(make_repo: Callable[..., Repo]) -> Repo:
    """A clean repository with one commit."""
    made = make_repo("projet d'été")
    made.commit()
    return made


@pytest.fixture(params=["gitpython", "alone"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test with GitPython, and as it goes when there is a mock in its place."""
    if request.param == "alone":
        monkeypatch.setattr(process, "_gitpython", lambda: None)


@pytest.fixture
def fresh_gitpython() -> Iterator[None]:
    """Forget before and after the test whether GitPython could be had."""
    process._gitpython.cache_clear()
    yield
    process._gitpython.cache_clear()


@pytest.fixture
def fake_git(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a shell script in the place of the git command."""
    process._gitpython()  # it asks the real git for its version

    def install(script: str) -> None:
        path = folder / "false git"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("GIT_PYTHON_GIT_EXECUTABLE", str(path))

    return install


@pytest.fixture
def without_git(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No git command on the PATH."""
    (folder / "empty").mkdir()
    monkeypatch.setenv("PATH", str(folder / "empty"))


class Fake(ModuleType):
    """A module of a mock: any attribute is there."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return Fake(f"{self.__name__}.{name}")

    def __call__(self, *args: object, **kwargs: object) -> object:
        return Fake(self.__name__)


@pytest.fixture
def fake_module() -> Callable[[str], ModuleType]:
    """Make a module as a mock does."""
    return Fake


def snapshot_of(root: Path) -> dict[str, tuple[int, bytes]]:
    """Return date and content of each file below a folder."""
    return {
        str(path.relative_to(root)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def snapshot() -> Callable[[Path], dict[str, tuple[int, bytes]]]:
    """Tell what is in a folder, to compare with later."""
    return snapshot_of
