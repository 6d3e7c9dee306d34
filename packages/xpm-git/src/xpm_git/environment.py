"""Capture what an experiment ran with: Python, machine, packages, code."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from xpm_git.diff import MAX_DIFF_BYTES, Diff, uncommitted_diff
from xpm_git.packages import installed_packages
from xpm_git.repository import Repository, find_repository
from xpm_git.state import GitState, read_state

#: Version of the layout of `environment.json`.
FORMAT_VERSION = 1


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
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(self.to_json())
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o666 & ~_umask())  # as any file: the group of the workspace reads it too
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise


def capture_environment(
    project_paths: Sequence[Path | str] = (), *, diff: bool = False, max_diff_bytes: int = MAX_DIFF_BYTES
) -> Environment:
    """Capture what an experiment runs with, so that one can tell later, and run it again.

    Environment variables and command lines are left out: they hold secrets.

    Args:
        project_paths: Files or folders of the project.
        diff: Also keep what is not committed in each repository, untracked files included.
        max_diff_bytes: Most bytes of diff for one repository.
    """
    repositories = _Repositories()
    projects = tuple(
        Project(path=Path(path), repository=repositories.root_of(Path(path))) for path in project_paths
    )
    packages = installed_packages()
    editable = tuple(
        EditablePackage(
            name=package.name,
            version=package.version,
            path=package.source,
            repository=repositories.root_of(package.source),
        )
        for package in packages
        if package.source is not None
    )
    uname = os.uname()
    return Environment(
        captured_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        hostname=uname.nodename,
        python={
            "version": platform.python_version(),
            "implementation": sys.implementation.name,
            "executable": sys.executable,
            "prefix": sys.prefix,
        },
        platform={"system": uname.sysname, "release": uname.release, "machine": uname.machine},
        packages={package.name: package.version for package in packages},
        editable=editable,
        projects=projects,
        repositories=tuple(_records(repositories.found.values(), max_diff_bytes if diff else None)),
    )


class _Repositories:
    """The repositories met so far: packages of one repository ask git once."""

    def __init__(self) -> None:
        self.found: dict[Path, Repository] = {}

    def root_of(self, path: Path) -> Path | None:
        repository = find_repository(path)
        if repository is None:
            return None
        return self.found.setdefault(repository.root, repository).root


def _records(repositories: Iterable[Repository], max_diff_bytes: int | None) -> Iterable[RepositoryRecord]:
    for repository in repositories:
        state = read_state(repository)
        wanted = max_diff_bytes is not None and state.dirty and state.problem is None
        yield RepositoryRecord(
            state=state, diff=uncommitted_diff(state, max_diff_bytes or 0) if wanted else None
        )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _text(path: Path | None) -> str | None:
    return None if path is None else os.fsencode(path).decode("utf-8", "backslashreplace")
