"""`tools/xpm chaos` and `tools/xpm race`: the scheduler in a hard world, for long (`tools/<name>.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from xpm_tools.commands import call
from xpm_tools.environment import ensure_environment
from xpm_tools.paths import ROOT


def run_campaign(name: str, settings: Mapping[str, object]) -> int:
    """Run a campaign in the environment of the packages; what it prints on stdout is data.

    Args:
        name: The program.
        settings: Its options by name; one that is None is left to the program.

    Returns:
        1 when a promise was broken, else 0.
    """
    return int(call([str(ensure_environment()), str(program(name)), *written(settings)]) != 0)


def program(name: str) -> Path:
    """Where a campaign is."""
    return ROOT / "tools" / f"{name}.py"


def written(settings: Mapping[str, object]) -> list[str]:
    """Write options as on a command line."""
    given: list[str] = []
    for name, value in settings.items():
        if value is True:
            given.append(f"--{name}")
        elif value is not None and value is not False:
            given += [f"--{name}", str(value)]
    return given
