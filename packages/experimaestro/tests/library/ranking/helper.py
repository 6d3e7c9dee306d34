"""What experiments with this library start from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from corpora import Base, prepare_dataset

from experimaestro.experiments import ConfigurationBase, configuration
from experimaestro.experiments.cli import ExperimentHelper


@configuration
class RankingConfiguration(ConfigurationBase):
    #: The settings of the datasets
    settings: Path
    dataset: str = "titles"


class RankingHelper(ExperimentHelper):
    def run(self, args: list[str], configuration: RankingConfiguration) -> Any:
        self.settings = configuration.settings
        return super().run(args, configuration)

    def dataset(self, name: str) -> Base:
        return prepare_dataset(name, self.settings)


ranking_experiment = RankingHelper.decorator
