"""Times the terminal monitor over a large workspace: opening, moving, filtering, memory; and a large log.

Prints one JSON line. Each step is timed from the key to the moment when the rows it shows are there: `wall`
on the clock, `cpu` in this process, which tells more on a busy machine.

Usage: bench_tui_scale.py [--jobs 100000] [--workspace FOLDER] [--log-mb 1024]
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
from collections.abc import Callable
from pathlib import Path

import psutil

from make_workspace import make_workspace
from xpm_tui.app import ExperimentTUI
from xpm_tui.screens.log import LogScreen
from xpm_tui.screens.main import MainScreen
from xpm_tui.stage import Stage
from xpm_workspace.controller import LocalController
from xpm_workspace.frontends import Target
from xpm_workspace.monitor import LocalMonitor


def measure(root: Path, log_mb: int) -> dict[str, object]:
    """Open a workspace whose index exists, and use it."""
    import_s = _import_s()
    process = psutil.Process()
    start = time.perf_counter()
    with LocalMonitor(root) as monitor:
        opened, cpu = time.perf_counter(), time.process_time()
        target = Target(monitor=monitor, controller=LocalController(monitor), title=str(root))
        app = ExperimentTUI(target, theme="xpm-dark")
        found: dict[str, object] = {}

        async def run() -> None:
            async with app.run_test(size=(160, 50)) as pilot:
                stage = Stage(app, pilot)
                await stage.until(lambda: app.main is not None and app.main.experiments.table.window.total)
                found["first_paint_s"] = round(time.perf_counter() - opened, 3)
                found["first_paint_cpu_s"] = round(time.process_time() - cpu, 3)
                found.update(await _use(stage, root, log_mb))

        asyncio.run(run())
        found["open_monitor_s"] = round(opened - start, 3)
        found["import_s"] = import_s
        found["memory_mib"] = round(process.memory_info().rss / (1 << 20))
    return found


async def _use(stage: Stage, root: Path, log_mb: int) -> dict[str, object]:
    main = stage.app.main
    assert main is not None
    table = main.jobs.table
    found: dict[str, object] = {}
    found["all_jobs_ms"] = await _timed(stage, "j", lambda: bool(table.window.total and table.row))
    found["jobs"] = table.window.total

    def below(row: int) -> Callable[[], bool]:
        return lambda: table.cursor > row and _shown(main)

    def filtered(text: str) -> Callable[[], bool]:
        return lambda: main.jobs.query_.filter == text and _shown(main)

    pages = [await _timed(stage, "pagedown", below(table.cursor)) for _ in range(20)]
    for clock in ("wall", "cpu"):
        times = [page[clock] for page in pages]
        found[f"page_down_{clock}_ms"] = {"median": statistics.median(times), "max": max(times)}
    found["last_row_ms"] = await _timed(stage, "G", below(1000))
    found["sort_ms"] = await _timed(stage, "D", lambda: table.cursor == 0 and _shown(main))
    for name, text in (
        ("tag", "model = model-3 and fold = 2"),
        ("state", "@state = ERROR"),
        ("regex", '@id ~ "abc"'),
    ):
        await stage.press("slash", *["backspace"] * 40)
        for key in text:
            await stage.press(key)
        found[f"filter_{name}_ms"] = await _timed(stage, "enter", filtered(text))
    await stage.press("c")
    found.update(await _log(stage, root, log_mb))
    return found


def _shown(main: MainScreen) -> bool:
    """Whether all rows on the screen are at hand."""
    table = main.jobs.table
    total = table.window.total
    if total is None:
        return False
    top = table.scroll_offset.y
    return all(table.window.row(i) is not None for i in range(top, min(top + table.size.height - 1, total)))


async def _log(stage: Stage, root: Path, log_mb: int) -> dict[str, object]:
    main = stage.app.main
    assert main is not None and main.job_id is not None
    folder = Path(main.link.monitor.folder(main.job_id))
    file = folder / f"{main.job_id.partition('/')[0].rpartition('.')[2]}.out"
    line = b"epoch 1 step 123456 loss 0.123456 accuracy 0.123456 and some words to make it longer\n"
    with file.open("wb") as opened:
        for _ in range(log_mb):
            opened.write(line * ((1 << 20) // len(line)))
    try:

        def screen() -> LogScreen | None:
            return stage.app.screen if isinstance(stage.app.screen, LogScreen) else None

        def has_lines(place: str) -> bool:
            window = screen().view._window if screen() else None  # type: ignore[union-attr]
            if window is None or not window.lines:
                return False
            return window.at_end if place == "end" else window.start == 0

        return {
            "log_mb": log_mb,
            "log_open_ms": await _timed(stage, "l", lambda: has_lines("end")),
            "log_top_ms": await _timed(stage, "g", lambda: has_lines("top")),
            "log_bottom_ms": await _timed(stage, "G", lambda: has_lines("end")),
        }
    finally:
        file.unlink()


async def _timed(stage: Stage, key: str, done: Callable[[], bool]) -> dict[str, float]:
    """Press a key; return the milliseconds until its effect is there."""
    start, cpu = time.perf_counter(), time.process_time()
    await stage.send(key)
    while not done():
        if time.perf_counter() - start > 60:
            raise TimeoutError(f"{key} has no effect")
        await asyncio.sleep(0.001)
    took, cpu = time.perf_counter() - start, time.process_time() - cpu
    await stage.settle()
    return {"wall": round(took * 1000, 1), "cpu": round(cpu * 1000, 1)}


def _import_s() -> float:
    """How long the imports take in a fresh interpreter."""
    code = "import time; s = time.perf_counter(); import xpm_tui.app; print(time.perf_counter() - s)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return round(float(done.stdout), 3)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--workspace", type=Path, help="a workspace made before, instead of a new one")
    parser.add_argument("--log-mb", type=int, default=1024)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = options.workspace or make_workspace(Path(folder) / "workspace", jobs=options.jobs).root
        LocalMonitor(root).close()  # makes the index, as the first visit does
        print(json.dumps({"bench": "tui_scale", **measure(root, options.log_mb)}))


if __name__ == "__main__":
    main()
