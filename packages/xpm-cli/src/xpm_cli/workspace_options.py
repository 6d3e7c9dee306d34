"""`--workdir` and `--workspace`, accepted before and after a sub-command, and the workspace they name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from xpm_scheduler import Workspace

F = TypeVar("F", bound=Callable[..., Any])

_WORKDIR, _WORKSPACE = "xpm.workdir", "xpm.workspace"


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    if value is not None:
        ctx.meta[f"xpm.{param.name}"] = value
    return value


def workspace_options(function: F) -> F:
    """Add the two options to a command or a group; `chosen_workspace` reads them."""
    for option in (
        click.option(
            "--workspace",
            metavar="ID",
            expose_value=False,
            callback=_remember,
            help="Workspace of the settings file.",
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
    """Return the workspace that the command line names: `--workspace`, else `--workdir`.

    Args:
        experiment_id: the experiment that will run there, for the triggers of the settings.

    Raises:
        click.UsageError: nothing names one.
    """
    meta = click.get_current_context().meta
    workdir: Path | None = meta.get(_WORKDIR)
    if workdir is not None:
        return Workspace(workdir)
    raise click.UsageError("no workspace: give its folder with --workdir PATH")
