"""The experiment: a task for each rate, and TensorBoard beside them."""

from __future__ import annotations

from curves.board import TensorBoard
from curves.learning import Learn
from experimaestro import RunMode, tag
from experimaestro.experiments import ConfigurationBase, ExperimentHelper, configuration


@configuration
class Configuration(ConfigurationBase):
    """What `curves.yaml` can say."""

    #: A curve for each of these.
    rates: list[float]


def run(helper: ExperimentHelper, cfg: Configuration) -> None:
    """Submit the tasks; TensorBoard starts with the experiment, and again from a monitor once it is over."""
    board = helper.xp.add_service(TensorBoard(helper.xp.jobspath))
    if helper.xp.run_mode is RunMode.NORMAL:
        board.start()
    for rate in cfg.rates:
        Learn.C(rate=tag(rate)).submit()
