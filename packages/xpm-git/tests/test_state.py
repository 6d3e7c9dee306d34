from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from xpm_git import GitState, git_state
from xpm_git.process import Deadline
from xpm_git.repository import Finder
from xpm_git.state import read_state

pytestmark = pytest.mark.usefixtures("both_ways")


def state_of(path: Path) -> GitState:
    state = git_state(path)
    assert state is not None
    return state


def counts(path: Path) -> tuple[bool, int, int, tuple[str, ...]]:
    state = state_of(path)
    assert state.problem is None
    return state.dirty, state.modified, state.untracked, state.changed


def test_clean(repo: Any) -> None:
    commit = repo.git("rev-parse", "HEAD")
    assert git_state(repo.root) == GitState(root=repo.root, branch="main", commit=commit)
    assert git_state(str(repo.root / "code.py")) == git_state(repo.root)


def test_no_repository(folder: Path) -> None:
    assert git_state(folder) is None
    assert git_state(folder / "missing") is None


@pytest.mark.usefixtures("without_git")
def test_no_git(folder: Path) -> None:
    (folder / ".git").mkdir()
    assert git_state(folder) is None


class TestChanges:
    def test_changed(self, repo: Any) -> None:
        repo.write("code.py", "x = 2\n")
        assert counts(repo.root) == (True, 1, 0, ("code.py",))

    def test_staged(self, repo: Any) -> None:
        repo.write("code.py", "x = 2\n")
        repo.write("new.py")
        repo.git("add", "--all")
        assert counts(repo.root) == (True, 2, 0, ("code.py", "new.py"))

    def test_staged_then_taken_back(self, repo: Any) -> None:
        repo.write("code.py", "x = 2\n")
        repo.git("add", "--all")
        repo.write("code.py", "x = 1\n")
        assert counts(repo.root) == (True, 1, 0, ("code.py",))

    def test_deleted(self, repo: Any) -> None:
        (repo.root / "code.py").unlink()
        assert counts(repo.root) == (True, 1, 0, ("code.py",))

    def test_renamed(self, repo: Any) -> None:
        repo.git("mv", "code.py", "moved.py")
        assert counts(repo.root) == (True, 2, 0, ("code.py", "moved.py"))

    def test_made_executable(self, repo: Any) -> None:
        (repo.root / "code.py").chmod(0o755)
        assert counts(repo.root) == (True, 1, 0, ("code.py",))

    def test_a_link_in_place_of_a_file(self, repo: Any) -> None:
        (repo.root / "code.py").unlink()
        (repo.root / "code.py").symlink_to("elsewhere")
        assert counts(repo.root) == (True, 1, 0, ("code.py",))

    def test_conflict(self, repo: Any) -> None:
        repo.git("switch", "--quiet", "--create", "other")
        repo.commit("code.py", "x = 2\n")
        repo.git("switch", "--quiet", "main")
        repo.commit("code.py", "x = 3\n")
        repo.git("merge", "other", check=False)
        assert counts(repo.root) == (True, 1, 0, ("code.py",))

    def test_only_the_date_changed(self, repo: Any) -> None:
        os.utime(repo.root / "code.py", (1, 1))
        assert counts(repo.root) == (False, 0, 0, ())

    def test_untracked(self, repo: Any) -> None:
        repo.write("new.py")
        repo.write("data/1")
        repo.write("data/2")
        assert counts(repo.root) == (True, 0, 2, ("data/", "new.py"))

    def test_ignored(self, repo: Any) -> None:
        repo.commit(".gitignore", "*.log\nresults/\n")
        repo.write("a.log")
        repo.write("results/1")
        assert counts(repo.root) == (False, 0, 0, ())

    def test_empty_folders(self, repo: Any) -> None:
        (repo.root / "a" / "b").mkdir(parents=True)
        assert counts(repo.root) == (False, 0, 0, ())

    def test_byte_code_never_counts(self, repo: Any) -> None:
        repo.commit("package/code.py")
        repo.write("__pycache__/code.cpython-311.pyc")
        repo.write("package/__pycache__/code.cpython-311.pyc")
        repo.write("other/__pycache__/code.cpython-311.pyc")
        assert counts(repo.root) == (False, 0, 0, ())
        repo.write("other/code.py")
        assert counts(repo.root / "package") == (True, 0, 1, ("other/",))

    def test_strange_names(self, repo: Any) -> None:
        names = ["a b.py", 'quo"te.py', "tab\tand\nline.py", "été.py", "-dash.py", "back\\slash.py", "🌞.py"]
        for name in names:
            repo.commit(name)
        for name in names:
            repo.write(name, "x = 2\n")
        if sys.platform == "linux":  # elsewhere names are text
            (repo.root / os.fsdecode(b"latin-\xe9.py")).touch()
            names.append("latin-\\xe9.py")
        state = state_of(repo.root)
        assert set(state.changed) == set(names)
        assert json.loads(json.dumps(state.to_dict()))["changed"] == list(state.changed)

    def test_many(self, repo: Any) -> None:
        for index in range(25):
            repo.write(f"{index:02}.py")
        assert counts(repo.root) == (True, 0, 25, tuple(f"{index:02}.py" for index in range(10)))

    def test_a_repository_that_is_no_submodule(self, repo: Any, make_repo: Callable[..., Any]) -> None:
        make_repo(f"{repo.root.name}/inner").commit()
        assert counts(repo.root) == (True, 0, 1, ("inner/",))

    @pytest.mark.parametrize(
        "setting",
        [
            "status.showUntrackedFiles=no",
            "status.relativePaths=true",
            "status.renames=copies",
            "status.branch=false",
            "status.showStash=true",
            "status.short=true",
            "color.ui=always",
            "core.quotePath=true",
            "diff.ignoreSubmodules=all",
        ],
    )
    def test_settings_of_the_person_change_nothing(self, repo: Any, setting: str) -> None:
        repo.git("config", *setting.split("="))
        repo.git("mv", "code.py", "à.py")
        repo.write("sub/new.py")
        assert counts(repo.root / "sub") == (True, 2, 1, ("code.py", "à.py", "sub/"))


