"""Fixtures: a folder with a strange name, files written in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder whose name has all that breaks naive code; it is the current folder."""
    path = tmp_path / "été 'quoted' \"and\" spaced"
    path.mkdir()
    monkeypatch.chdir(path)
    return path


@pytest.fixture
def write(folder: Path) -> Callable[[Mapping[str, str | bytes]], None]:
    """Write files in `folder`, by name: ``name/`` is a folder, a content ``-> target`` is a link."""

    def write_files(files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
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

    return write_files
