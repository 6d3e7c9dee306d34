"""The packages of the repository, as their pyproject.toml files describe them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from xpm_tools.errors import ToolError
from xpm_tools.paths import PACKAGES


@dataclass(frozen=True, kw_only=True)
class Package:
    """One package of the repository."""

    #: Name of the distribution, for example `xpm-mock`.
    name: str
    #: Name to import, for example `xpm_mock`.
    module: str
    #: Folder of its pyproject.toml.
    folder: Path
    #: What it declares to need, in the order of the file.
    requirements: tuple[Requirement, ...]

    @property
    def pyproject(self) -> Path:
        """Its pyproject.toml."""
        return self.folder / "pyproject.toml"

    @property
    def version(self) -> str:
        """The version in its `__about__.py`."""
        scope: dict[str, Any] = {}
        exec((self.folder / "src" / self.module / "__about__.py").read_text(encoding="utf-8"), scope)
        return str(scope["__version__"])


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file."""
    with path.open("rb") as file:
        return tomli.load(file)


def discover(folder: Path = PACKAGES) -> list[Package]:
    """List the packages, ordered by name."""
    return [_read(path) for path in sorted(folder.glob("*/pyproject.toml"))]


def _read(path: Path) -> Package:
    project = read_toml(path)["project"]
    return Package(
        name=canonicalize_name(project["name"]),
        module=project["name"].replace("-", "_"),
        folder=path.parent,
        requirements=tuple(Requirement(text) for text in project.get("dependencies", [])),
    )


def find(name: str, packages: Sequence[Package]) -> Package:
    """Find a package by name; `xpm_mock` does for `xpm-mock`, and so does the name of its folder.

    Raises:
        ToolError: When there is none, with the names that there are.
    """
    wanted = canonicalize_name(Path(name).name)
    for package in packages:
        if package.name == wanted:
            return package
    raise ToolError(f"no package `{name}`: there are {', '.join(package.name for package in packages)}")


def needed(package: Package, packages: Iterable[Package]) -> list[Package]:
    """Give a package and those of ours that it needs, directly or not, by what each one declares."""
    by_name = {each.name: each for each in packages}
    found: dict[str, Package] = {}
    waiting = [package]
    while waiting:
        each = waiting.pop()
        if each.name not in found:
            found[each.name] = each
            names = (canonicalize_name(requirement.name) for requirement in each.requirements)
            waiting += [by_name[name] for name in names if name in by_name]
    return list(found.values())
