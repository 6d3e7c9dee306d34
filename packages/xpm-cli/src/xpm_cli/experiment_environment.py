"""Environment variables of an experiment: those of the settings, then those of the command line.

They are set in the experiment's own process, before anything of the user's is imported, so that the
pre-experiment, the experiment and its jobs see the same. What the pre-experiment changes, it changes for the
jobs as well.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from xpm_cli.workspace_options import chosen_settings, chosen_workspace, names_workspace

if TYPE_CHECKING:
    from xpm_config import BaseOptions
    from xpm_scheduler import Workspace


class ExperimentEnvironment:
    """The variables, and the workspace that some of them come from."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Begin with what the command line gives.

        Args:
            environ: the variables of `--env`; they win.
        """
        self._command_line = dict(environ)
        self._settings: dict[str, str] = {}

    def before_import(self, options: BaseOptions, now: datetime) -> dict[str, str]:
        """Return what to set before the user's code is imported.

        Args:
            options: what the YAML says; triggers of the settings look at the experiment's id.
            now: for an id with a date.

        Raises:
            SettingsError: no workspace can be chosen: this is told before anything of the user's runs.
        """
        if options.id is not None or names_workspace():
            name = None if options.id is None else options.experiment_id(now)
            self._settings = chosen_workspace(name).environ
        else:  # the schema has the id, and is yet to be imported
            self._settings = dict(chosen_settings().env)
        return {**self._settings, **self._command_line}

    def workspace(self, name: str) -> Workspace:
        """Return the workspace of the experiment, once its name is known.

        Args:
            name: the experiment's id.

        Raises:
            SettingsError: no workspace can be chosen.
        """
        workspace = chosen_workspace(name)
        for variable, value in workspace.environ.items():
            before = self._settings.get(variable)
            untouched = before is None or os.environ.get(variable) == before
            if value != before and untouched and variable not in self._command_line:
                os.environ[variable] = value
        # As the pre-experiment left them: a job must not see another value than the experiment.
        workspace.environ = {v: os.environ[v] for v in workspace.environ if v in os.environ}
        return workspace

    def for_jobs(self) -> dict[str, str]:
        """Return the variables of the command line, as the pre-experiment left them."""
        return {v: os.environ[v] for v in self._command_line if v in os.environ}
