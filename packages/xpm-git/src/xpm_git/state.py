"""What git says about a project: commit, branch, uncommitted changes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xpm_git.process import run_git
from xpm_git.remotes import remote_url
from xpm_git.repository import Repository, find_repository

#: How many changed files are named.
NAMED_FILES = 10

#: Written by Python itself when it imports the project: never a change of the project.
_BYTE_CODE = ":(top,exclude,glob)**/__pycache__/**"


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
    #: Files that differ from the commit: changed, added, deleted, in conflict, staged or not. A submodule is one.
    modified: int = 0
    #: Files that git does not know and does not ignore; a folder full of them counts as one.
    untracked: int = 0
    #: The first changed files, relative to `root`; untracked folders end with a slash.
    changed: tuple[str, ...] = ()
    #: URL of the remote, without credentials; None when there is none.
    remote: str | None = None
    #: Why git says nothing about this repository; None when it does. Such a repository is taken as dirty.
    problem: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        return {
            "root": os.fsencode(self.root).decode("utf-8", "backslashreplace"),
            "branch": self.branch,
            "commit": self.commit,
            "dirty": self.dirty,
            "modified": self.modified,
            "untracked": self.untracked,
            "changed": list(self.changed),
            "remote": self.remote,
            "problem": self.problem,
        }


def git_state(path: Path | str) -> GitState | None:
    """Describe the repository that holds a path.

    Raises nothing for what can happen to any project: no repository, no commit yet, no git. When git refuses
    to read a repository (it belongs to another user: `safe.directory`) or fails on it, the state says so in
    `problem` and counts as dirty.

    Args:
        path: A file or folder of the project.

    Returns:
        The state, or None when no repository holds the path or there is no git command to ask.
    """
    repository = find_repository(Path(path))
    if repository is None or repository.without_git:
        return None
    return read_state(repository)


def read_state(repository: Repository, *, ignore: Sequence[Path] = (), with_remote: bool = True) -> GitState:
    """Describe a repository.

    Args:
        repository: What `find_repository` found.
        ignore: Files and folders whose changes do not count.
        with_remote: Also ask for the URL of the remote.
    """
    root = repository.root
    if repository.problem is not None:
        return GitState(root=root, dirty=True, problem=repository.problem)
    state = _read_files(root, ignore) if repository.has_files else _read_bare(root)
    if with_remote and state.problem is None:
        object.__setattr__(state, "remote", remote_url(root, state.branch))
    return state


def _read_bare(root: Path) -> GitState:
    commit = run_git(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], root)
    branch = run_git(["symbolic-ref", "--quiet", "--short", "HEAD"], root)
    return GitState(root=root, branch=_text(branch.stdout) or None, commit=_text(commit.stdout) or None)


def _read_files(root: Path, ignore: Sequence[Path]) -> GitState:
    # Everything that people's own settings could change is said explicitly.
    asked = run_git(
        [
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
            _BYTE_CODE,
            *_exclusions(root, ignore),
        ],
        root,
    )
    if asked.status != 0:
        return GitState(root=root, dirty=True, problem=asked.complaint)
    return _parse_status(root, asked.stdout)


def _exclusions(root: Path, ignore: Sequence[Path]) -> list[str]:
    real_root = os.path.realpath(root)
    patterns = []
    for path in ignore:
        relative = os.path.relpath(os.path.realpath(path), real_root)
        if relative != os.curdir and not relative.startswith(os.pardir + os.sep) and relative != os.pardir:
            patterns.append(f":(top,exclude,literal){relative}")
    return patterns


def _parse_status(root: Path, output: bytes) -> GitState:
    """Read `git status --porcelain=v2 -z`: headers, then one record for each path."""
    headers: dict[str, str] = {}
    modified = untracked = 0
    names: list[str] = []
    for record in output.split(b"\0"):
        kind, _, rest = record.partition(b" ")
        if kind == b"#":
            key, _, value = _text(rest).partition(" ")
            headers[key] = value
            continue
        fields = _PATH_FIELD.get(kind)
        if fields is None:
            continue
        modified += kind != b"?"
        untracked += kind == b"?"
        if len(names) < NAMED_FILES:
            names.append(_text(rest.split(b" ", fields)[fields]))
    branch, commit = headers.get("branch.head"), headers.get("branch.oid")
    return GitState(
        root=root,
        branch=None if branch == "(detached)" else branch,
        commit=None if commit == "(initial)" else commit,
        dirty=bool(modified or untracked),
        modified=modified,
        untracked=untracked,
        changed=tuple(names),
    )


#: Kind of a record -> how many fields come before its path: changed, in conflict, untracked.
_PATH_FIELD = {b"1": 7, b"u": 9, b"?": 0}


def _text(raw: bytes) -> str:
    # For people to read: names that are not UTF-8 must not break a log line or a JSON file.
    return raw.decode("utf-8", "backslashreplace").rstrip("\n")
