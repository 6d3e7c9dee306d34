"""Checks of the places where jobs run."""

from __future__ import annotations

from collections.abc import Iterator

import click

from xpm_cli.checks.result import OK, WARNING, WRONG, Result
from xpm_cli.workspace_options import settings_file


def check_launchers(ctx: click.Context) -> Iterator[Result]:
    """Check that each installed launcher can be imported, and that the user's `launchers.py` finds one.

    Args:
        ctx: of the command; its options say where `launchers.py` is.
    """
    from xpm_scheduler.errors import SchedulerError
    from xpm_scheduler.launcherfinder import installed

    for name in installed.names():
        try:
            launcher = installed.load(name)
        except SchedulerError as error:
            yield Result(f"launcher {name}", WRONG, str(error), "update or remove that package")
        else:
            yield Result(f"launcher {name}", OK, f"{launcher.__module__}.{launcher.__qualname__}")
    yield _launcher_finder(ctx)


def _launcher_finder(ctx: click.Context) -> Result:
    from xpm_scheduler.launcherfinder.errors import LaunchersFileError, NoLauncherFound
    from xpm_scheduler.launcherfinder.registry import LauncherRegistry

    registry = LauncherRegistry(settings_file(ctx).parent)
    what = f"launchers {registry.path}"
    try:
        found = registry.find()
    except LaunchersFileError as error:
        return Result(what, WRONG, str(error), f"correct {registry.path}")
    except NoLauncherFound as error:
        return Result(what, WARNING, str(error), f"let find_launcher in {registry.path} return one")
    if registry.path.exists():
        return Result(what, OK, f"for a task without requirements: {found.describe()}")
    return Result(what, OK, f"there is no such file: tasks run on this machine, {registry.machine}")
