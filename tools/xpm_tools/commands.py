"""Running other programs: quietly, in the open, or in the open with a copy of what they say."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from xpm_tools.errors import CommandFailed
from xpm_tools.paths import HATCH_CONFIG, ROOT, STATE, TOOLS, program

#: Variables of the caller's shell that would make a program look into another environment than ours.
LEAKS = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX", "HATCH_ENV", "HATCH_ENV_ACTIVE")


def environ(**extra: str) -> dict[str, str]:
    """Give the environment variables of the programs that we run.

    Hatch keeps its state under `.xpm/`, and nothing of the caller's Python leaks in.

    Args:
        **extra: Variables to add.
    """
    ours = {name: value for name, value in os.environ.items() if name not in LEAKS}
    ours |= {
        "HATCH_CONFIG": str(HATCH_CONFIG),
        "HATCH_DATA_DIR": str(STATE / "hatch" / "data"),
        "HATCH_CACHE_DIR": str(STATE / "hatch" / "cache"),
        "HATCH_ENV_TYPE_VIRTUAL_UV_PATH": program(TOOLS, "uv"),
        "UV_NO_PROGRESS": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    return ours | extra


def run_quietly(command: Sequence[str], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> str:
    """Run a program and give its output, stdout and stderr together.

    Raises:
        CommandFailed: When it ends with another code than 0.
    """
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environ() if env is None else env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise CommandFailed(command, done.returncode, done.stdout)
    return done.stdout


def call(command: Sequence[str], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> int:
    """Run a program that writes where we write, on the terminal if there is one, and give its exit code."""
    sys.stdout.flush()
    environment = environ() if env is None else env
    return subprocess.run(command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL).returncode


def call_and_copy(
    command: Sequence[str], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run a program whose output goes through to our stdout, line by line.

    Returns:
        Its exit code, and a copy of its output.
    """
    sys.stdout.flush()
    lines: list[str] = []
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=environ() if env is None else env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            print(line, end="", flush=True)
    return process.returncode, "".join(lines)
