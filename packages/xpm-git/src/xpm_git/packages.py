"""Which packages are installed, quickly: from the names of their metadata folders.

`importlib.metadata` opens and parses a file for each package; the name of the folder says the same.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

_NAME_AND_VERSION = re.compile(r"(?P<name>.+?)-(?P<version>\d[^-]*)(-py\d.*)?")


@dataclass(frozen=True, kw_only=True)
class InstalledPackage:
    """A distribution found on the import path."""

    #: Normalized name: lower case, dashes.
    name: str
    #: Version, "" when its folder does not say.
    version: str
    #: Source folder when it is installed in editable mode, else None.
    source: Path | None = None


def installed_packages(search_path: Sequence[str] | None = None) -> list[InstalledPackage]:
    """List the installed packages by name; of two with the same name, the one that Python imports.

    Args:
        search_path: Where to look (default: `sys.path`).
    """
    found: dict[str, InstalledPackage] = {}
    for folder in dict.fromkeys(sys.path if search_path is None else search_path):
        for package in _packages_of(folder or os.curdir):
            found.setdefault(package.name, package)
    return [found[name] for name in sorted(found)]


def _packages_of(folder: str) -> Iterator[InstalledPackage]:
    try:
        names = os.listdir(folder)
    except OSError:
        return  # zip files, folders that are gone
    for name in names:
        stem, _, suffix = name.rpartition(".")
        if suffix not in ("dist-info", "egg-info", "egg-link") or stem.startswith("~"):  # `~`: pip removes it
            continue
        path = os.path.join(folder, name)
        if suffix == "egg-link":
            yield _linked(path, stem)
            continue
        parts = _NAME_AND_VERSION.fullmatch(stem)
        yield InstalledPackage(
            name=_normalized(parts["name"] if parts else stem),
            version=parts["version"] if parts else _version_of(path),
            source=_editable_source(path) if suffix == "dist-info" else None,
        )


def _linked(link: str, base: str) -> InstalledPackage:
    """Read a legacy editable install: a file that names the source folder."""
    try:
        with open(link, encoding="utf-8", errors="surrogateescape") as lines:
            source = lines.readline().strip()
    except OSError:
        source = ""
    version = ""
    if source:
        version = _version_of(os.path.join(source, f"{base.replace('-', '_')}.egg-info"))
    return InstalledPackage(name=_normalized(base), version=version, source=Path(source) if source else None)


def _version_of(metadata: str) -> str:
    """Read the version of a package whose metadata are not called by it."""
    for path in (os.path.join(metadata, "METADATA"), os.path.join(metadata, "PKG-INFO"), metadata):
        try:
            with open(path, encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    if line.startswith("Version:"):
                        return line.partition(":")[2].strip()
                    if not line.strip():
                        break
        except OSError:
            continue
    return ""


def _editable_source(metadata: str) -> Path | None:
    """Return the source folder that `direct_url.json` tells, when the package is editable."""
    try:
        with open(os.path.join(metadata, "direct_url.json"), "rb") as file:
            origin = json.load(file)
        if not origin["dir_info"]["editable"]:
            return None
        url = urlsplit(origin["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not there for most packages; nor is a damaged one worth a failed experiment
    return Path(unquote(url.path, errors="surrogateescape")) if url.scheme == "file" else None


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
