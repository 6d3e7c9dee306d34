"""Tasks of the scheduler's benchmarks, and what the benchmarks share."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xpm_tasks import Param, Task


class Noop(Task):
    """Does nothing."""

    number: Param[int]

    def execute(self) -> None:
        """Do nothing."""


class Link(Task):
    """Does nothing, after another one."""

    previous: Param[Task]

    def execute(self) -> None:
        """Do nothing."""


class Sleep(Task):
    """Sleeps."""

    seconds: Param[float]

    def execute(self) -> None:
        """Sleep."""
        time.sleep(self.seconds)


class UsesNumpy(Task):
    """Tells how long it took from the start of its process to having numpy."""

    number: Param[int]

    def execute(self) -> None:
        """Import numpy."""
        import numpy  # noqa: F401


@contextmanager
def workspace() -> Iterator[Path]:
    """An empty workspace, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="xpm-bench-") as folder:
        yield Path(folder)


def cpu_s() -> float:
    """Processor time of this process and of its children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


class Stopwatch:
    """Wall and processor time since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), cpu_s()

    @property
    def wall_s(self) -> float:
        """Seconds on the wall."""
        return time.perf_counter() - self._wall

    @property
    def cpu_s(self) -> float:
        """Seconds of processor, children that ended included."""
        return cpu_s() - self._cpu


def peak_memory_mib() -> float:
    """Most memory that this process held."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def report(name: str, **figures: Any) -> None:
    """Print the figures as one JSON line."""
    rounded = {key: round(value, 4) if isinstance(value, float) else value for key, value in figures.items()}
    print(json.dumps({"bench": name, **rounded}))
