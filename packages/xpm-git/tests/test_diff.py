from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from xpm_git import diff as diff_module
from xpm_git import git_state
from xpm_git.diff import Diff, uncommitted_diff
from xpm_git.process import Deadline

pytestmark = pytest.mark.usefixtures("both_ways")


def diff_of(repo: Any, max_bytes: int = 1 << 20) -> Diff:
    state = git_state(repo.root)
    assert state is not None and state.problem is None
    return uncommitted_diff(state, Deadline(), max_bytes)


@pytest.fixture
def replay(folder: Path) -> Callable[[Any, Diff], dict[str, bytes]]:
    """Apply a diff to a fresh clone; return the files that are there then."""

    def apply(repo: Any, diff: Diff) -> dict[str, bytes]:
        repo.git("clone", "--quiet", ".", str(folder / "clone"))
        (folder / "patch").write_bytes(diff.patch)
        repo.git("-C", str(folder / "clone"), "apply", str(folder / "patch"))
        return files_of(folder / "clone")

    return apply


def files_of(root: Path) -> dict[str, bytes]:
    files = {}
    for path in sorted(root.rglob("*")):
        if ".git" not in path.parts and not path.is_dir():
            name = os.fsencode(path.relative_to(root)).decode("utf-8", "backslashreplace")
            mode = b"x" if os.access(path, os.X_OK) and not path.is_symlink() else b"-"
            files[name] = mode + (os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes())
    return files


def test_a_dirty_run_can_be_reproduced(
    repo: Any, replay: Callable[[Any, Diff], object], snapshot: Callable[[Path], object]
) -> None:
    for name in ("changed", "staged", "deleted", "renamed", "été 'a' \"b\"", "type"):
        repo.commit(f"{name}.py", f"{name}\n" * 10)
    repo.commit("mode.sh")
    repo.commit("binary", bytes(range(256)))
    repo.commit("latin.txt", "été\n".encode("latin-1"))
    repo.commit("no-newline.txt", "a")
    repo.write("changed.py", "changed\n")
    repo.write("staged.py", "staged\n")
    repo.write("added.py", "added\n")
    repo.git("add", "staged.py", "added.py")
    repo.write("staged.py", "and changed again\n")
    (repo.root / "deleted.py").unlink()
    repo.git("mv", "renamed.py", "moved.py")
    repo.write("été 'a' \"b\".py", "x\n")
    (repo.root / "mode.sh").chmod(0o755)
    (repo.root / "type.py").unlink()
    (repo.root / "type.py").symlink_to("changed.py")
    repo.write("binary", bytes(range(255, -1, -1)))
    repo.write("latin.txt", "hôte\n".encode("latin-1"))
    repo.write("no-newline.txt", "b")
    repo.write("package/sub folder/new.py", "new\n")
    repo.write("package/[a]*?.py", "globs\n")
    repo.write("-dash:colon", "new\n")
    repo.write("new binary", b"\0\1\2")
    repo.write("new empty", b"")
    (repo.root / "new link").symlink_to("changed.py")
    repo.write("new script", "#!/bin/sh\n").chmod(0o755)
    if sys.platform == "linux":
        (repo.root / os.fsdecode(b"latin-\xe9.py")).write_text("x\n")
    before = snapshot(repo.root)
    diff = diff_of(repo)
    assert snapshot(repo.root) == before  # neither files, nor index, nor objects
    assert not diff.omitted and not diff.truncated
    assert replay(repo, diff) == files_of(repo.root)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_before_the_first_commit(make_repo: Callable[..., Any], folder: Path, algorithm: str) -> None:
    repo = make_repo("new", f"--object-format={algorithm}")
    repo.write("staged.py", "staged\n")
    repo.git("add", "staged.py")
    repo.write("untracked.py", "untracked\n")
    (folder / "patch").write_bytes(diff_of(repo).patch)
    other = make_repo("other")
    other.git("apply", str(folder / "patch"))
    assert files_of(other.root) == files_of(repo.root)


def test_in_a_worktree(repo: Any, folder: Path) -> None:
    repo.git("worktree", "add", "--quiet", str(folder / "tree"))
    (folder / "tree" / "new.py").write_text("new\n")
    (folder / "tree" / "code.py").write_text("x = 2\n")
    diff = diff_of(type(repo)(folder / "tree"))
    assert b"+new\n" in diff.patch and b"+x = 2\n" in diff.patch and not diff.truncated


@pytest.mark.parametrize(
    "setting",
    [
        "diff.noprefix=true",
        "diff.mnemonicPrefix=true",
        "diff.external=/missing/program",
        "diff.renames=copies",
        "diff.context=0",
        "diff.interHunkContext=100",
        "diff.algorithm=histogram",
        "diff.wordRegex=.",
        "diff.submodule=log",
        "diff.relative=true",
        "diff.ignoreSubmodules=all",
        "diff.colorMoved=zebra",
        "color.ui=always",
        "core.quotePath=false",
        "core.safecrlf=true",
        "core.pager=/missing/program",
    ],
)
def test_settings_of_the_person_change_nothing(
    repo: Any, setting: str, replay: Callable[[Any, Diff], object]
) -> None:
    repo.commit("sub/été.py", "a\nb\nc\n")
    repo.write("sub/été.py", "a\nB\nc\n")
    repo.git("mv", "code.py", "moved.py")
    repo.write("new.py")
    repo.git("config", *setting.split("="))
    diff = diff_of(repo)
    repo.git("config", "--unset", setting.split("=")[0])
    assert replay(repo, diff) == files_of(repo.root)


