from __future__ import annotations

import importlib.metadata
import json
import re
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from xpm_git.packages import InstalledPackage, installed_packages

Found = dict[str, tuple[str, Path | None]]


@pytest.fixture
def site(folder: Path) -> Path:
    """An empty folder of packages."""
    (folder / "site").mkdir()
    return folder / "site"


def found(*folders: Path) -> Found:
    packages = installed_packages([str(folder) for folder in folders])
    return {package.name: (package.version, package.source) for package in packages}


def editable(site: Path, name: str, direct_url: str) -> None:
    (site / f"{name}-1.0.dist-info").mkdir()
    (site / f"{name}-1.0.dist-info" / "direct_url.json").write_text(direct_url)


def test_names_and_versions(site: Path) -> None:
    for name in (
        "numpy-1.26.4.dist-info",
        "GitPython-3.1.43.dist-info",
        "ruamel.yaml_clib-0.2.8.dist-info",
        "torch-2.3.0+cu121.dist-info",
        "zope.interface-6.0-py3.11.egg-info",
        "local-1.0.post1.dev0-py3.11.egg-info",
        "noversion.dist-info",
        "numpy",
        "numpy.libs",
        "README.txt",
        "~umpy-1.dist-info",
    ):
        (site / name).mkdir()
    (site / "ancient-0.1-py3.11.egg-info").write_text("Metadata-Version: 1.0\nName: ancient\nVersion: 0.1\n")
    assert found(site) == {
        "numpy": ("1.26.4", None),
        "gitpython": ("3.1.43", None),
        "ruamel-yaml-clib": ("0.2.8", None),
        "torch": ("2.3.0+cu121", None),
        "zope-interface": ("6.0", None),
        "local": ("1.0.post1.dev0", None),
        "noversion": ("", None),
        "ancient": ("0.1", None),
    }


def test_the_first_on_the_path_is_the_one_imported(folder: Path) -> None:
    for name in ("a/One_Package-1.0.dist-info", "b/one-package-2.0.dist-info", "b/two-3.0.dist-info"):
        (folder / name).mkdir(parents=True)
    assert found(folder / "a", folder / "b") == {"one-package": ("1.0", None), "two": ("3.0", None)}
    assert found(folder / "b", folder / "a")["one-package"] == ("2.0", None)


def test_what_is_not_a_folder(folder: Path) -> None:
    (folder / "packages.zip").write_bytes(b"PK")
    assert found(folder / "packages.zip", folder / "missing") == {}


def test_editable(site: Path, folder: Path) -> None:
    source = folder / "a source"
    url = f"file://{quote(str(source))}"
    editable(site, "mine", json.dumps({"url": url, "dir_info": {"editable": True}}))
    editable(site, "built", json.dumps({"url": url, "dir_info": {}}))
    editable(site, "built_2", json.dumps({"url": url, "dir_info": {"editable": False}}))
    editable(site, "downloaded", json.dumps({"url": "https://example.org/a.whl", "archive_info": {}}))
    editable(site, "cloned", json.dumps({"url": "https://example.org/a", "vcs_info": {"vcs": "git"}}))
    editable(site, "elsewhere", json.dumps({"url": "https://x", "dir_info": {"editable": True}}))
    assert {name: source for name, (_, source) in found(site).items() if source} == {"mine": source}


@pytest.mark.parametrize("content", ["{", "[]", "null", '{"dir_info": 3}', '{"dir_info": {"editable": 1}}'])
def test_damaged_metadata_is_no_failure(site: Path, content: str) -> None:
    editable(site, "damaged", content)
    assert found(site) == {"damaged": ("1.0", None)}


def test_editable_of_old(site: Path, folder: Path) -> None:
    source = folder / "source"
    (source / "old_one.egg-info").mkdir(parents=True)
    (source / "old_one.egg-info" / "PKG-INFO").write_text("Name: old-one\nVersion: 1.5\n\nVersion: x\n")
    (site / "old-one.egg-link").write_text(f"{source}\n.")
    (site / "lost.egg-link").write_text("")
    (site / "gone.egg-link").symlink_to("missing")
    assert found(site) == {"old-one": ("1.5", source), "lost": ("", None), "gone": ("", None)}
    assert found(source) == {"old-one": ("1.5", None)}


def test_the_same_as_the_standard_library_says() -> None:
    expected: dict[str, str] = {}
    for distribution in importlib.metadata.distributions():
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()
        expected.setdefault(name, distribution.version)
    assert {package.name: package.version for package in installed_packages()} == expected
    assert "gitpython" in expected


def test_sorted() -> None:
    packages = installed_packages()
    assert packages == sorted(packages, key=lambda package: package.name)
    assert all(isinstance(package, InstalledPackage) for package in packages)


def test_three_hundred_packages_take_no_time(site: Path) -> None:
    for index in range(300):
        (site / f"package_{index}-1.0.{index}.dist-info").mkdir()
    durations = []
    for _ in range(5):
        start = time.perf_counter()
        assert len(installed_packages([str(site)])) == 300
        durations.append(time.perf_counter() - start)
    assert min(durations) < 0.5  # a hundredth of that, on a quiet machine
