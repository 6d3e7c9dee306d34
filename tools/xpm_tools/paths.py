"""Where things are in the repository, and the program files of its environments."""

from __future__ import annotations

from pathlib import Path

#: The root of the repository.
ROOT = Path(__file__).resolve().parents[2]

#: The folder of the packages, each with its own pyproject.toml.
PACKAGES = ROOT / "packages"

#: All that the tools write, apart from `.venv`; not versioned, can be removed at any time.
STATE = ROOT / ".xpm"

#: The environment of the tools themselves: hatch and uv.
TOOLS = STATE / "tools"

#: Hatch's own settings: none, in place of those in the home folder. Hatch refuses to start without the file.
HATCH_CONFIG = TOOLS / "hatch-config.toml"

#: The environment made by hatch, with all packages editable.
VENV = ROOT / ".venv"

#: Where wheels are built.
DIST = ROOT / "dist"

EXAMPLE = ROOT / "examples" / "digits"


def program(environment: Path, name: str) -> str:
    """Give the path of a program of an environment.

    Args:
        environment: The folder of a virtual environment.
        name: The program, for example `python`.
    """
    return str(environment / "bin" / name)


def shown(path: Path) -> str:
    """Give a path as a person in the repository would write it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
