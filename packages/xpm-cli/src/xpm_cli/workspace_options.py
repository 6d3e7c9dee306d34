"""Options that name a workspace, accepted before and after a sub-command; and the workspace they name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from xpm_scheduler import Workspace

F = TypeVar("F", bound=Callable[..., Any])

_WORKDIR, _WORKSPACE, _SETTINGS_DIR = "xpm.workdir", "xpm.workspace", "xpm.xpm_config_dir"


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    if value is not None:
        ctx.meta[f"xpm.{param.name}"] = value
    return value


def workspace_options(function: F) -> F:
    """Add the three options to a command or a group; `chosen_workspace` reads them."""
    for option in (
        click.option(
            "--workspace",
            metavar="ID",
            expose_value=False,
            callback=_remember,
            help="Workspace of the settings file.",
        ),
        click.option(
            "--xpm-config-dir",
            type=click.Path(path_type=Path),
            expose_value=False,
            callback=_remember,
            help="Folder of the settings file.",
        ),
        click.option(
            "--workdir",
            type=click.Path(path_type=Path),
            expose_value=False,
            callback=_remember,
            help="Folder of the workspace.",
        ),
    ):
        function = option(function)
    return function


def chosen_workspace(experiment_id: str | None = None) -> Workspace:
    """Return the workspace: `--workspace`, else `--workdir`, else the one that the settings choose.

    Args:
        experiment_id: the experiment that will run there, for the triggers of the settings.

    Raises:
        SettingsError: nothing names one, or the settings are wrong.
    """
    from xpm_workspace.settings import find_workspace, get_settings

    meta = click.get_current_context().meta
    settings = get_settings(meta.get(_SETTINGS_DIR))
    found = find_workspace(
        workspace=meta.get(_WORKSPACE),
        workdir=meta.get(_WORKDIR),
        experiment_id=experiment_id,
        settings=settings,
    )
    workspace = Workspace.of(found)
    workspace.environ = {**settings.env, **workspace.environ}
    return workspace
