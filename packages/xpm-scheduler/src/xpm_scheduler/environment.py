"""The environment of a job process.

Later wins: the scheduler's own environment, the workspace's settings, `xp.setenv`, the launcher (a
`DynamicLauncher`, then the one of its launchers that runs the job), the job.
Then what the job cannot do without: where the experiment's modules are, and who it is.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from xpm_scheduler.job import Job
from xpm_scheduler.job_guard import CLOCK_VARIABLE, DEADLINE_VARIABLE, MEMORY_VARIABLE
from xpm_scheduler.job_run import ATTEMPT_VARIABLE, TAGS_VARIABLE

#: Where an interpreter finds modules by itself. Asked for now, since that imports a module, which the
#: scheduler's thread must not: a Ctrl+C in an import may leave Python's lock of imports with the main thread.
_BY_ITSELF = tuple(
    os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")
)


def job_environ(job: Job, *layers: Mapping[str, str]) -> dict[str, str]:
    """Compose the whole environment of a job process.

    Args:
        job: the job; its launcher's variables and its own come last.
        layers: what the settings and the experiment add, in that order.
    """
    environ = _process_environ()
    for layer in (*layers, job.asked_launcher.environ, job.launcher.environ, job.environ):
        environ.update(layer)
    environ["PYTHONPATH"] = os.pathsep.join(python_path(environ.get("PYTHONPATH", "")))
    environ[ATTEMPT_VARIABLE] = str(job.attempts or 1)
    now = time.time()
    for name, limit in (
        (DEADLINE_VARIABLE, job.time_limit_s and now + job.time_limit_s),
        (MEMORY_VARIABLE, job.memory_bytes),
    ):
        # A scheduler that runs inside a job does not pass that job's limits on.
        environ.pop(name, None)
        if limit is not None:
            environ[name] = str(limit)
    environ[CLOCK_VARIABLE] = str(now)
    environ[TAGS_VARIABLE] = json.dumps(dict(job.tags), default=str)
    return environ


#: The variables of this process as they were last seen, in bytes and decoded.
_seen: tuple[dict[Any, Any], dict[str, str]] = ({}, {})


def _process_environ() -> dict[str, str]:
    """Return the variables of this process.

    Decoding them costs as much as the rest of what is done here; most jobs find what the one before found.
    """
    global _seen
    raw = getattr(os.environ, "_data", None)  # not public: without it, they are decoded each time
    if raw is None:
        return dict(os.environ)
    if raw != _seen[0]:
        _seen = (dict(raw), dict(os.environ))
    return dict(_seen[1])


def python_path(inherited: str) -> list[str]:
    """Where the modules of the experiment are found, for a process that starts afresh.

    Args:
        inherited: the value of `PYTHONPATH` so far.

    Returns:
        The folders of this process's `sys.path` that an interpreter does not have by itself, in order, then
        those inherited.
    """
    paths = _own_paths(tuple(sys.path), os.getcwd())
    return list(dict.fromkeys([*paths, *(p for p in inherited.split(os.pathsep) if p)]))


@lru_cache(maxsize=8)
def _own_paths(path: tuple[str, ...], cwd: str) -> tuple[str, ...]:
    folders = [os.path.join(cwd, entry) for entry in path]
    return tuple(f for f in folders if os.path.isdir(f) and not os.path.realpath(f).startswith(_BY_ITSELF))
