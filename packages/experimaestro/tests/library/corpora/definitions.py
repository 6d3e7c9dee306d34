"""How a dataset is described, and where its files are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from corpora.data import Base
from experimaestro.core.objects.config import clone
from experimaestro.core.types import ObjectType
from experimaestro.utils import logger
from experimaestro.utils.settings import JsonSettings

DATASETS: dict[str, Definition] = {}


class Definition:
    """One dataset of the catalogue."""

    def __init__(self, name: str, cls: type[Base], describe: Callable[[Path], dict[str, Any]]) -> None:
        self.name = name
        self.cls = cls
        self.describe = describe
        self._config: Base | None = None

    @property
    def type(self) -> ObjectType:
        return self.cls.__getxpmtype__()

    @property
    def title(self) -> str:
        return (self.describe.__doc__ or self.type.title).splitlines()[0]

    def setup(self, folder: Path) -> Base:
        if self._config is None:
            values = self.describe(folder)
            unknown = values.keys() - self.type.arguments.keys()
            assert not unknown, unknown
            self._config = self.cls.C(id=self.name, **values)
            self._config.__corpora_definition__ = self  # type: ignore[attr-defined]
        return clone(self._config)


def dataset(cls: type[Base], name: str) -> Callable[[Callable[[Path], dict[str, Any]]], Definition]:
    def register(describe: Callable[[Path], dict[str, Any]]) -> Definition:
        return DATASETS.setdefault(name, Definition(name, cls, describe))

    return register


def prepare_dataset(name: str, settings: Path) -> Base:
    """Find a dataset of the catalogue."""
    import corpora.catalogue  # noqa: F401

    folder = Path(JsonSettings(settings)["folders.data"])
    logger.info("dataset %s in %s", name, folder)
    return DATASETS[name].setup(folder / name)
