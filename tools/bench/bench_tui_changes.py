"""Times how soon the terminal monitor answers keys while a thousand jobs a second change.

Another process changes jobs and keeps the index, as a scheduler does. Prints one JSON line: the milliseconds
from a key to its effect, with and without the changes; and how many changes came.

Usage: bench_tui_changes.py [--jobs 20000] [--rate 1000] [--seconds 8]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from make_workspace import make_workspace
from xpm_tui.app import ExperimentTUI
from xpm_tui.stage import Stage
from xpm_workspace.controller import LocalController
from xpm_workspace.frontends import Target
from xpm_workspace.monitor import LocalMonitor

WRITER = """
import sys, time
from xpm_workspace.index.indexer import Indexer
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.runs import ExperimentLock, create_run
root, rate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
workspace = WorkspaceLayout(root)
lock = ExperimentLock(workspace.experiment("live"))
lock.acquire()
run = create_run(workspace, "live")
indexer = Indexer.open(workspace)
indexer.sync()
ids = [f"bench.live/{n:064d}" for n in range(2000)]
run.record_jobs([{"job": job, "tags": {"n": n}} for n, job in enumerate(ids)])
run.record_states([{"job": job, "state": "WAITING", "transition": "submit"} for job in ids])
indexer.sync(walk=False)
print("ready", flush=True)
sys.stdin.readline()
states = ["READY", "WAITING"]
start = time.monotonic()
done = 0
while time.monotonic() - start < seconds:
    due = int((time.monotonic() - start) * rate)
    if due > done:
        changes = [(ids[n % 2000], states[n // 2000 % 2]) for n in range(done, due)]
        run.record_states({"job": job, "state": state, "transition": "x"} for job, state in changes)
        indexer.sync(walk=False)
        done = due
    time.sleep(0.02)
print(done, flush=True)
indexer.close()
run.end("done")
lock.release()
"""


def measure(root: Path, rate: int, seconds: float) -> dict[str, object]:
    """Press keys, at rest and while jobs change."""
    command = [sys.executable, "-c", WRITER, str(root), str(rate), str(seconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdin is not None and writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        found: dict[str, object] = {}
        with LocalMonitor(root) as monitor:
            target = Target(
                monitor=monitor, controller=LocalController(monitor), title="bench", experiment_id="live"
            )
            app = ExperimentTUI(target, theme="xpm-dark")

            async def run() -> None:
                async with app.run_test(size=(160, 50)) as pilot:
                    stage = Stage(app, pilot)
                    await stage.until(lambda: app.main is not None and app.main.jobs.table.row)
                    found["at_rest"] = await _press(stage, 3.0)
                    writer.stdin.write("go\n")  # type: ignore[union-attr]
                    writer.stdin.flush()  # type: ignore[union-attr]
                    found["under_changes"] = await _press(stage, seconds - 1)

            asyncio.run(run())
        changes = int(writer.stdout.readline())
        found["changes_per_s"] = round(changes / seconds)
    return found


async def _press(stage: Stage, seconds: float) -> dict[str, float]:
    """Move up and down; return how long the cursor took to be where it should."""
    main = stage.app.main
    assert main is not None
    table = main.jobs.table
    took = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for key in ("down", "up"):
            before = table.cursor
            start = time.perf_counter()
            await stage.send(key)
            while table.cursor == before and time.perf_counter() - start < 10:
                await asyncio.sleep(0.001)
            took.append((time.perf_counter() - start) * 1000)
            await asyncio.sleep(0.05)
    took.sort()
    return {
        "median_ms": round(statistics.median(took), 1),
        "p95_ms": round(took[int(len(took) * 0.95)], 1),
        "max_ms": round(took[-1], 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=20_000)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = make_workspace(Path(folder) / "workspace", jobs=options.jobs).root
        print(json.dumps({"bench": "tui_changes", **measure(root, options.rate, options.seconds)}))


if __name__ == "__main__":
    main()
