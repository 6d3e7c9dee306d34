"""The tool environment `.xpm/tools`: hatch and uv, made with nothing but a Python that has pip and venv."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from xpm_tools.commands import environ, run_quietly
from xpm_tools.errors import ToolError
from xpm_tools.narration import step
from xpm_tools.paths import HATCH_CONFIG, ROOT, STATE, TOOLS, program

UV = "uv>=0.9,<1"
#: What the tools use: hatch builds environments and wheels; hatchling builds the wheels.
REQUIREMENTS = ("hatch>=1.16,<2", "hatchling>=1.26,<2", "packaging>=23", "tomli>=2")

#: The file in an environment that says what it was made from.
STAMP = "xpm-stamp.json"


def fingerprint(*parts: str | bytes) -> str:
    """Give a short hash of what an environment was made from."""
    digest = hashlib.sha256()
    for part in (sys.version, os.path.realpath(sys.executable), *parts):
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:32]


def stamps(environment: Path) -> dict[str, str]:
    """Read what an environment was made from; empty when it is not there, or not ours."""
    try:
        found = json.loads((environment / STAMP).read_text())
    except (OSError, ValueError):
        return {}
    usable = isinstance(found, dict) and Path(program(environment, "python")).exists()
    return {str(key): str(value) for key, value in found.items()} if usable else {}


def stamp(environment: Path, /, **values: str) -> None:
    """Write down what an environment was made from, as the last thing of making it."""
    path = environment / STAMP
    new = path.with_suffix(".new")
    new.write_text(json.dumps(stamps(environment) | values))
    new.replace(path)


@contextmanager
def alone() -> Iterator[None]:
    """Keep two `tools/xpm` of the same clone from making environments at the same time."""
    STATE.mkdir(exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def check_python() -> None:
    """Make sure that this Python can make environments.

    Raises:
        ToolError: When it has no venv or no pip, as on a bare Debian; with what to install.
    """
    missing = [module for module in ("venv", "ensurepip") if importlib.util.find_spec(module) is None]
    if missing:
        raise ToolError(
            f"{sys.executable} has no {' and no '.join(missing)}: on Debian and Ubuntu, "
            "`apt-get install python3-venv`; elsewhere, install a Python with pip and venv"
        )


def ensure_tools() -> Path:
    """Make the tool environment unless it is there.

    Returns:
        Its Python.
    """
    python = Path(program(TOOLS, "python"))
    if running_in_tools():
        return python
    wanted = fingerprint(UV, *REQUIREMENTS)
    if stamps(TOOLS).get("tools") == wanted:
        return python
    check_python()
    with alone():
        if stamps(TOOLS).get("tools") != wanted:
            with step("making the tool environment .xpm/tools (hatch, uv)"):
                _make_tools()
                stamp(TOOLS, tools=wanted)
    return python


def _make_tools() -> None:
    shutil.rmtree(TOOLS, ignore_errors=True)
    run_quietly([sys.executable, "-m", "venv", str(TOOLS)])
    run_quietly([program(TOOLS, "python"), "-m", "pip", "install", "--quiet", UV])
    # uv installs the rest in a second where pip needs twenty.
    run_quietly([program(TOOLS, "uv"), "pip", "install", "--python", program(TOOLS, "python"), *REQUIREMENTS])
    HATCH_CONFIG.touch()


def running_in_tools() -> bool:
    """Say whether this process is the tool environment's Python."""
    return Path(sys.prefix).resolve() == TOOLS.resolve()


def go_on_in_tools(arguments: Sequence[str]) -> None:
    """Replace this process by the same command in the tool environment, unless it is there already."""
    python = ensure_tools()
    if not running_in_tools():
        sys.stdout.flush()
        os.execve(python, [str(python), str(ROOT / "tools" / "xpm"), *arguments], environ())
