"""What the scheduler's benchmarks share: workspaces, clocks, the floor, the line that is printed."""

from __future__ import annotations

import atexit
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Forks once for each job, some at a time, from a process with what a fork server has imported; each child
#: writes as many small files as a job leaves, and exits.
FLOOR = """
import gc, importlib, json, os, sys
from scheduler_bench import Stopwatch
from xpm_scheduler.fork_server import EVERY_JOB
from xpm_workspace.layout import WorkspaceLayout

layout, jobs, at_once = WorkspaceLayout(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
for module in EVERY_JOB:
    importlib.import_module(module)
gc.collect()
gc.freeze()
watch = Stopwatch()
for number in range(jobs + at_once):
    if number >= at_once:
        os.wait()
    if number < jobs and os.fork() == 0:
        job = layout.job("floor", f"{number:064x}")
        job.create()
        for path in (job.params, job.stdout, job.stderr, job.pid, job.lock, job.journal, job.done):
            path.write_bytes(b"{}" * 50)
        os._exit(0)
print(json.dumps([watch.wall_s / jobs, watch.cpu_s / jobs]))
"""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What something costs: seconds on the wall, and of processor."""

    wall_s: float
    cpu_s: float


def floor(folder: Path, jobs: int, at_once: int) -> Cost:
    """Measure what a job costs at least."""
    command = [sys.executable, "-c", FLOOR, str(folder), str(jobs), str(at_once)]
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    shown = subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout
    wall_s, cpu_s = json.loads(shown)
    return Cost(wall_s=wall_s, cpu_s=cpu_s)


def workspace() -> Path:
    """Make an empty workspace, which is removed when the benchmark ends.

    Not before: for some minutes after files were removed, ext4 searches past each of their inodes whenever a
    file is made (0.5 ms after a thousand jobs), and the next measurement would be one of that search.
    """
    folder = tempfile.mkdtemp(prefix="xpm-bench-")
    atexit.register(shutil.rmtree, folder)
    return Path(folder)


@contextmanager
def bytecode() -> Iterator[None]:
    """Let processes keep bytecode, whatever the environment says: without it, compiling dominates."""
    with tempfile.TemporaryDirectory(prefix="xpm-bench-bytecode-") as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        yield


class Stopwatch:
    """Wall and processor time since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _cpu_s()

    @property
    def wall_s(self) -> float:
        """Seconds on the wall."""
        return time.perf_counter() - self._wall

    @property
    def cpu_s(self) -> float:
        """Seconds of processor, children that ended included."""
        return _cpu_s() - self._cpu

    def cost(self, jobs: int = 1) -> Cost:
        """What each of some jobs cost."""
        return Cost(wall_s=self.wall_s / jobs, cpu_s=self.cpu_s / jobs)


def _cpu_s() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def peak_memory_mib() -> float:
    """Most memory that this process held."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def report(name: str, **figures: Any) -> None:
    """Print the figures as one JSON line."""
    rounded = {key: round(value, 4) if isinstance(value, float) else value for key, value in figures.items()}
    print(json.dumps({"bench": name, **rounded}))
