"""Options that name a workspace, accepted before and after a sub-command; and the workspace they name."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from xpm_cli.completion import complete_workspaces

if TYPE_CHECKING:
    from pathlib import Path

    from xpm_scheduler import Workspace
    from xpm_workspace.layout import WorkspaceLayout
    from xpm_workspace.monitor import LocalMonitor
    from xpm_workspace.settings import HistorySettings, Settings, WorkspaceSettings

F = TypeVar("F", bound=Callable[..., Any])

_WORKDIR, _WORKSPACE, _SETTINGS_DIR = "xpm.workdir", "xpm.workspace", "xpm.xpm_config_dir"


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    if value is not None:
        ctx.meta[f"xpm.{param.name}"] = value
    return value


def settings_folder_option(function: F) -> F:
    """Add `--xpm-config-dir` to a command; `chosen_settings` reads it."""
    return click.option(
        "--xpm-config-dir",
        type=click.Path(),
        expose_value=False,
        callback=_remember,
        help="Folder of the settings file.",
    )(function)


def workspace_options(function: F) -> F:
    """Add the three options to a command or a group; `chosen_workspace` and `chosen_layout` read them."""
    function = click.option(
        "--workspace",
        metavar="ID",
        expose_value=False,
        callback=_remember,
        shell_complete=complete_workspaces,
        help="Workspace of the settings file.",
    )(function)
    function = settings_folder_option(function)
    return click.option(
        "--workdir",
        type=click.Path(),
        expose_value=False,
        callback=_remember,
        help="Folder of the workspace.",
    )(function)


def chosen_workspace(experiment_id: str | None = None) -> Workspace:
    """Return the workspace: `--workspace`, else `--workdir`, else the one that the settings choose.

    Args:
        experiment_id: the experiment that will run there, for the triggers of the settings.

    Raises:
        SettingsError: nothing names one, or the settings are wrong.
    """
    from xpm_scheduler import Workspace

    settings, found = _choose(click.get_current_context(), experiment_id)
    workspace = Workspace.of(found)
    workspace.environ = {**settings.env, **workspace.environ}
    return workspace


def chosen_layout(experiment_id: str | None = None, ctx: click.Context | None = None) -> WorkspaceLayout:
    """Return where the files of the workspace are, for commands that look and do not run; imports less.

    Args:
        experiment_id: the experiment that is looked at, for the triggers of the settings.
        ctx: by default, that of the running command.

    Raises:
        SettingsError: nothing names a workspace, it is on another machine, or the settings are wrong.
    """
    from xpm_workspace.errors import SettingsError
    from xpm_workspace.layout import WorkspaceLayout

    found = _choose(ctx or click.get_current_context(), experiment_id)[1]
    if found.path is None or not found.local:
        raise SettingsError(f"workspace {found.id} is on another machine: run this command there")
    return WorkspaceLayout(os.path.expanduser(found.path))


def open_monitor(experiment_id: str | None = None) -> LocalMonitor:
    """Open the workspace that `chosen_layout` chooses.

    Raises:
        NotAWorkspace: there is none in its folder.
        SettingsError: see `chosen_layout`.
    """
    from xpm_cli.building import BuildingMessage
    from xpm_workspace.monitor import LocalMonitor

    with BuildingMessage(quiet=bool(click.get_current_context().meta.get("xpm.quiet"))) as message:
        return LocalMonitor(chosen_layout(experiment_id), on_build=message)


def chosen_settings(ctx: click.Context | None = None) -> Settings:
    """Return the settings, from `--xpm-config-dir` if it was given."""
    from xpm_workspace.settings import get_settings

    return get_settings((ctx or click.get_current_context()).meta.get(_SETTINGS_DIR))


def chosen_history() -> HistorySettings:
    """Return how many runs the chosen workspace keeps."""
    settings, found = _choose(click.get_current_context(), None)
    return found.history or settings.history


def settings_file(ctx: click.Context) -> Path:
    """Return the file that `chosen_settings` reads, whether it is there or not."""
    from pathlib import Path

    from xpm_workspace.settings import settings_path

    given = ctx.meta.get(_SETTINGS_DIR)
    if given is None:
        return settings_path()
    return Path(given) / "settings.yaml" if os.path.isdir(given) else Path(given)


def names_workspace(ctx: click.Context | None = None) -> bool:
    """Whether the command line names a workspace."""
    meta = (ctx or click.get_current_context()).meta
    return _WORKSPACE in meta or _WORKDIR in meta


def _choose(ctx: click.Context, experiment_id: str | None) -> tuple[Settings, WorkspaceSettings]:
    from xpm_workspace.settings import find_workspace

    settings = chosen_settings(ctx)
    return settings, find_workspace(
        workspace=ctx.meta.get(_WORKSPACE),
        workdir=ctx.meta.get(_WORKDIR),
        experiment_id=experiment_id,
        settings=settings,
    )
