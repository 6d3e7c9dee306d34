"""Which repository holds a path."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from xpm_git.process import NOT_FOUND, Deadline, run_git

# Another text ("not a git repository: /gone/.git") tells of a repository that is damaged.
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


class Finder:
    """Finds the repositories that hold paths, and asks git once for the paths of one."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._by_mark: dict[Path, Repository | None] = {}
        self._by_root: dict[Path, Repository] = {}

    @property
    def found(self) -> list[Repository]:
        """The distinct repositories found so far, in order of appearance."""
        return list(self._by_root.values())

    def find(self, path: Path) -> Repository | None:
        """Find the innermost repository that holds a path.

        Symbolic links are followed: code lives where its files are.

        Args:
            path: A file or folder; when it does not exist, the closest parent that does is taken.

        Returns:
            The repository, or None when there is none.
        """
        folder = _folder_of(path)
        mark = _marked_parent(folder)
        if mark is None:
            return None  # without a process, and without loading GitPython
        if mark not in self._by_mark:
            self._by_mark[mark] = _ask(folder, mark, self._deadline)
        repository = self._by_mark[mark]
        return None if repository is None else self._by_root.setdefault(repository.root, repository)


def _ask(folder: Path, mark: Path, deadline: Deadline) -> Repository | None:
    question = ["rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--show-toplevel"]
    asked = run_git(question, folder, deadline)
    answers = os.fsdecode(asked.stdout).split("\n", 2)
    if asked.status == 0:
        return Repository(Path(answers[2].removesuffix("\n")))
    if len(answers) == 3 and answers[1] == "false":  # bare, or inside the `.git` folder of another
        asked = run_git(["rev-parse", "--absolute-git-dir"], folder, deadline)
        return Repository(Path(os.fsdecode(asked.stdout).removesuffix("\n") or mark), has_files=False)
    if _NOT_A_REPOSITORY.search(asked.stderr):
        return None
    return Repository(mark, problem=asked.complaint, without_git=asked.status == NOT_FOUND)


def _folder_of(path: Path) -> Path:
    folder = Path(os.path.realpath(path))
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def _marked_parent(folder: Path) -> Path | None:
    """Return the closest folder that looks like a repository; git has the last word."""
    for parent in (folder, *folder.parents):
        bare = os.path.exists(parent / "HEAD") and os.path.exists(parent / "objects")
        if bare or os.path.lexists(parent / ".git"):
            return parent
    return None
