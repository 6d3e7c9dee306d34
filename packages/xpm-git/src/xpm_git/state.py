"""What git says about a project: commit, branch, uncommitted changes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xpm_git.process import Deadline, run_git
from xpm_git.remotes import remote_url
from xpm_git.repository import Finder, Repository

#: How many changed files are named.
NAMED_FILES = 10

#: Written by Python itself when it imports the project: never a change of the project.
BYTE_CODE = ":(top,exclude,glob)**/__pycache__/**"

# Everything that people's own settings could change is said explicitly.
_STATUS = [
    "status",
    "--porcelain=v2",
    "--branch",
    "-z",
    "--no-ahead-behind",
    "--no-renames",
    "--untracked-files=normal",
    "--ignore-submodules=none",
    "--",
    ":(top)",
    BYTE_CODE,
]

#: Kind of a record of `git status` -> how many fields come before its path: changed, in conflict, untracked.
_PATH_FIELD = {b"1": 7, b"u": 9, b"?": 0}


@dataclass(frozen=True, kw_only=True)
class GitState:
    """The state of a repository at one moment."""

    #: Top folder of the working tree (of the repository itself when it is bare).
    root: Path
    #: Name of the current branch; None when HEAD is detached.
    branch: str | None = None
    #: Full hash of the current commit; None when there is none yet.
    commit: str | None = None
    #: There are uncommitted changes, or git could not say (see `problem`).
    dirty: bool = False
    #: How many files differ from the commit: changed, added, deleted, in conflict; staged or not.
    #: A submodule counts as one, a renamed file as two.
    modified: int = 0
    #: How many files git neither knows nor ignores; a folder of such files counts as one.
    untracked: int = 0
    #: The first changed files, relative to `root`; untracked folders end with a slash.
    changed: tuple[str, ...] = ()
    #: The submodules that have uncommitted changes of their own, relative to `root`.
    dirty_submodules: tuple[str, ...] = ()
    #: URL of the remote, without credentials; None when there is none.
    remote: str | None = None
    #: Why git says nothing about this repository; None when it does. Such a repository is taken as dirty.
    problem: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        return {
            "root": _text(os.fsencode(self.root)),
            "branch": self.branch,
            "commit": self.commit,
            "dirty": self.dirty,
            "modified": self.modified,
            "untracked": self.untracked,
            "changed": list(self.changed),
            "dirty_submodules": list(self.dirty_submodules),
            "remote": self.remote,
            "problem": self.problem,
        }


def git_state(path: Path | str) -> GitState | None:
    """Describe the repository that holds a path.

    Raises nothing for what happens to projects: no repository, no commit yet, no git. When git refuses to
    read a repository (it belongs to another user: `safe.directory`) or fails on it, the state says so in
    `problem` and counts as dirty.

    Args:
        path: A file or folder of the project.

    Returns:
        The state, or None when no repository holds the path or there is no git command to ask.
    """
    deadline = Deadline()
    repository = Finder(deadline).find(Path(path))
    if repository is None or repository.without_git:
        return None
    state = read_state(repository, deadline)
    if state.problem is not None:
        return state
    return replace(state, remote=remote_url(state.root, state.branch, deadline))


def read_state(repository: Repository, deadline: Deadline, *, ignore: Sequence[Path] = ()) -> GitState:
    """Describe a repository, without its remote.

    Args:
        repository: What was found.
        deadline: When git has to have answered; a repository where it has not is one with a problem.
        ignore: Files and folders whose changes do not count.
    """
    root = repository.root
    if repository.problem is not None:
        return GitState(root=root, dirty=True, problem=repository.problem)
    if not repository.has_files:
        return _read_bare(root, deadline)
    asked = run_git([*_STATUS, *exclusions(root, ignore)], root, deadline)
    if asked.status != 0:
        return GitState(root=root, dirty=True, problem=asked.complaint)
    return _Status(root, deadline, ignore).read(asked.stdout)


def _read_bare(root: Path, deadline: Deadline) -> GitState:
    commit = run_git(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], root, deadline)
    branch = run_git(["symbolic-ref", "--quiet", "--short", "HEAD"], root, deadline)
    return GitState(
        root=root, branch=_text(branch.stdout).strip() or None, commit=_text(commit.stdout).strip() or None
    )


def exclusions(root: Path, ignore: Sequence[Path]) -> list[str]:
    """Return the path patterns that make git overlook files and folders, for those inside the repository."""
    real_root = os.path.realpath(root)
    inside = (os.path.relpath(os.path.realpath(path), real_root) for path in ignore)
    outside = (os.curdir, os.pardir)
    return [f":(top,exclude,literal){path}" for path in inside if path.split(os.sep)[0] not in outside]


class _Status:
    """Reads the answer of `git status --porcelain=v2 -z`: headers, then one record for each path."""

    def __init__(self, root: Path, deadline: Deadline, ignore: Sequence[Path]) -> None:
        self._root = root
        self._deadline = deadline
        self._ignore = ignore

    def read(self, answer: bytes) -> GitState:
        headers: dict[str, str] = {}
        modified = untracked = 0
        names: list[str] = []
        submodules: list[str] = []
        for record in answer.split(b"\0"):
            kind, _, rest = record.partition(b" ")
            if kind == b"#":
                key, _, value = _text(rest).partition(" ")
                headers[key] = value
            elif kind in _PATH_FIELD:
                fields = rest.split(b" ", _PATH_FIELD[kind])
                if kind != b"?" and fields[1].startswith(b"S"):
                    if self._only_byte_code(fields):
                        continue
                    if fields[1][2:] != b"..":
                        submodules.append(_text(fields[-1]))
                untracked += kind == b"?"
                modified += kind != b"?"
                if len(names) < NAMED_FILES:
                    names.append(_text(fields[-1]))
        branch, commit = headers.get("branch.head"), headers.get("branch.oid")
        return GitState(
            root=self._root,
            branch=None if branch == "(detached)" else branch,
            commit=None if commit == "(initial)" else commit,
            dirty=bool(names),
            modified=modified,
            untracked=untracked,
            changed=tuple(names),
            dirty_submodules=tuple(submodules),
        )

    def _only_byte_code(self, fields: list[bytes]) -> bool:
        """Tell whether a submodule is reported for untracked files that do not count.

        Git looks into submodules without our exclusions.
        """
        if fields[0] != b".M" or fields[1] != b"S..U":
            return False
        submodule = Repository(self._root / os.fsdecode(fields[-1]))
        return not read_state(submodule, self._deadline, ignore=self._ignore).dirty


def _text(raw: bytes) -> str:
    # For people to read: names that are not UTF-8 must not break a log line or a JSON file.
    return raw.decode("utf-8", "backslashreplace")