def test_what_is_ignored_is_left_out(repo: Any) -> None:
    repo.commit(".gitignore", "results/\n")
    repo.write("results/a")
    repo.write("package/__pycache__/a.pyc")
    repo.write("__pycache__/a.pyc")
    assert diff_of(repo) == Diff(patch=b"")


def test_another_repository_inside_is_left_out(repo: Any, make_repo: Callable[..., Any]) -> None:
    make_repo(f"{repo.root.name}/inner").commit()
    repo.write("new.py", "new\n")
    diff = diff_of(repo)
    assert b"+new\n" in diff.patch and b"inner" not in diff.patch and not diff.truncated


def test_a_submodule_at_another_commit(repo: Any, make_repo: Callable[..., Any]) -> None:
    outer = make_repo("outer")
    outer.git("submodule", "--quiet", "add", str(repo.root), "sub")
    outer.commit("main.py")
    outer.git("-C", "sub", "commit", "--quiet", "--allow-empty", "--message", "Other")
    diff = diff_of(outer, 600)
    commit = outer.git("-C", "sub", "rev-parse", "HEAD").encode()
    assert diff.patch.endswith(b"+Subproject commit " + commit + b"\n") and not diff.omitted


def test_large_files_do_not_hide_the_code(repo: Any, replay: Callable[[Any, Diff], object]) -> None:
    repo.commit("a/tracked:[1].data", "x")
    repo.write("a/tracked:[1].data", os.urandom(3000))
    repo.write("a/untracked.data", os.urandom(3000))
    repo.write("code.py", "x = 2\n")
    repo.write("new.py", "new\n")
    expected = files_of(repo.root)
    diff = diff_of(repo, 2000)
    assert diff.omitted == ("a/tracked:[1].data", "a/untracked.data") and not diff.truncated
    expected["a/tracked:[1].data"] = b"-x"
    del expected["a/untracked.data"]
    assert replay(repo, diff) == expected


def test_a_patch_that_is_too_long_ends_after_a_whole_file(
    repo: Any, replay: Callable[[Any, Diff], dict[str, bytes]]
) -> None:
    for name in ("a.py", "b.py", "c.py"):
        repo.commit(name, "x\n")
    for name in ("a.py", "b.py", "c.py"):
        repo.write(name, f"{name}\n" * 100)
    repo.write("new.py", "new\n")
    diff = diff_of(repo, 1500)
    assert diff.truncated and len(diff.patch) <= 1500
    files = replay(repo, diff)
    assert files["a.py"] == b"-" + b"a.py\n" * 100 and files["b.py"] == files["c.py"] == b"-x\n"
    assert "new.py" not in files


def test_the_first_file_alone_is_too_long(repo: Any) -> None:
    repo.commit("a.py", "a\n" * 4000)
    repo.write("a.py", "b\n")  # the patch holds the old text
    assert diff_of(repo, 2000) == Diff(patch=b"", truncated=True)


def test_untracked_files_share_what_is_left(repo: Any) -> None:
    for index in range(9):
        repo.write(f"{index}.txt", "x" * 100 * (index + 1))
    diff = diff_of(repo, 3000)
    assert diff.omitted == ("7.txt", "8.txt")  # the largest
    assert diff.truncated and 2000 < len(diff.patch) <= 3000  # the headers need some place


def test_many_large_files(repo: Any) -> None:
    for index in range(diff_module.NAMED_FILES + 1):
        repo.write(f"{index:03}", "x" * 100)
    diff = diff_of(repo, 50)
    assert len(diff.omitted) == diff_module.NAMED_FILES and diff.truncated and diff.patch == b""


def test_git_fails(repo: Any, fake_git: Callable[[str], None]) -> None:
    repo.write("code.py", "x = 2\n")
    repo.write("new.py")
    state = git_state(repo.root)
    assert state is not None
    for command in ("diff --name-only", "diff --binary", "ls-files", "add"):
        fake_git(f'case "$*" in *" {command}"*) exit 1;; *) exec git "$@";; esac')
        assert uncommitted_diff(state, Deadline()).truncated
    assert uncommitted_diff(state, Deadline(0)) == Diff(patch=b"", truncated=True)


@pytest.mark.parametrize("patch", ["été\n".encode(), "été\n".encode("latin-1"), b"\0\xff"])
def test_as_json(patch: bytes) -> None:
    values = json.loads(json.dumps(Diff(patch=patch, omitted=("a",)).to_dict()))
    assert (values["omitted"], values["truncated"]) == (["a"], False)
    if values["encoding"] == "utf-8":
        assert values["patch"].encode() == patch
    else:
        assert values["encoding"] == "base64" and base64.b64decode(values["patch"]) == patch
