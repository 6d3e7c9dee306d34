"""The environment `.venv`: all packages editable, made by hatch; made again when its description changed."""

from __future__ import annotations

from pathlib import Path

from xpm_tools import origin
from xpm_tools.bootstrap import alone, fingerprint, stamp, stamps
from xpm_tools.commands import run_quietly
from xpm_tools.narration import say, step
from xpm_tools.packages import discover, read_toml
from xpm_tools.paths import PACKAGES, ROOT, TOOLS, VENV, program


def description() -> str:
    """Give the hash of all that decides what is in the environment."""
    files = [ROOT / "hatch.toml", *sorted(PACKAGES.glob("*/pyproject.toml"))]
    return fingerprint(*(part for path in files for part in (path.parent.name, path.read_bytes())))


def ensure_environment() -> Path:
    """Make the hatch environment unless it is there and up to date.

    A warm environment does not pick up a new entry point or requirement by itself: when the description
    changed, it is made again, which takes seconds as uv keeps what it downloaded.

    Returns:
        Its Python.
    """
    wanted = description()
    if stamps(VENV).get("environment") != wanted:
        with alone():
            if stamps(VENV).get("environment") != wanted:
                _make_environment(wanted)
    return Path(program(VENV, "python"))


def _make_environment(wanted: str) -> None:
    hatch = program(TOOLS, "hatch")
    if VENV.exists():
        say("the description of the environment changed (hatch.toml, packages/*/pyproject.toml)")
        run_quietly([hatch, "env", "remove", "default"])
    with step("making the environment .venv (all packages editable, and the tools that check them)"):
        run_quietly([hatch, "env", "create", "default"])
        origin.verify_editable(VENV, discover())
        stamp(VENV, environment=wanted)


def ensure_examples() -> None:
    """Install what the examples need (group `examples` of the root pyproject.toml) into the environment."""
    ensure_environment()
    requirements: list[str] = read_toml(ROOT / "pyproject.toml")["dependency-groups"]["examples"]
    wanted = fingerprint(*requirements)
    if stamps(VENV).get("examples") == wanted:
        return
    with alone(), step(f"installing what the examples need ({', '.join(requirements)})"):
        uv = program(TOOLS, "uv")
        run_quietly([uv, "pip", "install", "--python", program(VENV, "python"), *requirements])
        stamp(VENV, examples=wanted)
