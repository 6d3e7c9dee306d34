"""`experimaestro launchers`."""

from __future__ import annotations

from typing import NamedTuple

import click

from xpm_cli.lazy import LazyGroup
from xpm_cli.output import json_option, print_json, print_table, say
from xpm_cli.plugins import LAUNCHERS_GROUP
from xpm_cli.workspace_options import settings_file, settings_folder_option


@click.group(cls=LazyGroup, plugins=LAUNCHERS_GROUP)
def launchers() -> None:
    """Look at the launchers: what starts jobs, here or on a cluster.

    `experimaestro find-launchers` tells which one the settings choose for a task.
    """


class _Installed(NamedTuple):
    name: str
    #: Where it is in Python; empty when it cannot be used.
    target: str
    #: Why it cannot be used.
    problem: str = ""


@launchers.command("list", short_help="List those of installed packages.")
@settings_folder_option
@json_option
def list_launchers(as_json: bool) -> None:
    """List the launchers that installed packages provide."""
    from xpm_scheduler.launcherfinder import installed
    from xpm_scheduler.launcherfinder.registry import FILE_NAME

    found = [_look(name) for name in installed.names()]
    file = settings_file(click.get_current_context()).parent / FILE_NAME
    if as_json:
        print_json([launcher._asdict() for launcher in found])
    else:
        print_table(
            ("launcher", "class"), [(one.name, one.target or f"wrong: {one.problem}") for one in found]
        )
    say(
        f"which one runs a task: {file}"
        if file.exists()
        else f"there is no {file}: tasks run on this machine"
    )


def _look(name: str) -> _Installed:
    from xpm_scheduler.errors import SchedulerError
    from xpm_scheduler.launcherfinder import installed

    try:
        launcher = installed.load(name)
    except SchedulerError as error:
        return _Installed(name, "", str(error))
    return _Installed(name, f"{launcher.__module__}.{launcher.__qualname__}")
