"""The packages of the repository, versions and their ranges."""

from __future__ import annotations

from pathlib import Path

import pytest

from xpm_tools import bump, packages
from xpm_tools.errors import ToolError
from xpm_tools.packages import Package


def make(folder: Path, name: str, *dependencies: str, version: str = "0.1.0") -> Package:
    """Write a package with one file, and read it."""
    home = folder / name
    module = home / "src" / name.replace("-", "_")
    module.mkdir(parents=True)
    (module / "__about__.py").write_text(f'__version__ = "{version}"\n')
    listed = "".join(f'    "{dependency}",\n' for dependency in dependencies)
    (home / "pyproject.toml").write_text(
        f'[project]\nname = "{name}"  # a comment\ndependencies = [\n{listed}]\n', encoding="utf-8"
    )
    return packages.find(name, packages.discover(folder))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / 'l\'été des "paquets"'


def test_the_repository_has_packages_with_versions() -> None:
    found = {package.name: package for package in packages.discover()}
    assert {"experimaestro", "xpm-tasks", "xpm-mock"} <= found.keys()
    assert found["xpm-tasks"].module == "xpm_tasks"
    assert all(package.version[0].isdigit() for package in found.values())


def test_a_package_is_found_by_any_spelling(folder: Path) -> None:
    make(folder, "xpm-mock")
    known = packages.discover(folder)
    assert {packages.find(name, known).name for name in ("xpm-mock", "xpm_mock", "packages/xpm-mock")} == {
        "xpm-mock"
    }
    with pytest.raises(ToolError, match=r"no package `xpm-nock`: there are xpm-mock"):
        packages.find("xpm-nock", known)


def test_needed_packages_are_those_declared_directly_or_not(folder: Path) -> None:
    make(folder, "xpm-a")
    make(folder, "xpm-b", "xpm_a>=0.1,<0.2", "click>=8")
    top = make(folder, "xpm-c", "xpm-b>=0.1,<0.2")
    other = make(folder, "xpm-d")
    known = packages.discover(folder)
    assert {each.name for each in packages.needed(top, known)} == {"xpm-c", "xpm-b", "xpm-a"}
    assert [each.name for each in packages.needed(other, known)] == ["xpm-d"]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("0.1.0", ">=0.1,<0.2"),
        ("0.9.3", ">=0.9,<0.10"),
        ("1.4.2", ">=1.4,<2"),
        ("0.2.0rc1", ">=0.2.0rc1,<0.3"),
        ("3.0.0.dev0", ">=3.0.0.dev0,<4"),
    ],
)
def test_compatible_versions(version: str, expected: str) -> None:
    assert bump.compatible(version) == expected


def test_a_new_version_is_told_to_the_dependents_only(folder: Path) -> None:
    package = make(folder, "xpm-git")
    make(folder, "xpm-github")
    make(folder, "xpm-user", "xpm-git>=0.1,<0.2", "xpm-github>=0.1,<0.2", "gitpython>=3")
    make(folder, "xpm-extra", "xpm-git[all]>=0.1,<0.2; python_version < '4'")
    make(folder, "xpm-stranger", "xpm-github>=0.1,<0.2")
    changed = bump.update_dependents(package, "0.2.0", packages.discover(folder))
    assert [each.name for each in changed] == ["xpm-extra", "xpm-user"]
    assert (folder / "xpm-user" / "pyproject.toml").read_text() == (
        '[project]\nname = "xpm-user"  # a comment\ndependencies = [\n'
        '    "xpm-git>=0.2,<0.3",\n    "xpm-github>=0.1,<0.2",\n    "gitpython>=3",\n]\n'
    )
    assert "\"xpm-git[all]>=0.2,<0.3; python_version < '4'\"" in (
        (folder / "xpm-extra" / "pyproject.toml").read_text()
    )
    assert bump.update_dependents(package, "0.2.1", packages.discover(folder)) == []