class TestHead:
    def test_detached(self, repo: Any) -> None:
        repo.git("checkout", "--quiet", "--detach")
        state = state_of(repo.root)
        assert state.branch is None and state.commit == repo.git("rev-parse", "HEAD") and not state.dirty

    def test_a_branch_with_a_strange_name(self, repo: Any) -> None:
        repo.git("switch", "--quiet", "--create", "pull/é'1")
        assert state_of(repo.root).branch == "pull/é'1"

    def test_during_a_rebase(self, repo: Any) -> None:
        repo.git("switch", "--quiet", "--create", "other")
        repo.commit("code.py", "x = 2\n")
        repo.git("switch", "--quiet", "main")
        repo.commit("code.py", "x = 3\n")
        repo.git("rebase", "other", check=False)
        state = state_of(repo.root)
        assert state.branch is None and state.commit == repo.git("rev-parse", "other") and state.dirty

    @pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
    def test_no_commit_yet(self, make_repo: Callable[..., Any], algorithm: str) -> None:
        empty = make_repo("empty", f"--object-format={algorithm}")
        assert git_state(empty.root) == GitState(root=empty.root, branch="main")
        empty.write("code.py")
        assert counts(empty.root) == (True, 0, 1, ("code.py",))
        empty.git("add", "--all")
        assert counts(empty.root) == (True, 1, 0, ("code.py",))

    def test_bare(self, repo: Any, make_repo: Callable[..., Any]) -> None:
        bare = make_repo("bare.git", "--bare")
        assert git_state(bare.root) == GitState(root=bare.root, branch="main")
        repo.git("push", "--quiet", str(bare.root), "main")
        assert git_state(bare.root) == GitState(
            root=bare.root, branch="main", commit=repo.git("rev-parse", "HEAD")
        )

    def test_shallow_clone(self, repo: Any, folder: Path) -> None:
        repo.commit("more.py")
        source = f"file://{repo.root}".replace(" ", "%20")
        repo.git("clone", "--quiet", "--depth=1", source, str(folder / "shallow"))
        state = state_of(folder / "shallow")
        assert state.commit == repo.git("rev-parse", "HEAD") and not state.dirty


