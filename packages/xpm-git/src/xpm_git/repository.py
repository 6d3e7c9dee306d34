"""Which repository holds a path."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from xpm_git.errors import GitNotFound
from xpm_git.process import run_git

_NOT_A_REPOSITORY = re.compile(r"not a git repository \(or any")


@dataclass(frozen=True)
class Repository:
    """A repository that was found, readable or not."""

    #: Top folder of the working tree; the git folder itself when there is no working tree.
    root: Path
    #: There are files that could be changed: it is not bare.
    has_files: bool = True
    #: Why git says nothing about it (not ours, damaged, no git command); None when it does.
    problem: str | None = None
    #: The problem is that there is no git command.
    without_git: bool = False


def find_repository(path: Path) -> Repository | None:
    """Find the repository that holds a path. Symbolic links are followed: code lives where its files are.

    Args:
        path: A file or folder; when it does not exist, the closest parent that does is taken.

    Returns:
        The innermost repository, or None when there is none.
    """
    folder = _folder_of(path)
    marked = _marked_parent(folder)
    if marked is None:
        return None  # most paths end here, without a process, and without loading GitPython
    try:
        asked = run_git(
            ["rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--show-toplevel"], folder
        )
    except GitNotFound as error:
        return Repository(marked, problem=str(error), without_git=True)
    answers = os.fsdecode(asked.stdout).split("\n", 2)
    if asked.status == 0:
        return Repository(Path(answers[2].removesuffix("\n")))
    if len(answers) >= 2 and answers[1] == "false":  # bare, or inside the `.git` folder of another
        git_folder = run_git(["rev-parse", "--absolute-git-dir"], folder)
        return Repository(Path(os.fsdecode(git_folder.stdout).removesuffix("\n") or marked), has_files=False)
    if _NOT_A_REPOSITORY.search(asked.stderr):
        return None
    return Repository(marked, problem=asked.complaint)


def find_repositories(paths: Iterable[Path]) -> list[Repository]:
    """Find the distinct repositories that hold the paths, in order of appearance."""
    found: dict[Path, Repository] = {}
    seen: set[Path] = set()
    for path in paths:
        folder = _folder_of(path)
        if folder in seen:
            continue
        seen.add(folder)
        repository = find_repository(folder)
        if repository is not None:
            found.setdefault(repository.root, repository)
    return list(found.values())


def _folder_of(path: Path) -> Path:
    folder = Path(os.path.realpath(path))
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def _marked_parent(folder: Path) -> Path | None:
    """Return the closest folder that looks like a repository; git has the last word."""
    for parent in (folder, *folder.parents):
        if os.path.lexists(parent / ".git") or ((parent / "HEAD").exists() and (parent / "objects").exists()):
            return parent
    return None
