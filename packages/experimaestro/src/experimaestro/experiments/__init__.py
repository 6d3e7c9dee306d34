"""Experiments described by a YAML file and a function `run(helper, cfg)`."""

from experimaestro._lazy import keep_names
from xpm_cli.helper import ExperimentHelper
from xpm_config import ConfigurationBase, DirtyGitAction, GridSearch, configuration, generate_grid
from xpm_mock import FakeModuleFinder, mock_modules, noop_decorator

__all__ = [
    "ConfigurationBase",
    "DirtyGitAction",
    "ExperimentHelper",
    "FakeModuleFinder",
    "GridSearch",
    "configuration",
    "generate_grid",
    "mock_modules",
    "noop_decorator",
]

keep_names(__name__)
