"""The datasets that this library knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from corpora.data import Documents, Pairs
from corpora.definitions import dataset


@dataset(Documents, "poems")
def poems(folder: Path) -> dict[str, Any]:
    """Some poems."""
    return {"path": folder / "poems.txt"}


@dataset(Pairs, "titles")
def titles(folder: Path) -> dict[str, Any]:
    return {
        "queries": Documents.C(id="titles/queries", path=folder / "queries.txt"),
        "documents": poems.setup(folder.parent / "poems"),
    }
