"""What a no-op job costs, warm and cold, next to what cannot be done faster. Prints one JSON line.

Usage: bench_scheduler_throughput.py [JOBS]

* ``share_of_floor``: jobs a second with warm start, as a share of the floor: a loop that forks a process of
  the fork server's size, writes the same small files and exits, two at a time;
* ``share_of_floor_preloaded``: the same with the module of the tasks preloaded, which else each job imports
  anew (nothing is imported in the floor's processes);
* ``cpu_ms_per_job``: processor time of the scheduler, the fork server and the job, and that of the floor;
* ``cold_vs_bare``: a job without warm start, next to `python -c "import xpm_tasks"`;
* ``numpy_warm_vs_cold``: how many times faster a job that needs numpy is with `preload=["numpy"]`.

Measured in turn, several times; the median is printed, since other programs disturb.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from scheduler_bench import Cost, Stopwatch, bytecode, floor, report, workspace
from scheduler_tasks import Noop, UsesNumpy
from xpm_scheduler import DirectLauncher, experiment

AT_ONCE = 2
ROUNDS = 3
#: Jobs of those kinds that take long.
FEW = 8


def run(folder: Path, tasks: Sequence[Any], preload: Sequence[str] = ()) -> Cost:
    """Run tasks with warm start, from entering the experiment to leaving it; children are then all reaped."""
    watch = Stopwatch()
    launcher = DirectLauncher(max_jobs=AT_ONCE, preload=preload)
    with experiment(folder, "bench", launcher=launcher, dirty_git="ignore", report=False):
        for task in tasks:
            task.submit()
    return watch.cost(len(tasks))


def one_by_one_s(task: type[Any], preload: Sequence[str] | None) -> float:
    """Seconds from submitting a job to its end, one at a time, once the first one has run."""
    launcher = DirectLauncher(max_jobs=1, preload=preload)
    with experiment(workspace(), "bench", launcher=launcher, dirty_git="ignore", report=False):
        tasks = [task.C(number=number) for number in range(FEW + 1)]
        tasks[0].submit().__xpm__.job.wait()
        watch = Stopwatch()
        for each in tasks[1:]:
            each.submit().__xpm__.job.wait()
        return watch.wall_s / FEW


def bare_s() -> float:
    """Seconds of an interpreter that imports the task library."""
    watch = Stopwatch()
    for _ in range(FEW):
        subprocess.run([sys.executable, "-c", "import xpm_tasks"], check=True)
    return watch.wall_s / FEW


def numpy_figures() -> dict[str, float | None]:
    """How much a preloaded numpy helps; nothing where there is no numpy."""
    if importlib.util.find_spec("numpy") is None:
        return {"numpy_warm_vs_cold": None}
    rounds = [(one_by_one_s(UsesNumpy, ["numpy"]), one_by_one_s(UsesNumpy, None)) for _ in range(ROUNDS)]
    return {
        "numpy_warm_vs_cold": median(cold / warm for warm, cold in rounds),
        "numpy_cold_ms": 1000 * median(cold for _, cold in rounds),
        "numpy_warm_ms": 1000 * median(warm for warm, _ in rounds),
    }


def share_of_floor(floors: Sequence[Cost], costs: Sequence[Cost]) -> float:
    """How close to the floor jobs come; 1 is as fast."""
    return median(least.wall_s / cost.wall_s for least, cost in zip(floors, costs, strict=True))


def main() -> None:
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    floors: list[Cost] = []
    warm: list[Cost] = []
    preloaded: list[Cost] = []
    cold_vs_bare: list[float] = []
    for number in range(ROUNDS):
        floors.append(floor(workspace(), jobs, AT_ONCE))
        for costs, preload in ((warm, []), (preloaded, [Noop.__module__])):
            tasks = [Noop.C(number=jobs * number + i) for i in range(jobs)]
            costs.append(run(workspace(), tasks, preload))
        cold_vs_bare.append(one_by_one_s(Noop, None) / bare_s())
    report(
        "scheduler-throughput",
        jobs=jobs,
        warm_jobs_per_s=1 / median(cost.wall_s for cost in warm),
        share_of_floor=share_of_floor(floors, warm),
        share_of_floor_preloaded=share_of_floor(floors, preloaded),
        floor_jobs_per_s=1 / median(cost.wall_s for cost in floors),
        cpu_ms_per_job=1000 * median(cost.cpu_s for cost in warm),
        floor_cpu_ms_per_job=1000 * median(cost.cpu_s for cost in floors),
        cold_vs_bare=median(cold_vs_bare),
        **numpy_figures(),
    )


if __name__ == "__main__":
    with bytecode():
        main()