class TestPlaces:
    def test_a_project_in_a_larger_repository(self, repo: Any) -> None:
        repo.commit("projects/mine/code.py")
        repo.commit("shared/code.py")
        repo.write("shared/code.py", "x = 2\n")
        assert state_of(repo.root / "projects" / "mine").root == repo.root
        assert counts(repo.root / "projects" / "mine") == (True, 1, 0, ("shared/code.py",))

    def test_a_symlinked_project(self, repo: Any, folder: Path) -> None:
        (folder / "link").symlink_to(repo.root)
        repo.write("code.py", "x = 2\n")
        assert state_of(folder / "link" / "code.py") == state_of(repo.root)
        assert counts(folder / "link") == (True, 1, 0, ("code.py",))

    def test_a_worktree(self, repo: Any, folder: Path) -> None:
        repo.git("worktree", "add", "--quiet", "-b", "other", str(folder / "tree"))
        repo.write("code.py", "x = 2\n")
        state = state_of(folder / "tree")
        assert (state.root, state.branch, state.dirty) == (folder / "tree", "other", False)
        (folder / "tree" / "code.py").write_text("x = 3\n")
        assert counts(folder / "tree") == (True, 1, 0, ("code.py",))

    def test_a_worktree_of_a_bare_repository(self, repo: Any, folder: Path) -> None:
        repo.git("clone", "--quiet", "--bare", ".", str(folder / "bare.git"))
        repo.git("-C", str(folder / "bare.git"), "worktree", "add", "--quiet", str(folder / "tree"), "main")
        state = state_of(folder / "tree")
        assert (state.root, state.branch, state.dirty) == (folder / "tree", "main", False)

    def test_a_worktree_whose_repository_is_gone(self, repo: Any, folder: Path) -> None:
        repo.git("worktree", "add", "--quiet", str(folder / "tree"))
        repo.root.rename(folder / "moved")
        state = state_of(folder / "tree")
        assert state.dirty and state.problem is not None and "not a git repository" in state.problem

    def test_sparse_checkout(self, repo: Any) -> None:
        repo.commit("a/code.py")
        repo.commit("b/code.py")
        repo.git("sparse-checkout", "set", "a")
        assert not (repo.root / "b").exists()
        assert counts(repo.root) == (False, 0, 0, ())


class TestSubmodules:
    @pytest.fixture
    def outer(self, repo: Any, make_repo: Callable[..., Any]) -> Any:
        """A clean repository with `repo` as its submodule `libs/sub`."""
        outer = make_repo("outer")
        outer.git("submodule", "--quiet", "add", str(repo.root), "libs/sub")
        outer.commit("main.py")
        outer.git("-C", "libs/sub", "config", "user.name", "A Person")
        return outer

    def test_clean(self, outer: Any, repo: Any) -> None:
        assert counts(outer.root) == (False, 0, 0, ())
        state = state_of(outer.root / "libs" / "sub")
        assert (state.root, state.dirty) == (outer.root / "libs" / "sub", False)
        assert state.remote == str(repo.root)

    def test_changed_inside(self, outer: Any) -> None:
        outer.write("libs/sub/code.py", "x = 2\n")
        assert counts(outer.root) == (True, 1, 0, ("libs/sub",))
        assert state_of(outer.root).dirty_submodules == ("libs/sub",)
        assert counts(outer.root / "libs" / "sub") == (True, 1, 0, ("code.py",))

    def test_untracked_inside(self, outer: Any) -> None:
        outer.write("libs/sub/new.py")
        assert counts(outer.root) == (True, 1, 0, ("libs/sub",))
        assert state_of(outer.root).dirty_submodules == ("libs/sub",)

    def test_at_another_commit(self, outer: Any) -> None:
        outer.git("-C", "libs/sub", "commit", "--quiet", "--allow-empty", "--message", "Other")
        assert counts(outer.root) == (True, 1, 0, ("libs/sub",))
        assert state_of(outer.root).dirty_submodules == ()

    def test_hidden_by_settings(self, outer: Any) -> None:
        outer.git("config", "submodule.libs/sub.ignore", "all")
        outer.write("libs/sub/code.py", "x = 2\n")
        assert counts(outer.root) == (True, 1, 0, ("libs/sub",))

    def test_byte_code_inside(self, outer: Any) -> None:
        outer.write("libs/sub/__pycache__/code.cpython-311.pyc")
        assert counts(outer.root) == (False, 0, 0, ())
        outer.write("main.py", "x = 2\n")
        assert counts(outer.root) == (True, 1, 0, ("main.py",))

    def test_not_fetched(self, outer: Any, folder: Path) -> None:
        outer.git("clone", "--quiet", ".", str(folder / "clone"))
        assert counts(folder / "clone") == (False, 0, 0, ())


