from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from xpm_git.process import Deadline
from xpm_git.repository import Finder, Repository

pytestmark = pytest.mark.usefixtures("both_ways")


def find(path: Path) -> Repository | None:
    return Finder(Deadline()).find(path)


def test_from_the_root_a_subfolder_a_file_and_a_path_to_be_made(repo: Any) -> None:
    file = repo.write("a/b/c.py")
    for path in (repo.root, repo.root / "a", file, repo.root / "a" / "later" / "still"):
        assert find(path) == Repository(repo.root)


def test_no_repository(folder: Path) -> None:
    assert find(folder) is None
    assert find(folder / "missing") is None


@pytest.mark.parametrize("mark", ["folder", "file", "link", "bare"])
def test_what_only_looks_like_a_repository(folder: Path, mark: str) -> None:
    if mark == "folder":
        (folder / ".git").mkdir()
    elif mark == "file":
        (folder / "HEAD").touch()
        (folder / "objects").touch()
    elif mark == "link":
        (folder / ".git").symlink_to(folder / "missing")
    else:
        (folder / "HEAD").touch()
        (folder / "objects").mkdir()
    assert find(folder) is None


def test_an_empty_git_folder_does_not_hide_the_repository_around_it(repo: Any) -> None:
    (repo.root / "a" / ".git").mkdir(parents=True)
    assert find(repo.root / "a") == Repository(repo.root)


def test_a_git_file_that_leads_nowhere_is_a_problem(folder: Path) -> None:
    (folder / ".git").write_text("gitdir: /missing/repository\n")
    found = find(folder)
    assert found is not None and found.root == folder
    assert found.problem == "not a git repository: /missing/repository"


def test_a_git_file_that_is_none_is_a_problem(folder: Path) -> None:
    (folder / ".git").write_text("nonsense\n")
    found = find(folder)
    assert found is not None and found.problem is not None
    assert found.problem.startswith("invalid gitfile format")


def test_settings_that_git_cannot_read(repo: Any) -> None:
    (repo.root / ".git" / "config").write_text("[[[\n")
    found = find(repo.root)
    assert found is not None and found.problem is not None
    assert "bad config line 1" in found.problem


def test_a_bare_repository(make_repo: Callable[..., Any]) -> None:
    bare = make_repo("bare.git", "--bare")
    assert find(bare.root) == find(bare.root / "refs") == Repository(bare.root, has_files=False)


def test_inside_the_git_folder(repo: Any) -> None:
    assert find(repo.root / ".git" / "refs") == Repository(repo.root / ".git", has_files=False)


def test_links_are_followed(repo: Any, make_repo: Callable[..., Any], folder: Path) -> None:
    repo.write("project/a.py")
    outside = folder / "link"
    outside.symlink_to(repo.root / "project")
    assert find(outside) == find(outside / "a.py") == Repository(repo.root)
    other = make_repo("other")
    inside = other.root / "link"
    inside.symlink_to(repo.root / "project")
    assert find(inside) == Repository(repo.root)  # the code lives there
    inside.unlink()
    inside.symlink_to(inside)  # for ever
    assert find(inside) == Repository(other.root)


def test_a_repository_in_another(repo: Any, make_repo: Callable[..., Any]) -> None:
    inner = make_repo(f"{repo.root.name}/inner")
    finder = Finder(Deadline())
    for path in (inner.root, repo.root, inner.root / "a"):
        finder.find(path)
    assert finder.found == [Repository(inner.root), Repository(repo.root)]


def test_git_is_asked_once_for_the_paths_of_one_repository(
    repo: Any, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    from xpm_git import repository

    asked: list[Path] = []
    ask = repository._ask

    def watched(folder: Path, mark: Path, deadline: Deadline) -> Repository | None:
        asked.append(folder)
        return ask(folder, mark, deadline)

    monkeypatch.setattr(repository, "_ask", watched)
    finder = Finder(Deadline())
    for name in ("a", "b", "a/c"):
        (repo.root / name).mkdir()
        finder.find(repo.root / name)
    finder.find(folder)
    assert finder.found == [Repository(repo.root)]
    assert len(asked) == 1


@pytest.mark.usefixtures("without_git")
def test_without_git(make_marked: Path, folder: Path) -> None:
    found = find(make_marked / "sub")
    assert found == Repository(make_marked, problem="there is no 'git' command on the PATH", without_git=True)
    assert find(folder) is None


@pytest.fixture
def make_marked(folder: Path) -> Path:
    """A folder with a `.git` folder, made without git."""
    (folder / "marked" / ".git").mkdir(parents=True)
    return folder / "marked"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_may_not_be_read(repo: Any) -> None:
    (repo.root / ".git").chmod(0)
    try:
        found = find(repo.root)
    finally:
        (repo.root / ".git").chmod(0o755)
    assert found is None or found.problem is not None


def test_variables_of_a_hook_do_not_lead_elsewhere(
    repo: Any, make_repo: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_repo("other")
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    assert find(repo.root) == Repository(repo.root)
    shutil.rmtree(repo.root / ".git")
    assert find(repo.root) is None
