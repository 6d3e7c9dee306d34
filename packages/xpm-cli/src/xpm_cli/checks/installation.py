"""Checks of the installed packages and of Python itself."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Iterator

from xpm_cli.checks.result import OK, WRONG, Result
from xpm_cli.plugins import find_plugins
from xpm_cli.version import installed_versions

#: What the command can do without: the package that brings all together, and what only that one needs.
_OPTIONAL = frozenset({"experimaestro", "xpm-services", "xpm-tui", "xpm-web"})

#: Long enough for a cold start on a busy network disk.
_TIMEOUT_S = 120


def check_installation() -> Iterator[Result]:
    """Check Python, our packages, that a job process can start, and the commands of other packages."""
    yield Result("python", OK, f"{platform.python_version()} ({sys.executable})")
    yield _packages()
    yield _job_process()
    yield from _plugins()


def _packages() -> Result:
    versions = installed_versions()
    wanted = versions if versions["experimaestro"] is not None else versions.keys() - _OPTIONAL
    missing = [name for name, version in versions.items() if version is None and name in wanted]
    if missing:
        return Result(
            "packages", WRONG, f"not installed: {', '.join(missing)}", f"pip install {' '.join(missing)}"
        )
    return Result("packages", OK, ", ".join(f"{n} {v}" for n, v in versions.items() if v is not None))


def _job_process() -> Result:
    """A job is a new Python: what it needs must be there too, not only in this process."""
    command = [sys.executable, "-c", "import xpm_scheduler.job_run, xpm_tasks.parameters"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Result("job process", WRONG, f"{sys.executable} cannot be started: {error}", _REINSTALL)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return Result(
            "job process", WRONG, f"a new Python cannot import what a job needs: {last}", _REINSTALL
        )
    return Result("job process", OK, "a new Python has what a job needs")


_REINSTALL = "activate the environment in which experimaestro is installed, or install it again"


def _plugins() -> Iterator[Result]:
    import click

    for plugin in find_plugins().values():
        what = f"command {plugin.name}"
        try:
            plugin.load()
        except click.ClickException as error:
            yield Result(what, WRONG, error.format_message(), f"update or remove {plugin.package}")
        else:
            yield Result(what, OK, f"from {plugin.package}")
