"""Running other programs: quietly, in the open, or in the open with a copy of what they say."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from xpm_tools.errors import CommandFailed
from xpm_tools.narration import say
from xpm_tools.paths import HATCH_CONFIG, ROOT, STATE, TOOLS, program

#: Variables of the caller's shell that would make a program look into another environment than ours.
LEAKS = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX", "HATCH_ENV", "HATCH_ENV_ACTIVE")

#: Seconds given to the output of a program that has ended.
_LAST_WORDS_S = 10.0


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


def run_quietly(
    command: Sequence[str],
    *,
    limit_s: float | None = None,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run a program and give its output, stdout and stderr together.

    Args:
        command: What to run.
        limit_s: Seconds after which it is killed; by default, never.
        cwd: Folder to run it in.
        env: Its environment variables; `environ()` by default.

    Raises:
        CommandFailed: When it ends with another code than 0, or is killed.
    """
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=environ() if env is None else env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=limit_s,
        )
    except subprocess.TimeoutExpired as error:
        said = error.output or b""  # bytes, in spite of `text`
        text = said if isinstance(said, str) else said.decode(errors="replace")
        raise CommandFailed(command, -signal.SIGKILL, text) from error
    if done.returncode:
        raise CommandFailed(command, done.returncode, done.stdout)
    return done.stdout


def call(command: Sequence[str], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> int:
    """Run a program that writes where we write, on the terminal if there is one, and give its exit code."""
    sys.stdout.flush()
    environment = environ() if env is None else env
    return subprocess.run(command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL).returncode


def call_and_copy(
    command: Sequence[str], *, limit_s: float, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run a program whose output goes through to our stdout, line by line.

    Args:
        command: What to run.
        limit_s: Seconds after which it is killed.
        cwd: Folder to run it in.
        env: Its environment variables; `environ()` by default.

    Returns:
        Its exit code, negative for a signal, and a copy of its output.
    """
    sys.stdout.flush()
    lines: list[str] = []
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environ() if env is None else env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    copying = threading.Thread(target=_copy, args=(process, lines), daemon=True)
    copying.start()
    try:
        process.wait(limit_s)
    except subprocess.TimeoutExpired:
        say(f"{command[0]} did not end within {limit_s:.0f} s and is killed")
    finally:
        process.kill()
        process.wait()
    # A process that it left behind may hold the pipe open for ever.
    copying.join(_LAST_WORDS_S)
    return process.returncode, "".join(lines)


def _copy(process: subprocess.Popen[str], lines: list[str]) -> None:
    assert process.stdout is not None
    with process.stdout as said:
        for line in said:
            lines.append(line)
            print(line, end="", flush=True)
