"""Times the index of a large workspace: building, opening, pages, filters, syncs, memory. Prints one JSON
line.

Usage: bench_workspace_index.py [--jobs 100000] [--workspace FOLDER]
A workspace is made in a temporary folder, unless one made by make_workspace.py is given. Its index is built
anew.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from make_workspace import job_id_of, make_workspace
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.markers import clear_markers, write_done
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.runs import ExperimentLock, create_run

FILTERS = {
    "filter_tag": "lr = 0.1",
    "filter_no_match": "model = nothing",
    "filter_state": "@state = ERROR",
    "filter_and_not": 'lr = 0.1 and model in ["model-1", "model-2"] and not fold = 3',
    "filter_or": "@state = RUNNING or lr = 7",
    "filter_regex_name": '@name ~ "task3"',
    "filter_regex_id": '@id ~ "/00ff"',
}


def timed(action: Callable[[], object], repeats: int = 5) -> float:
    """Return the median duration in milliseconds."""
    durations = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        durations.append(time.perf_counter() - start)
    return round(statistics.median(durations) * 1000, 2)


def measure_building(root: Path) -> dict[str, float]:
    """Build the index in another process, whose memory is then known."""
    for file in WorkspaceLayout(root).state_dir.glob("workspace.db*"):
        file.unlink()
    code = (
        "import resource, sys, time; t = time.perf_counter()\n"
        "from xpm_workspace.monitor import LocalMonitor\n"
        "LocalMonitor(sys.argv[1]).close()\n"
        "print(time.perf_counter() - t, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    command = [sys.executable, "-c", code, str(root)]
    seconds, mib = map(
        float, subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    )
    return {"rebuild_s": round(seconds, 1), "rebuild_memory_mib": round(mib, 1)}


def measure_reading(root: Path) -> dict[str, float]:
    """Open a monitor and ask it for pages."""
    found = {"open_ms": timed(lambda: LocalMonitor(root).close())}
    with LocalMonitor(root) as monitor:
        found["experiments_ms"] = timed(monitor.experiments)
        for order in ("-submitted", "-duration", "state"):
            found[f"page_{order.lstrip('-')}_ms"] = timed(partial(monitor.jobs, order=order, limit=20))
        found["page_deep_ms"] = timed(lambda: monitor.jobs(limit=20, offset=90_000))
        found["page_of_experiment_ms"] = timed(lambda: monitor.jobs(experiment_id="experiment-0", limit=20))
        found["count_ms"] = timed(lambda: monitor.jobs(limit=20, total=True))
        for name, text in FILTERS.items():
            found[f"{name}_ms"] = timed(partial(monitor.jobs, text, limit=20))
    return found


def measure_syncing(root: Path, tasks: int) -> dict[str, float]:
    """Change one thing at a time, and bring the index up to date."""
    workspace = WorkspaceLayout(root)
    lock = ExperimentLock(workspace.experiment("live"))
    lock.acquire()
    run = create_run(workspace, "live")
    found = {}
    with LocalMonitor(root) as monitor:
        position = monitor.position()
        assert monitor.changes(position) is None
        found["sync_nothing_ms"] = timed(lambda: monitor.sync(deep=False))
        numbers = iter(range(10**6))

        def state_change() -> None:
            state = ("WAITING", "READY")[next(numbers) % 2]
            run.record_states([{"job": "bench.models.task0/live", "state": state}])
            changes = monitor.changes(position)
            assert changes is not None and changes.jobs

        found["sync_one_state_ms"] = timed(state_change)

        def new_folder() -> None:
            workspace.job("bench.models.task0", f"{next(numbers):064}").create()
            assert monitor.sync(deep=False)

        found["sync_one_new_folder_ms"] = timed(new_folder)

        def new_marker() -> None:
            job = workspace.job_from_id(job_id_of(next(numbers), tasks))
            clear_markers(job)
            write_done(job)
            assert monitor._indexer is not None
            monitor._indexer.refresh(jobs=[job.job_id])

        found["refresh_one_job_ms"] = timed(new_marker)
        found["sync_deep_ms"] = timed(lambda: monitor.sync(deep=True), 1)
    run.end("done")
    lock.release()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--workspace", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = options.workspace or make_workspace(Path(folder) / "workspace", jobs=options.jobs).root
        found: dict[str, object] = {"bench": "workspace_index", "jobs": options.jobs}
        found |= measure_building(root)
        found |= measure_reading(root)
        found |= measure_syncing(root, tasks=10)
        found["memory_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
        print(json.dumps(found))


if __name__ == "__main__":
    main()
