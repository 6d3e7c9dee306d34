"""The types of datasets."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

from experimaestro import Config, DataPath, Meta, OptionalDataPath, Param, cache, field

ItemT = TypeVar("ItemT")


class Base(Config):
    """Any dataset.

    Attributes:
        id: Its name in the catalogue.
    """

    id: Param[str]


class Iterable(Base, ABC, Generic[ItemT]):
    """A dataset of items."""

    @abstractmethod
    def __iter__(self) -> Iterator[ItemT]: ...


class File(Base):
    """A dataset in one file."""

    path: DataPath
    #: Said by the authors, when they say something.
    licence: OptionalDataPath = field(default=None)


class Documents(File, Iterable[str]):
    """One document a line."""

    encoding: Meta[str] = field(default="utf-8")

    def __iter__(self) -> Iterator[str]:
        with self.path.open(encoding=self.encoding) as lines:
            yield from (line.rstrip("\n") for line in lines)

    @cached_property
    def first(self) -> str:
        return next(iter(self))

    @cache("counts.json")
    def counts(self, path: Path) -> dict[str, int]:
        if not path.exists():
            found: dict[str, int] = {}
            for document in self:
                for word in document.split():
                    found[word] = found.get(word, 0) + 1
            path.write_text(json.dumps(found))
        read: dict[str, int] = json.loads(path.read_text())
        return read


class Pairs(Base):
    """What goes with what."""

    queries: Param[Documents]
    documents: Param[Documents]
