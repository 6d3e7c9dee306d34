"""Where installed distributions come from.

The public registry has a package called `experimaestro` that is not ours, and a name like `xpm-...` can be
taken there by anybody. So after each installation we look at what is really there: pip and uv both write
`direct_url.json` (https://packaging.python.org/specifications/direct-url/) for what was given by path, and
write none for what came from an index.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from packaging.utils import canonicalize_name

from xpm_tools.errors import WrongOrigin
from xpm_tools.packages import Package

#: A distribution with such a name is ours or an impostor, whether we know the name or not.
PREFIXES = ("experimaestro", "xpm-")


def is_ours(name: str) -> bool:
    """Say whether a distribution has one of our names."""
    return canonicalize_name(name).startswith(PREFIXES)


def installed(environment: Path) -> dict[str, Distribution]:
    """Give the distributions of a virtual environment by canonical name, without running its Python."""
    sites = [str(path) for path in environment.glob("lib/python*/site-packages")]
    return {canonicalize_name(each.name): each for each in distributions(path=sites)}


def verify_wheels(environment: Path, dist: Path, expected: Iterable[str]) -> None:
    """Prove that our distributions in an environment are the wheels of a folder.

    Each must say that it was installed from a wheel directly in that folder, and the hashes of its files must
    be those of that wheel.

    Args:
        environment: The folder of a virtual environment.
        dist: The folder that holds our wheels.
        expected: Names of those of ours that must be there.

    Raises:
        WrongOrigin: When one comes from elsewhere, differs from its wheel, or is missing.
    """
    found = {name: each for name, each in installed(environment).items() if is_ours(name)}
    wrong = [
        f"{name} {each.version} {reason}"
        for name, each in found.items()
        if (reason := _wheel_fault(each, dist))
    ]
    wrong += [f"{name} is not installed" for name in expected if canonicalize_name(name) not in found]
    _refuse(wrong, environment)


def verify_editable(environment: Path, packages: Iterable[Package]) -> None:
    """Prove that our distributions in an environment are the source folders of this repository.

    Raises:
        WrongOrigin: When one comes from elsewhere or is missing.
    """
    folders = {package.name: package.folder.resolve() for package in packages}
    found = {name: each for name, each in installed(environment).items() if is_ours(name)}
    wrong = [
        f"{name} {each.version} comes from {_source(each) or 'an index'}"
        for name, each in found.items()
        if name not in folders or _source(each) != folders[name]
    ]
    wrong += [f"{name} is not installed" for name in folders if name not in found]
    _refuse(wrong, environment)


def verify_pip_report(report: Path, dist: Path) -> None:
    """Prove from the report of `pip install --report` that pip took ours from a folder and nowhere else.

    Raises:
        WrongOrigin: When one came from elsewhere.
    """
    items: list[dict[str, Any]] = json.loads(report.read_text(encoding="utf-8"))["install"]
    wrong = [
        f"{item['metadata']['name']} came from {item['download_info']['url']}"
        for item in items
        if is_ours(item["metadata"]["name"])
        and _parent(_path_of(item["download_info"]["url"])) != dist.resolve()
    ]
    _refuse(wrong, report)


def _refuse(wrong: list[str], where: Path) -> None:
    if wrong:
        raise WrongOrigin(f"in {where}: {'; '.join(wrong)}")


def _wheel_fault(each: Distribution, dist: Path) -> str | None:
    """Say what is wrong with a distribution that should be a wheel of a folder, if anything."""
    wheel = _source(each)
    if wheel is None:
        return "comes from an index"
    if wheel.parent != dist.resolve() or wheel.suffix != ".whl":
        return f"comes from {wheel}"
    there = set((each.read_text("RECORD") or "").splitlines())
    missing = [line for line in _record(wheel) if line not in there]
    return f"differs from {wheel.name}: {missing[0]}" if missing else None


def _record(wheel: Path) -> Iterator[str]:
    """Give the lines of a wheel's list of files that have a hash."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
        lines = archive.read(name).decode().splitlines()
    return (line for line in lines if "sha256=" in line)


def _source(each: Distribution) -> Path | None:
    """Give the local file or folder that a distribution was installed from."""
    text = each.read_text("direct_url.json")
    return _path_of(json.loads(text)["url"]) if text else None


def _path_of(url: str) -> Path | None:
    parts = urlsplit(url)
    return Path(url2pathname(parts.path)).resolve() if parts.scheme == "file" else None


def _parent(path: Path | None) -> Path | None:
    return path.parent if path else None
