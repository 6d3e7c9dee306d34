"""Learning and evaluating."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, NamedTuple

from corpora.data import Documents, Pairs

from experimaestro import (
    DependentMarker,
    Meta,
    Param,
    PathGenerator,
    ResumableTask,
    Task,
    field,
    pathgenerator,
    progress,
    tqdm,
)
from experimaestro.core.arguments import Meta as Option
from experimaestro.taskglobals import Env
from ranking.scorers import LoadWeights, Scorer, WordScorer


class Learn(ResumableTask):
    """Learns the weights of words."""

    scorer: Param[WordScorer]
    documents: Param[Documents]
    epochs: Param[int] = field(default=2)
    weights: Meta[Path] = field(default_factory=PathGenerator("weights.json"))
    log: Annotated[Path, pathgenerator("log.txt")]  # the old form: checkers take it for a required parameter
    device: Option[str] = field(default="cpu")

    def task_outputs(self, dep: DependentMarker) -> LoadWeights:
        return dep(LoadWeights.C(value=self.scorer, path=self.weights))

    def execute(self) -> None:
        for _ in tqdm(range(self.epochs), desc="epochs"):
            self.scorer.initialize(self.documents)
        self.weights.write_text(json.dumps(self.scorer.weights))
        here = Env.instance().taskpath == self.__taskdir__
        self.log.write_text(f"{here} {os.environ['OMP_NUM_THREADS']} {sorted(self.__tags__.items())}")
        progress(1.0)


class Evaluated(NamedTuple):
    results: Path


class Evaluate(Task):
    """Says which document comes first."""

    scorer: Param[Scorer]
    pairs: Param[Pairs]
    results: Meta[Path] = field(default_factory=PathGenerator("results.json"))

    def task_outputs(self, dep: DependentMarker) -> Evaluated:
        return Evaluated(self.results)

    def execute(self) -> None:
        documents = list(self.pairs.documents)
        best = {
            query: max(documents, key=lambda document: self.scorer.score(query, document))
            for query in self.pairs.queries
        }
        self.results.write_text(json.dumps(best))
