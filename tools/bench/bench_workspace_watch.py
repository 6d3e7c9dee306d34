"""Times how long a state change takes to reach a monitor in another process, and what it costs there.

Prints one JSON line: latencies, and processor time per change, for a small and a large workspace.

Usage: bench_workspace_watch.py [--jobs 1000 100000] [--changes 40] [--workspace FOLDER]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from make_workspace import make_workspace
from xpm_workspace.index.indexer import Indexer
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.runs import ExperimentLock, create_run

WATCHER = """
import json, sys, time
from xpm_workspace.monitor import LocalMonitor
monitor = LocalMonitor(sys.argv[1])
assert not monitor.indexing
changing = monitor.watch()
print("ready", flush=True)
count, start = 0, time.process_time()
for changes in changing:
    for job in changes.jobs:
        print(json.dumps([job.job_id, time.time(), time.process_time() - start]), flush=True)
"""


def measure(root: Path, changes: int) -> dict[str, float]:
    """Change jobs one by one; another process watches, this one keeps the index as a scheduler does."""
    workspace = WorkspaceLayout(root)
    lock = ExperimentLock(workspace.experiment("live"))
    lock.acquire()
    run = create_run(workspace, "live")
    indexer = Indexer.open(workspace)
    assert indexer is not None
    indexer.sync()
    command = [sys.executable, "-c", WATCHER, str(root)]
    watcher = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert watcher.stdout is not None
    watcher.stdout.readline()
    latencies, writing, cost = [], [], 0.0
    for number in range(changes):
        job_id = f"bench.models.task0/live-{number}"
        start = time.time()
        run.record_states([{"job": job_id, "state": "WAITING", "transition": "submit"}])
        indexer.sync(walk=False)
        writing.append(time.time() - start)
        seen, at, cost = json.loads(watcher.stdout.readline())
        assert seen == job_id
        latencies.append(at - start)
    watcher.kill()
    watcher.wait()
    indexer.close()
    run.end("done")
    lock.release()
    return {
        "latency_median_ms": round(statistics.median(latencies) * 1000, 1),
        "latency_max_ms": round(max(latencies) * 1000, 1),
        "refresh_median_ms": round(statistics.median(writing) * 1000, 2),
        "watcher_cpu_per_change_ms": round(cost / changes * 1000, 2),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1000, 100_000])
    parser.add_argument("--changes", type=int, default=40)
    parser.add_argument("--workspace", type=Path, help="a workspace made before, instead of new ones")
    options = parser.parse_args()
    found: dict[str, object] = {"bench": "workspace_watch"}
    if options.workspace:
        found["workspace"] = measure(options.workspace, options.changes)
    else:
        for jobs in options.jobs:
            with tempfile.TemporaryDirectory() as folder:
                root = make_workspace(Path(folder) / "workspace", jobs=jobs).root
                found[f"{jobs}_jobs"] = measure(root, options.changes)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
