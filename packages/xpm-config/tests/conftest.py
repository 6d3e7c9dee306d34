"""Fixtures: folders with strange names, YAML files written in them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder whose name has all that breaks naive code; it is the current folder."""
    path = tmp_path / "été 'quoted' \"and\" spaced"
    path.mkdir()
    monkeypatch.chdir(path)
    return path


@pytest.fixture
def write(folder: Path) -> Write:
    """Write files in `folder` by name; returns the path of the first one."""

    def write_files(**files: str | bytes) -> Path:
        paths = [write_file(folder, f"{name}.yaml", content) for name, content in files.items()]
        return paths[0]

    return write_files


def write_file(folder: Path, name: str, content: str | bytes) -> Path:
    """Write one file (or make a folder, or a link: see `bad_configurations`)."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if name.endswith("/"):
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    elif content.startswith("-> "):
        os.symlink(content[3:], path)
    else:
        path.write_text(content, encoding="utf-8")
    return path
