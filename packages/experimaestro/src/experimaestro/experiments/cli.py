"""The helper of experiments, and the command that runs them."""

from xpm_cli.helper import ExperimentCallable, ExperimentHelper
from xpm_cli.run_experiment import run_experiment as experiments_cli

__all__ = ["ExperimentCallable", "ExperimentHelper", "experiments_cli"]
