"""Capture what an experiment ran with: Python, machine, packages, code."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, overload

from xpm_git.diff import MAX_DIFF_BYTES, Diff, uncommitted_diff
from xpm_git.packages import installed_packages
from xpm_git.process import Deadline
from xpm_git.remotes import remote_url
from xpm_git.repository import Finder
from xpm_git.state import GitState, read_state

#: Version of the layout of `environment.json`.
FORMAT_VERSION = 1

#: An experiment starts this late at most because of what git does not answer.
TIMEOUT_S = 10.0


@dataclass(frozen=True, kw_only=True)
class EditablePackage:
    """A package whose code is not in the environment but in a folder that people edit."""

    name: str
    version: str
    #: Its source folder.
    path: Path
    #: Root of the repository that holds it (see `Environment.repositories`); None when there is none.
    repository: Path | None


@dataclass(frozen=True, kw_only=True)
class Project:
    """A folder or file of the project."""

    path: Path
    #: Root of the repository that holds it (see `Environment.repositories`); None when there is none.
    repository: Path | None


@dataclass(frozen=True, kw_only=True)
class RepositoryRecord:
    """A repository that holds code of the experiment."""

    state: GitState
    #: What differs from the commit, when it was asked for and something does.
    diff: Diff | None = None


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What an experiment ran with, at one moment."""

    #: When it was captured: UTC, ISO 8601.
    captured_at: str
    #: Name of the machine.
    hostname: str
    #: `version`, `implementation`, `executable`, `prefix`.
    python: dict[str, str]
    #: `system`, `release`, `machine`.
    platform: dict[str, str]
    #: Installed packages: normalized name -> version.
    packages: dict[str, str]
    #: Those of them that are installed in editable mode.
    editable: tuple[EditablePackage, ...]
    #: The project's folders, as given.
    projects: tuple[Project, ...]
    #: The distinct repositories of the project and of the editable packages.
    repositories: tuple[RepositoryRecord, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the environment as JSON values."""
        return {
            "version": FORMAT_VERSION,
            "captured_at": self.captured_at,
            "hostname": self.hostname,
            "python": self.python,
            "platform": self.platform,
            "projects": [
                {"path": _text(project.path), "repository": _text(project.repository)}
                for project in self.projects
            ],
            "editable": [
                {
                    "name": package.name,
                    "version": package.version,
                    "path": _text(package.path),
                    "repository": _text(package.repository),
                }
                for package in self.editable
            ],
            "repositories": [
                {**record.state.to_dict(), "diff": None if record.diff is None else record.diff.to_dict()}
                for record in self.repositories
            ],
            "packages": self.packages,
        }

    def to_json(self) -> str:
        """Return the content of `environment.json`."""
        return json.dumps(self.to_dict(), indent=1) + "\n"

    def write(self, path: Path | str) -> None:
        """Write `environment.json`, whole or not at all.

        Args:
            path: The file; its folder exists.
        """
        path = Path(path)
        temporary = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}")
        try:
            with open(temporary, "x", encoding="utf-8") as file:
                file.write(self.to_json())
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def capture_environment(
    project_paths: Sequence[Path | str] = (),
    *,
    ignore: Sequence[Path | str] = (),
    diff: bool = False,
    max_diff_bytes: int = MAX_DIFF_BYTES,
    timeout_s: float = TIMEOUT_S,
) -> Environment:
    """Capture what an experiment runs with, so that one can tell later, and run it again.

    Environment variables and command lines are left out: they hold secrets. So may a diff: it is on request.

    Args:
        project_paths: Files or folders of the project.
        ignore: Files or folders whose changes do not count, such as the folder of the results.
        diff: Also keep what is not committed in each repository, untracked files included.
        max_diff_bytes: Most bytes of diff for one repository.
        timeout_s: Most seconds that git has for all answers; a repository without answer has a `problem`.
    """
    deadline = Deadline(timeout_s)
    finder = Finder(deadline)
    projects = tuple(Project(path=Path(path), repository=_root(finder, Path(path))) for path in project_paths)
    packages = installed_packages()
    editable = tuple(
        EditablePackage(
            name=package.name,
            version=package.version,
            path=package.source,
            repository=_root(finder, package.source),
        )
        for package in packages
        if package.source is not None
    )
    machine = os.uname()
    return Environment(
        captured_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        hostname=machine.nodename,
        python={
            "version": sys.version.split()[0],
            "implementation": sys.implementation.name,
            "executable": _text(sys.executable),
            "prefix": _text(sys.prefix),
        },
        platform={"system": machine.sysname, "release": machine.release, "machine": machine.machine},
        packages={package.name: package.version for package in packages},
        editable=editable,
        projects=projects,
        repositories=tuple(
            _records(finder, deadline, [Path(path) for path in ignore], max_diff_bytes if diff else 0)
        ),
    )


def _root(finder: Finder, path: Path) -> Path | None:
    repository = finder.find(path)
    return None if repository is None else repository.root


def _records(
    finder: Finder, deadline: Deadline, ignore: Sequence[Path], max_diff_bytes: int
) -> Iterator[RepositoryRecord]:
    """Describe the repositories found, and the submodules whose changes a diff of theirs would not show."""
    waiting = finder.found
    seen = set()
    while waiting:
        repository = waiting.pop(0)
        if repository.root in seen:
            continue
        seen.add(repository.root)
        state = read_state(repository, deadline, ignore=ignore)
        if state.problem is not None:
            yield RepositoryRecord(state=state)
            continue
        state = replace(state, remote=remote_url(state.root, state.branch, deadline))
        submodules = (finder.find(state.root / name) for name in state.dirty_submodules)
        waiting.extend(submodule for submodule in submodules if submodule is not None)
        diff = None
        if max_diff_bytes > 0 and state.dirty:
            diff = uncommitted_diff(state, deadline, max_diff_bytes, ignore=ignore)
        yield RepositoryRecord(state=state, diff=diff)


@overload
def _text(path: Path | str) -> str: ...
@overload
def _text(path: None) -> None: ...
def _text(path: Path | str | None) -> str | None:
    # A JSON file holds text: bytes of a path that are no UTF-8 are shown as escapes.
    return None if path is None else os.fsencode(path).decode("utf-8", "backslashreplace")