class TestRefusals:
    @pytest.fixture
    def assumed(self, repo: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
        """A repository that git takes for another user's."""
        monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
        if "dubious" not in repo.git("status", check=False) and repo.git("status", check=False):
            pytest.skip("this git has no such switch")
        return repo

    def test_a_repository_of_another_user(self, assumed: Any) -> None:
        (assumed.root / "sub").mkdir()
        state = state_of(assumed.root / "sub")
        assert (state.root, state.dirty, state.commit) == (assumed.root, True, None)
        assert state.problem is not None
        assert "dubious ownership" in state.problem and "safe.directory" in state.problem

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
    def test_really_of_another_user(self, repo: Any, settings: Path) -> None:
        for path in (repo.root, *repo.root.rglob("*")):
            os.lchown(path, 65534, 65534)
        state = state_of(repo.root)
        assert state.dirty and state.problem is not None and "dubious ownership" in state.problem
        repo.git("config", "--file", str(settings), "safe.directory", str(repo.root))
        assert counts(repo.root) == (False, 0, 0, ())

    def test_a_damaged_index(self, repo: Any) -> None:
        (repo.root / ".git" / "index").write_bytes(b"nonsense")
        state = state_of(repo.root)
        assert state.dirty and state.problem is not None and "index" in state.problem

    def test_no_answer(self, repo: Any) -> None:
        found = Finder(Deadline()).find(repo.root)
        assert found is not None
        state = read_state(found, Deadline(0))
        assert state.dirty and state.problem == "`git status` was stopped: no answer within 0 s"


def test_the_remote_without_credentials(repo: Any) -> None:
    repo.git("remote", "add", "origin", "https://me:secret@example.org/code.git")
    assert state_of(repo.root).remote == "https://example.org/code.git"
    assert "secret" not in json.dumps(state_of(repo.root).to_dict())


def test_what_is_ignored_on_request(repo: Any, folder: Path) -> None:
    found = Finder(Deadline()).find(repo.root)
    assert found is not None

    def changed(*ignore: Path) -> tuple[str, ...]:
        return read_state(found, Deadline(), ignore=ignore).changed

    repo.write("runs [1]*/a/b")
    repo.write("runs 1/a")
    repo.write("..runs/a")
    assert changed() == ("..runs/", "runs 1/", "runs [1]*/")
    assert changed(repo.root / "runs [1]*") == ("..runs/", "runs 1/")
    assert changed(repo.root / "runs [1]*" / "a", repo.root / "..runs") == ("runs 1/",)
    (folder / "link").symlink_to(repo.root / "runs 1")
    assert changed(folder / "link", repo.root / "missing") == ("..runs/", "runs [1]*/")
    assert changed(repo.root, repo.root.parent, folder) == changed()


def test_looking_changes_nothing(repo: Any, snapshot: Callable[[Path], object]) -> None:
    os.utime(repo.root / "code.py", (1, 1))  # git would like to note the new date
    before = snapshot(repo.root)
    assert git_state(repo.root) is not None
    assert snapshot(repo.root) == before
