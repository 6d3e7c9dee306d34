"""Which workspace a command works on."""

from __future__ import annotations

from pathlib import Path

import click

from xpm_scheduler import Workspace


def choose_workspace(
    experiment_id: str | None,
    *,
    workspace: str | None,
    workdir: Path | None,
    settings_dir: Path | None = None,
) -> Workspace:
    """Return the workspace: `--workspace`, else `--workdir`, else what the settings say.

    Raises:
        click.UsageError: nothing says which one.
    """
    if workdir is not None:
        return Workspace(workdir)
    raise click.UsageError("no workspace: give its folder with --workdir PATH")
