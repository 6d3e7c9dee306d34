"""Checks of the settings file."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xpm_cli.checks.result import OK, WARNING, WRONG, Result
from xpm_cli.text import count
from xpm_cli.workspace_options import chosen_layout, chosen_settings, names_workspace, settings_file

if TYPE_CHECKING:
    from xpm_workspace.settings import Settings


def check_settings(ctx: click.Context) -> Iterator[Result]:
    """Check that the settings can be read, and that they make sense."""
    from xpm_workspace.errors import SettingsError

    file = settings_file(ctx)
    what = f"settings {file}"
    with _Warnings() as warnings:
        try:
            settings = chosen_settings(ctx)
        except SettingsError as error:
            yield Result(what, WRONG, str(error), f"correct {file}")
            return
    if not file.exists():
        yield Result(what, OK, "there is no such file: --workdir is needed with each command")
        return
    yield Result(what, OK, count(len(settings.workspaces), "workspace"))
    for message in warnings.messages:
        yield Result(what, WARNING, message, "correct the name, or remove it")
    for message, fix in _oddities(settings):
        yield Result(what, WARNING, message, fix)


def workspaces_to_check(ctx: click.Context) -> Iterator[tuple[str, Path]]:
    """Yield name and folder of the workspace that the command line names, else of all local ones."""
    from xpm_workspace.errors import SettingsError

    try:
        if names_workspace(ctx):
            folder = chosen_layout(ctx=ctx).root
            yield str(folder), folder
            return
        for workspace in chosen_settings(ctx).workspaces:
            if workspace.local and workspace.path is not None:
                yield f"{workspace.id} ({workspace.path})", workspace.path
    except SettingsError:
        return  # told by `check_settings`


def _oddities(settings: Settings) -> Iterator[tuple[str, str]]:
    for name, number in Counter(w.id for w in settings.workspaces).items():
        if number > 1:
            yield f"{number} workspaces have the id {name!r}: only one is used", "give each its own id"
    paths = Counter(w.path for w in settings.workspaces if w.local)
    for path, number in paths.items():
        if number > 1:
            yield f"{number} workspaces are in {path}", "keep one of them"
    for workspace in settings.workspaces:
        if workspace.ssh is None and workspace.path is None:
            yield f"workspace {workspace.id!r} has neither a path nor ssh", "add `path: FOLDER`"
        elif workspace.path is not None and workspace.local and not workspace.path.is_absolute():
            yield (
                f"the path of workspace {workspace.id!r} is relative ({workspace.path}): it depends on where "
                "commands are called",
                "write it from / or ~ on",
            )


class _Warnings(logging.Handler):
    """Catches what reading the settings warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())

    def __enter__(self) -> _Warnings:
        logger = logging.getLogger("xpm_workspace.settings")
        logger.addHandler(self)
        logger.propagate = False
        return self

    def __exit__(self, *_: object) -> None:
        logger = logging.getLogger("xpm_workspace.settings")
        logger.removeHandler(self)
        logger.propagate = True
