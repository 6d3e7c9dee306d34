"""The experiment: which tasks, with which parameters, for which configuration."""

from __future__ import annotations

import shutil

from digits.comparison import Compare
from digits.data import Split
from digits.learning import Evaluate, Train
from experimaestro import RunMode, stop_tags, tag
from experimaestro.experiments import ConfigurationBase, ExperimentHelper, configuration


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
            # The comparison has no learning rate of its own: the tags of the networks stop here.
            evaluations.append(stop_tags(Evaluate.C(train=train).submit()))
    comparison = Compare.C(evaluations=evaluations).submit()

    helper.xp.wait()
    if helper.xp.run_mode is RunMode.NORMAL and not helper.xp.failed:
        for path in (comparison.plot, comparison.table):
            shutil.copy(path, helper.xp.resultspath)
