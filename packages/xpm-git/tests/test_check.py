from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from xpm_git import DirtyGitAction, DirtyGitError, XpmGitError, check_dirty

pytestmark = pytest.mark.usefixtures("both_ways")


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Callable[..., list[str]]:
    """Check paths with WARN and return the lines it logs."""

    def check(*paths: Path | str, **options: Any) -> list[str]:
        caplog.clear()
        check_dirty(paths, DirtyGitAction.WARN, **options)
        assert all((record.name, record.levelno) == ("xpm.git", logging.WARNING) for record in caplog.records)
        return [record.getMessage() for record in caplog.records]

    return check


def error_of(*paths: Path) -> str:
    with pytest.raises(DirtyGitError) as caught:
        check_dirty(paths, DirtyGitAction.ERROR)
    return str(caught.value)


@pytest.mark.parametrize("action", DirtyGitAction)
def test_clean(repo: Any, action: DirtyGitAction, caplog: pytest.LogCaptureFixture) -> None:
    check_dirty([repo.root, repo.root / "code.py"], action)
    assert not caplog.records


@pytest.mark.parametrize("action", DirtyGitAction)
def test_no_repository(folder: Path, action: DirtyGitAction, caplog: pytest.LogCaptureFixture) -> None:
    check_dirty([folder, folder / "missing"], action)
    check_dirty([], action)
    assert not caplog.records


def test_warn(repo: Any, warnings: Callable[..., list[str]]) -> None:
    repo.write("code.py", "x = 2\n")
    assert warnings(repo.root) == [f"the git repository {repo.root} has an uncommitted change: code.py"]
    repo.write("new.py")
    assert warnings(str(repo.root)) == [
        f"the git repository {repo.root} has 2 uncommitted changes: code.py, new.py"
    ]


def test_error(repo: Any) -> None:
    for index in range(20):
        repo.write(f"{index:02}.py")
    assert error_of(repo.root) == (
        f"the git repository {repo.root} has 20 uncommitted changes: 00.py, 01.py, 02.py, and 17 more "
        "(commit first, or set dirty_git to warn or ignore)"
    )
    assert issubclass(DirtyGitError, XpmGitError)


@pytest.mark.parametrize("action", [DirtyGitAction.IGNORE, "ignore", "IGNORE"])
def test_ignore_does_not_look(
    repo: Any, action: str, caplog: pytest.LogCaptureFixture, fake_git: Callable[[str], None], folder: Path
) -> None:
    repo.write("code.py", "x = 2\n")
    fake_git(f"touch '{folder.parent}/asked'")
    check_dirty([repo.root], action)
    assert not caplog.records and not (folder.parent / "asked").exists()


def test_an_action_by_its_text(repo: Any) -> None:
    repo.write("code.py", "x = 2\n")
    with pytest.raises(DirtyGitError):
        check_dirty([repo.root], "Error")
    with pytest.raises(ValueError, match="eror"):
        check_dirty([repo.root], "eror")


def test_each_repository_once(
    repo: Any, make_repo: Callable[..., Any], warnings: Callable[..., list[str]], folder: Path
) -> None:
    other, clean = make_repo("other"), make_repo("clean")
    clean.commit()
    repo.write("a/code.py")
    other.write("b.py")
    (folder / "link").symlink_to(repo.root)
    paths = [folder / "link", other.root, repo.root / "a", clean.root, folder, repo.root]
    first = f"the git repository {repo.root} has an uncommitted change: a/"
    second = f"the git repository {other.root} has an uncommitted change: b.py"
    assert warnings(*paths) == [first, second]
    assert error_of(*paths).startswith(f"{first}; {second} (")


def test_names_do_not_break_the_line(repo: Any, warnings: Callable[..., list[str]]) -> None:
    repo.write("a\nb\x1b[31m.py")
    repo.write("été.py")
    (line,) = warnings(repo.root)
    assert line.endswith(r"2 uncommitted changes: a\nb\x1b[31m.py, été.py")


def test_percent_signs(repo: Any, warnings: Callable[..., list[str]]) -> None:
    repo.write("100%s.py")
    assert warnings(repo.root)[0].endswith("100%s.py")


def test_ignored_folders(repo: Any, warnings: Callable[..., list[str]]) -> None:
    repo.write("runs/xp/1")
    assert warnings(repo.root, ignore=[repo.root / "runs"]) == []
    assert warnings(repo.root, ignore=[str(repo.root / "runs")]) == []
    repo.write("code.py", "x = 2\n")
    assert len(warnings(repo.root, ignore=[repo.root / "runs"])) == 1


class TestNotKnownToBeClean:
    """A repository that git does not read is reported."""

    def test_refused(
        self, repo: Any, warnings: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
        if repo.git("rev-parse", "HEAD", check=False):
            pytest.skip("this git has no such switch")
        expected = (
            f"the git repository {repo.root} cannot be checked for uncommitted changes: detected dubious"
        )
        (line,) = warnings(repo.root)
        assert line.startswith(expected) and "git config --global --add safe.directory" in line
        assert error_of(repo.root).startswith(expected)

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
    def test_a_submodule_of_another_user(
        self, repo: Any, make_repo: Callable[..., Any], warnings: Callable[..., list[str]]
    ) -> None:
        outer = make_repo("outer")
        outer.git("submodule", "--quiet", "add", str(repo.root), "sub")
        outer.commit("main.py")
        for path in ("sub", "sub/.git", ".git/modules/sub"):
            os.chown(outer.root / path, 65534, 65534)
        assert warnings(outer.root) == []  # git trusts the submodules of a repository that it trusts
        outer.write("sub/new.py")
        assert len(warnings(outer.root)) == 1

    @pytest.mark.usefixtures("without_git")
    def test_no_git_command(self, folder: Path, warnings: Callable[..., list[str]]) -> None:
        (folder / ".git").mkdir()
        expected = (
            f"the git repository {folder} cannot be checked for uncommitted changes: "
            "there is no 'git' command on the PATH"
        )
        assert warnings(folder) == [expected]
        assert error_of(folder).startswith(expected)
        check_dirty([folder], DirtyGitAction.IGNORE)

    def test_a_frozen_git(
        self,
        repo: Any,
        fake_git: Callable[[str], None],
        monkeypatch: pytest.MonkeyPatch,
        warnings: Callable[..., list[str]],
    ) -> None:
        from xpm_git import process

        fake_git("sleep 600")
        monkeypatch.setattr(process.Deadline.__init__, "__defaults__", (0.05,))
        (line,) = warnings(repo.root)
        assert "no answer within 0.05 s" in line

    def test_developer_tools_missing(
        self, repo: Any, fake_git: Callable[[str], None], warnings: Callable[..., list[str]]
    ) -> None:
        fake_git("echo 'xcrun: error: invalid active developer path' >&2; exit 1")
        (line,) = warnings(repo.root)
        assert line.endswith("xcrun: error: invalid active developer path")


def test_nothing_is_left_behind(repo: Any, folder: Path, snapshot: Callable[[Path], object]) -> None:
    repo.write("code.py", "x = 2\n")
    before = snapshot(folder)
    error_of(repo.root)
    assert snapshot(folder) == before
