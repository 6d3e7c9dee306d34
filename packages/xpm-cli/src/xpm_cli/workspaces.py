"""`experimaestro workspaces`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from xpm_cli.lazy import LazyGroup
from xpm_cli.output import json_option, print_json, print_table, to_plain
from xpm_cli.workspace_options import chosen_settings, settings_folder_option

if TYPE_CHECKING:
    from xpm_workspace.settings import WorkspaceSettings


@click.group(cls=LazyGroup)
def workspaces() -> None:
    """Look at the workspaces of the settings file."""


@workspaces.command("list")
@settings_folder_option
@json_option
@click.option("-v", "--verbose", is_flag=True, help="Show all that is set for them.")
def list_workspaces(verbose: bool, as_json: bool) -> None:
    """List the workspaces of the settings file: id, folder, whether it is there."""
    found = chosen_settings().workspaces
    if as_json:
        print_json([{**to_plain(workspace), "state": _state(workspace)} for workspace in found])
        return
    columns = ["workspace", "folder", "state"] + ["settings"] * verbose
    rows = ([w.id, _place(w), _state(w)] + [_details(w)] * verbose for w in found)
    print_table(columns, rows)


def _place(workspace: WorkspaceSettings) -> str:
    if workspace.ssh is None:
        return os.fspath(workspace.path or "")
    return f"{workspace.ssh.host}:{workspace.ssh.path or workspace.path or ''}"


def _state(workspace: WorkspaceSettings) -> str:
    """Whether there is something, without waiting for another machine."""
    from xpm_workspace.layout import WorkspaceLayout

    if workspace.ssh is not None:
        return "remote"
    if workspace.path is None:
        return "no folder"
    if not workspace.path.is_dir():
        return "missing"
    return "ok" if WorkspaceLayout(workspace.path).exists() else "empty"


def _details(workspace: WorkspaceSettings) -> str:
    """What is set for a workspace and is not the default, as it stands in the file."""
    import msgspec

    shown: dict[str, Any] = to_plain(workspace)
    defaults: dict[str, Any] = to_plain(type(workspace)(id=""))
    kept = {k: v for k, v in shown.items() if k not in ("id", "path", "ssh") and v != defaults[k]}
    return " ".join(f"{name}={msgspec.json.encode(value).decode()}" for name, value in kept.items())
