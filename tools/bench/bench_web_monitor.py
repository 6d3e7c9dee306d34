"""Measures the web monitor in a real browser, as the person who looks at it meets it.

Prints one JSON line each for:

* `first_rows_ms`: from opening the address of an experiment to its first jobs on the screen;
* `visible_ms`: from a change of state in a run's journal to the change on the screen;
* a thousand changes a second: what the server uses (of one core, and of memory), and how the page fares: the
  longest time that it did not draw, and how long a scroll to another part of the table takes to show rows.

Needs Playwright and a Chromium.

Usage: bench_web_monitor.py [--jobs 100000] [--workspace FOLDER] [--seconds 10]
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Page, sync_playwright

from make_workspace import make_workspace
from xpm_workspace.index.indexer import Indexer
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.runs import ExperimentLock, RunHandle, create_run

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
#: Jobs that change; they are spread over the tasks.
LIVE = 2000

#: Notes when the first rows are there, and how long the page draws nothing.
WATCH = """
(() => {
  const rows = () => document.querySelector(".jobs-body [role=row]:not(.loading)");
  window.longestGap = 0;
  let last = performance.now();
  const frame = () => {
    const now = performance.now();
    if (window.firstRows === undefined && rows()) window.firstRows = now;
    window.longestGap = Math.max(window.longestGap, now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})();
"""


class Scheduler:
    """What a scheduler does to the disk and to the index, without jobs."""

    def __init__(self, workspace: WorkspaceLayout) -> None:
        self._lock = ExperimentLock(workspace.experiment("live"))
        self._lock.acquire()
        self.run: RunHandle = create_run(workspace, "live")
        indexer = Indexer.open(workspace)
        assert indexer is not None, "another process keeps the index"
        self.indexer = indexer
        self.indexer.sync()
        self.ids = [f"bench.live.task{number % 10}/live-{number:06}" for number in range(LIVE)]
        self.run.record_jobs({"job": job_id, "tags": {"n": n}} for n, job_id in enumerate(self.ids))
        self.change(self.ids, "WAITING")

    def change(self, ids: list[str], state: str) -> None:
        """Move some jobs to a state."""
        self.run.record_states([{"job": job_id, "state": state, "transition": "submit"} for job_id in ids])
        self.indexer.sync(walk=False)

    def change_all(self, per_s: int, batches_per_s: int, until: float) -> int:
        """Change so many a second, as the scheduler does, which collects changes; return how many changed."""
        size, done, begin = per_s // batches_per_s, 0, time.monotonic()
        while (now := time.monotonic()) < until:
            first = done % LIVE
            self.change(self.ids[first : first + size], "READY" if (done // LIVE) % 2 == 0 else "WAITING")
            done += size
            time.sleep(max(0.0, begin + done / per_s - now))
        return done

    def close(self) -> None:
        """Leave."""
        self.indexer.close()
        self.run.end("done")
        self._lock.release()


@contextmanager
def served(command: list[str]) -> Iterator[tuple[str, psutil.Process]]:
    """Have a process of its own serve, which prints its link; yields the link, and the process."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), psutil.Process(process.pid)
        finally:
            process.terminate()


def measure_first_rows(page: Page, root: str, experiment: str, times: int = 5) -> list[float]:
    """Open the address of an experiment, as if for the first time but for the files of the page."""
    found = []
    for _ in range(times):
        page.goto("about:blank")
        page.goto(f"{root}#/experiments/{experiment}/jobs?order=-submitted")
        page.wait_for_selector(".jobs-body [role=row]:not(.loading)")
        page.evaluate("new Promise(requestAnimationFrame)")  # the next one notes it
        found.append(page.evaluate("window.firstRows"))
    return found


def measure_visible(page: Page, scheduler: Scheduler, times: int = 20) -> list[float]:
    """Change the job of the first row, and wait for it on the screen."""
    found = []
    script = """state => new Promise((resolve) => {
      const look = () => document.querySelector("#job-row-0 .pill")?.textContent.includes(state)
        ? resolve(Date.now()) : requestAnimationFrame(look);
      look();
    })"""
    page.wait_for_selector("#job-row-0 .pill")
    code = page.get_attribute("#job-row-0 .task", "title")
    assert code is not None
    for number in range(times):
        state = "ready" if number % 2 == 0 else "waiting"
        begin = time.time()
        scheduler.change([code], state.upper())
        found.append(page.evaluate(script, state) - begin * 1000)
    return found


def measure_load(
    page: Page, scheduler: Scheduler, server: psutil.Process, seconds: float, batches_per_s: int
) -> dict[str, Any]:
    """Change a thousand jobs a second while somebody scrolls."""
    before, begin = server.cpu_times(), time.monotonic()
    done: list[int] = []
    writing = threading.Thread(
        target=lambda: done.append(scheduler.change_all(1000, batches_per_s, begin + seconds)), daemon=True
    )
    writing.start()
    page.evaluate("window.longestGap = 0")
    scrolls, memory = [], 0
    while writing.is_alive():
        scrolls.append(
            page.evaluate("""async () => {
          const grid = document.querySelector(".jobs-scroll");
          grid.scrollTop = Math.random() * (grid.scrollHeight - grid.clientHeight);
          const begin = performance.now();
          const frame = () => new Promise(requestAnimationFrame);
          const loads = () => document.querySelector(".jobs-body .loading");
          do await frame(); while (loads() && performance.now() - begin < 5000);
          return performance.now() - begin;
        }""")
        )
        memory = max(memory, server.memory_info().rss)
        page.wait_for_timeout(200)
    took_s = time.monotonic() - begin
    after = server.cpu_times()
    used_s = after.user + after.system - before.user - before.system
    return {
        "changes_per_s": round(done[0] / took_s),
        "server_cores": round(used_s / took_s, 2),
        "server_mib": round(memory / 2**20),
        "longest_gap_ms": round(page.evaluate("window.longestGap")),
        "scroll_median_ms": round(statistics.median(scrolls)),
        "scroll_max_ms": round(max(scrolls)),
    }


def measure(root: Path, seconds: float, batches_per_s: int, chromium: str) -> Iterator[dict[str, Any]]:
    """Yield what was found."""
    scheduler = Scheduler(WorkspaceLayout(root))
    try:
        command = [sys.executable, "-m", "xpm_cli", "experiments", "monitor", "--workdir", str(root)]
        with served(command) as (link, server), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.add_init_script(WATCH)
            page.goto(link)
            address = link.partition("?")[0]
            times = measure_first_rows(page, address, "experiment-0")
            yield {"first_rows_ms": round(statistics.median(times)), "first_rows_max_ms": round(max(times))}
            measure_first_rows(page, address, "live", times=1)
            times = measure_visible(page, scheduler)
            yield {"visible_ms": round(statistics.median(times)), "visible_max_ms": round(max(times))}
            yield measure_load(page, scheduler, server, seconds, batches_per_s)
            browser.close()
    finally:
        scheduler.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--workspace", type=Path, help="one made before, instead of a new one")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument(
        "--batches", type=int, default=5, help="batches a second; fewer where the disk is slow to confirm"
    )
    parser.add_argument("--chromium", default=shutil.which("chromium") or "/usr/bin/chromium")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = options.workspace or make_workspace(Path(folder) / "workspace", jobs=options.jobs).root
        for found in measure(root, options.seconds, options.batches, options.chromium):
            print(json.dumps({"bench": "web_monitor", **found}), flush=True)


if __name__ == "__main__":
    main()
