"""What gives a score to a document."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any

from corpora.data import Documents

from experimaestro import Config, Constant, Launcher, Param, SubmitHook, documentation, field, initializer
from experimaestro.core.serializers import PathSerializationLWTask
from experimaestro.scheduler import Job


class needs_threads(SubmitHook):
    def __init__(self, count: int) -> None:
        self.count = count

    def spec(self) -> int:
        return self.count

    def process(self, job: Job, launcher: Launcher) -> None:
        job.environ["OMP_NUM_THREADS"] = str(self.count)


class Scorer(Config, ABC):
    """Anything that scores."""

    version: Constant[int] = 1

    @abstractmethod
    def score(self, query: str, document: str) -> float: ...


@needs_threads(2)
class WordScorer(Scorer):
    """Counts the words in common.

    Attributes:
        smoothing: Added to each count
    """

    smoothing: Param[float] = field(default=0.0, ignore_default=True)

    def __post_init__(self) -> None:
        self.weights: dict[str, float] = {}

    @initializer
    def initialize(self, documents: Documents) -> None:
        total = sum(documents.counts().values())
        self.weights = {word: 1 - count / total for word, count in documents.counts().items()}

    def score(self, query: str, document: str) -> float:
        words = set(query.split()) & set(document.split())
        return sum(self.weights.get(word, 1.0) for word in words) + self.smoothing


@documentation("Gives the weights that learning found to a scorer.")
class LoadWeights(PathSerializationLWTask):
    value: Param[WordScorer] = field(overrides=True)

    def execute(self) -> None:
        weights: dict[str, Any] = json.loads(self.path.read_text())
        self.value.weights = weights
