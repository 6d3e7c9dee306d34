"""No-op jobs a second, warm, against a loop that forks, writes the same small files and exits. One JSON line.

Usage: bench_scheduler_throughput.py [JOBS]
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from scheduler_tasks import Noop, Stopwatch, report, workspace
from xpm_scheduler import DirectLauncher, experiment
from xpm_workspace.layout import JobLayout, WorkspaceLayout

AT_ONCE = 2


def run(folder: Path, jobs: int, *, warm: bool) -> Stopwatch:
    """Run no-op jobs; the watch has stopped counting children once they are all reaped."""
    launcher = DirectLauncher(max_jobs=AT_ONCE, preload=() if warm else None)
    watch = Stopwatch()
    with experiment(folder, "bench", launcher=launcher, dirty_git="ignore", report=False):
        for number in range(jobs):
            Noop.C(number=number).submit()
    return watch


def floor_s(folder: Path, jobs: int) -> float:
    """Seconds a job that one cannot go below: fork, write what a job leaves, exit, two at a time."""
    layout = WorkspaceLayout(folder)
    started = time.perf_counter()
    running = 0
    for number in range(jobs):
        if running == AT_ONCE:
            os.wait()
            running -= 1
        if os.fork() == 0:  # noqa: TID251 - what is measured; this process has no threads
            _leave_files(layout.job("floor", f"{number:064x}"))
            os._exit(0)
        running += 1
    while running:
        os.wait()
        running -= 1
    return (time.perf_counter() - started) / jobs


def _leave_files(job: JobLayout) -> None:
    job.create()
    for path in (job.params, job.stdout, job.stderr, job.pid, job.lock, job.journal, job.done):
        path.write_bytes(b"{}" * 50)


def main() -> None:
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with workspace() as folder:
        floor = floor_s(folder, jobs)
        watch = run(folder, jobs, warm=True)
        warm_s, cpu_s = watch.wall_s / jobs, watch.cpu_s / jobs
    cold_jobs = max(20, jobs // 20)
    with workspace() as folder:
        cold_s = run(folder, cold_jobs, warm=False).wall_s / cold_jobs
    started = time.perf_counter()
    for _ in range(10):
        subprocess.run([sys.executable, "-c", "import xpm_tasks"], check=True)
    bare_s = (time.perf_counter() - started) / 10
    report(
        "scheduler-throughput",
        jobs=jobs,
        warm_jobs_per_s=1 / warm_s,
        share_of_floor=floor / warm_s,
        floor_jobs_per_s=1 / floor,
        cpu_ms_per_job=1000 * cpu_s,
        # Two jobs at a time, against one bare interpreter after the other.
        cold_vs_bare=AT_ONCE * cold_s / bare_s,
        bare_ms=1000 * bare_s,
    )


if __name__ == "__main__":
    main()
