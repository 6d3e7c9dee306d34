"""The experiment: which tasks, with which parameters, for which configuration."""

from __future__ import annotations

import shutil

from experimaestro.experiments import ConfigurationBase, ExperimentHelper, configuration

from digits.tasks import Compare, Evaluate, Split, Train
from experimaestro import tag


@configuration
class Configuration(ConfigurationBase):
    """What `base.yaml` and `full.yaml` can say, besides the options that all experiments have."""

    #: One network is trained for each of these...
    learning_rates: list[float]
    #: ... with each of these.
    widths: list[int]
    #: How many times a network sees each image.
    epochs: int = 20
    #: The share of the images for the test, and as many for the validation.
    test_fraction: float = 0.2
    #: Decides all that is random.
    seed: int = 1


def run(helper: ExperimentHelper, cfg: Configuration) -> None:
    """Submit all tasks; the scheduler runs each one when those that it needs are done."""
    split = Split.C(test_fraction=cfg.test_fraction, seed=cfg.seed).submit()
    evaluations = []
    for learning_rate in cfg.learning_rates:
        for width in cfg.widths:
            train = Train.C(
                split=split,
                learning_rate=tag(learning_rate),
                width=tag(width),
                epochs=cfg.epochs,
                seed=cfg.seed,
            ).submit()
            evaluations.append(Evaluate.C(train=train).submit())
    comparison = Compare.C(evaluations=evaluations).submit()

    helper.xp.wait()
    for path in (comparison.plot, comparison.table):
        if path.exists():  # not in a dry run, nor when a task failed
            shutil.copy(path, helper.xp.resultspath)
