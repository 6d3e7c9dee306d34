"""A chain, many done jobs, many submissions, a dry run, an idle scheduler. Prints one JSON line.

Usage: bench_scheduler_sizes.py [SUBMISSIONS [DONE]]

Times of the scheduler alone come with its processor time, which a busy machine changes less. The floor of the
chain is a loop that forks, writes what a job leaves and waits, one job at a time.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from scheduler_bench import Cost, Stopwatch, bytecode, floor, peak_memory_mib, report, workspace
from scheduler_tasks import Link, Noop, Sleep
from xpm_scheduler import DirectLauncher, experiment
from xpm_workspace.markers import write_done
from xpm_workspace.monitor import LocalMonitor

LINKS = 100


def xp(folder: Path, **options: Any) -> experiment:
    """An experiment that says nothing."""
    return experiment(folder, "bench", dirty_git="ignore", report=False, **options)


def chain_s(folder: Path) -> float:
    """Seconds a link."""
    with xp(folder):
        task: Any = Noop.C(number=0).submit()
        task.__xpm__.job.wait()
        watch = Stopwatch()
        for _ in range(LINKS):
            task = Link.C(previous=task).submit()
        task.__xpm__.job.wait()
        return watch.wall_s / LINKS


def submissions(folder: Path, count: int) -> Cost:
    """Submitting jobs that do not get to start."""
    with xp(folder, launcher=DirectLauncher(max_jobs=1)) as experiment_:
        watch = Stopwatch()
        for number in range(count):
            Noop.C(number=number).submit()
        cost = watch.cost()
        experiment_.stop()
    return cost


def rerun(folder: Path, count: int) -> Cost:
    """Finding out that all jobs are done already, from entering the experiment to leaving it."""
    with xp(folder, run_mode="GENERATE_ONLY") as generated:
        for number in range(count):
            Noop.C(number=number).submit()
    # As the run that did them would have left it, some minutes ago: they are in the index.
    for job in generated.jobs:
        write_done(job.layout)
        os.utime(job.path, (time.time() - 100, time.time() - 100))
    os.utime(job.path.parent, (time.time() - 100, time.time() - 100))
    LocalMonitor(folder).close()
    watch = Stopwatch()
    with xp(folder) as again:
        for number in range(count):
            Noop.C(number=number).submit()
    cost = watch.cost()
    assert not any(job.executed for job in again.jobs)
    return cost


def dry_run(folder: Path, count: int) -> Cost:
    """Showing what would be run."""
    watch = Stopwatch()
    with (
        contextlib.redirect_stderr(io.StringIO()),
        experiment(folder, "bench", dirty_git="ignore", run_mode="DRY_RUN"),
    ):
        for number in range(count):
            Noop.C(number=number).submit()
    return watch.cost()


def idle_share(folder: Path, seconds: float) -> float:
    """Share of one core that a scheduler uses while four jobs sleep."""
    with xp(folder, launcher=DirectLauncher(max_jobs=4)):
        for number in range(4):
            Sleep.C(seconds=seconds + 2 + number).submit()
        threading.Event().wait(1.0)  # they have started
        watch = Stopwatch()
        threading.Event().wait(seconds)
        return watch.cpu_s / seconds


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    done = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
    floor_s = floor(workspace(), LINKS, 1).wall_s
    link_s = chain_s(workspace())
    figures: dict[str, float] = {
        "chain_ms_per_link": 1000 * link_s,
        "chain_share_of_floor": floor_s / link_s,
        "idle_percent_of_a_core": 100 * idle_share(workspace(), 5.0),
    }
    for name, measure, size in (
        ("dry_run", dry_run, count),
        ("rerun_of_done", rerun, done),
        ("submissions", submissions, count),
    ):
        cost = measure(workspace(), size)
        figures |= {f"{name}_s": cost.wall_s, f"{name}_cpu_s": cost.cpu_s}
    report("scheduler-sizes", submissions=count, done=done, **figures, peak_memory_mib=peak_memory_mib())


if __name__ == "__main__":
    with bytecode():
        main()
