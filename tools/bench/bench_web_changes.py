"""Measures what a thousand changes a second cost the web monitor itself, and the page that shows them.

The changes are made up in the server's process, so that neither the disk nor the index counts: it is measured
from `Monitor.watch` to the screen. Prints one JSON line. Needs Playwright and a Chromium.

Usage: bench_web_changes.py [--per-second 1000] [--seconds 10] [--pages 3]
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from playwright.sync_api import sync_playwright

from bench_web_monitor import ARGUMENTS, WATCH, measure_first_rows, served
from make_workspace import make_workspace
from xpm_web.frontend import frontend
from xpm_workspace.controller import LocalController
from xpm_workspace.frontends import Options, Target
from xpm_workspace.lifecycle import JobState, Status
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.records import Changes

#: How often a monitor tells.
_TELL_S = 0.1


class Busy(LocalMonitor):
    """A workspace where jobs change all the time."""

    per_second = 1000

    def watch(self, since: str | None = None, stop: threading.Event | None = None) -> Iterator[Changes]:
        """Yield changes as they are made up."""
        jobs = self.jobs(experiment_id="experiment-0", limit=2000).jobs
        assert stop is not None
        size, begin = round(self.per_second * _TELL_S), time.monotonic()
        for number in itertools.count(1):
            state = Status(state=JobState.RUNNING if number // 20 % 2 else JobState.WAITING)
            first = number * size % max(1, len(jobs) - size)
            changed = tuple(msgspec.structs.replace(job, status=state) for job in jobs[first : first + size])
            yield Changes(position=f"busy:{number}", jobs=changed)
            if stop.wait(max(0.0, begin + number * _TELL_S - time.monotonic())):
                return


def serve(root: str, per_second: int) -> None:
    """Serve such a workspace until the process is ended."""
    Busy.per_second = per_second
    with Busy(root) as monitor:
        target = Target(monitor=monitor, controller=LocalController(monitor), title=root)
        frontend.show(target, Options(on_ready=lambda url: print(url, flush=True)))


def measure(root: Path, per_second: int, seconds: float, pages: int, chromium: str) -> dict[str, float]:
    """Look at it with some pages, of which one is scrolled."""
    command = [sys.executable, __file__, "--serve", str(root), "--per-second", str(per_second)]
    with served(command) as (link, server), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        context.add_init_script(WATCH)
        context.add_init_script(COUNT)
        opened = [context.new_page() for _ in range(pages)]
        for page in opened:
            page.goto(link)
            measure_first_rows(page, link.partition("?")[0], "experiment-0", times=1)
        page.evaluate("window.longestGap = window.changes = 0")
        before, begin = server.cpu_times(), time.monotonic()
        while time.monotonic() < begin + seconds:
            page.mouse.move(600, 600)
            page.mouse.wheel(0, 400)
            page.wait_for_timeout(100)
        took_s, after = time.monotonic() - begin, server.cpu_times()
        found = {
            "shown_per_s": round(page.evaluate("window.changes") / took_s),
            "server_cores": round((after.user + after.system - before.user - before.system) / took_s, 2),
            "server_mib": round(server.memory_info().rss / 2**20),
            "longest_gap_ms": round(page.evaluate("window.longestGap")),
        }
        browser.close()
        return found


#: Counts the jobs that the page is told of.
COUNT = """
(() => {
  window.changes = 0;
  const parse = JSON.parse;
  JSON.parse = (...given) => {
    const data = parse(...given);
    window.changes += data?.jobs?.length ?? 0;
    return data;
  };
})();
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--per-second", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--pages", type=int, default=3)
    parser.add_argument("--chromium", default=shutil.which("chromium") or "/usr/bin/chromium")
    parser.add_argument("--serve", metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.per_second)
        return
    with tempfile.TemporaryDirectory() as folder:
        root = make_workspace(Path(folder) / "workspace", jobs=3000).root
        found = measure(root, options.per_second, options.seconds, options.pages, options.chromium)
        print(json.dumps({"bench": "web_changes", "per_second": options.per_second, **found}))


if __name__ == "__main__":
    main()
