"""Launchers that installed packages provide, under the entry point `experimaestro.launchers`."""

from __future__ import annotations

import difflib
from importlib.metadata import EntryPoint, entry_points

from xpm_scheduler.errors import LauncherNotFound
from xpm_scheduler.launcherfinder.errors import BrokenLauncher
from xpm_scheduler.launchers.base import Launcher

GROUP = "experimaestro.launchers"


def names() -> list[str]:
    """List the names of the installed launchers, in alphabetical order; nothing is imported."""
    return sorted(_entry_points())


def load(name: str) -> type[Launcher]:
    """Import a launcher.

    Args:
        name: one of `names()`, such as `direct`.

    Raises:
        LauncherNotFound: no installed package provides it.
        BrokenLauncher: it cannot be imported, or is no launcher.
    """
    found = _entry_points().get(name)
    if found is None:
        known = names()
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise LauncherNotFound(f"no launcher {name!r}; {hint}installed: {', '.join(known) or 'none'}")
    owner = f" of {found.dist.name}" if found.dist is not None else ""
    what = f"launcher {name!r}{owner} ({found.value})"
    try:
        launcher = found.load()
    except Exception as error:
        raise BrokenLauncher(f"{what} cannot be imported: {type(error).__name__}: {error}") from error
    if not (isinstance(launcher, type) and issubclass(launcher, Launcher)):
        raise BrokenLauncher(f"{what} is not a class derived from Launcher")
    return launcher


def _entry_points() -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=GROUP):
        # As for modules: of two with the same name, the first on the path wins.
        found.setdefault(entry.name, entry)
    return found
