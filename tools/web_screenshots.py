#!/usr/bin/env python3
"""Makes the pictures of docs/web-monitor.md: a made-up workspace, the real monitor, a real browser.

    .venv/bin/python tools/web_screenshots.py [--folder docs/images] [--only NAME...] [--serve PORT]

Needs Playwright and a Chromium (`pip install playwright`, `apt-get install chromium`); `--serve` needs none.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import math
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xpm_tasks import Config, Param, Task, field
from xpm_tasks.parameters import dump_parameters
from xpm_web.frontend import frontend
from xpm_workspace.controller import LocalController
from xpm_workspace.frontends import Options, Target
from xpm_workspace.journal_writer import JournalWriter
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.locks import FileLock
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.runs import ExperimentLock, RunHandle, create_run
from xpm_workspace.times import utc_iso

#: Name of the picture, address, width, height, dark.
PICTURES: tuple[tuple[str, str, int, int, bool], ...] = (
    ("experiments", "#/experiments", 1280, 560, False),
    ("jobs", "#/experiments/splade-msmarco/jobs?order=-started", 1280, 720, False),
    ("graph", "#/experiments/splade-msmarco/graph", 1280, 860, True),
    ("tasks", "#/experiments/splade-msmarco/graph?detail=tasks", 1280, 760, False),
    ("job", "#/jobs/{running}", 1280, 760, False),
    ("log", "#/jobs/{running}/log", 1280, 620, True),
)


class Encoder(Config):
    """Turns texts into vectors."""

    model: Param[str]
    layers: Param[int] = field(default=12)
    pooling: Param[str] = field(default="max")


class Optimizer(Config):
    """How weights change."""

    name: Param[str]
    lr: Param[float]
    warmup: Param[int] = field(default=1000)


class Train(Task):
    """Trains a model."""

    encoder: Param[Encoder]
    optimizer: Param[Optimizer]
    seeds: Param[list[int]]
    epochs: Param[int] = field(default=20)
    mixed_precision: Param[bool] = field(default=True)


def make_demo(root: Path) -> tuple[WorkspaceLayout, str, list[FileLock]]:
    """Make a workspace with experiments that ended, and one that runs for as long as the locks are held.

    Returns:
        The workspace, the id of a running job, and the locks.
    """
    workspace = WorkspaceLayout(root)
    workspace.create()
    for name, jobs, failed, status in (
        ("digits", 14, 0, "done"),
        ("bm25-baselines", 36, 0, "done"),
        ("colbert-ablation", 120, 7, "failed"),
        ("query-expansion", 58, 0, "detached"),
    ):
        run = create_run(workspace, name, hostname="gpu-03.cluster")
        _record(workspace, run, [(f"ir.{name.split('-')[0]}.train", n, []) for n in range(jobs)], failed)
        run.end(status)
    lock = ExperimentLock(workspace.experiment("splade-msmarco"))
    lock.acquire()
    running = _make_live(workspace)
    return workspace, running[0].layout.job_id, [lock, *(job.lock for job in running)]


def _make_live(workspace: WorkspaceLayout) -> list[_Story]:
    run = create_run(workspace, "splade-msmarco", hostname="gpu-07.cluster")
    now = time.time()
    corpus = _Story(workspace, run, "ir.corpora.prepare", {"corpus": "msmarco"}, [], now - 9000)
    corpus.ends(1260)
    index = _Story(workspace, run, "ir.index.build", {"corpus": "msmarco"}, [corpus], now - 7700)
    index.ends(840)
    trained, running = [], []
    for number, (lr, model) in enumerate(
        itertools.product((1e-5, 3e-5), ("distilbert", "bert-base", "deberta"))
    ):
        tags = {"model": model, "lr": lr}
        job = _Story(workspace, run, "ir.learn.train", tags, [corpus], now - 6800 + 9 * number)
        trained.append(job)
        job.write_parameters(
            Train.C(
                encoder=Encoder.C(model=model), optimizer=Optimizer.C(name="adamw", lr=lr), seeds=[1, 2, 3]
            )
        )
        if number < 3:
            job.ends(2000 + 420 * number)
        elif number == 3:
            job.ends(611, "MEMORY", "the job used more than 24 GiB")
        elif number < 5:
            job.runs(0.87 - 0.35 * (number - 4))
            running.append(job)
        else:
            job.says("READY")
    for number, job in enumerate(trained):
        for dataset in ("dev", "trec-2019", "trec-2020"):
            tags = {**job.tags, "dataset": dataset}
            needs = [job, index]
            test = _Story(workspace, run, "ir.evaluate.retrieve", tags, needs, now - 6700 + number)
            if number < 3:
                test.ends(130 + 20 * number)
            elif number == 3:
                test.says("ERROR", "DEPENDENCY")
            else:
                test.says("WAITING")
    (run.layout.services).write_text(
        json.dumps(
            {
                "tensorboard": {
                    "id": "tensorboard",
                    "description": "Losses and scores of all trainings",
                    "state": "RUNNING",
                    "url": "http://127.0.0.1:6006/",
                },
            }
        )
    )
    return running


class _Story:
    """A job of the made-up experiment."""

    def __init__(
        self,
        workspace: WorkspaceLayout,
        run: RunHandle,
        task_id: str,
        tags: dict[str, Any],
        needs: list[_Story],
        submitted: float,
    ) -> None:
        identifier = hashlib.sha256(json.dumps([task_id, tags]).encode()).hexdigest()
        self.workspace, self.run, self.tags, self.submitted = workspace, run, tags, submitted
        self.layout: JobLayout = workspace.job(task_id, identifier)
        self.layout.create()
        run.record_jobs(
            [
                {
                    "job": self.layout.job_id,
                    "tags": tags,
                    "launcher": "slurm",
                    "at": utc_iso(submitted),
                    "depends_on": [need.layout.job_id for need in needs],
                }
            ]
        )

    def write_parameters(self, task: Train) -> None:
        task.seal()
        content = dump_parameters(
            task, workspace=self.workspace.root, experimaestro_version="3.0", job_path=self.layout.path
        )
        self.layout.params.write_bytes(content.replace(__name__.encode(), b"ir.learn"))

    def says(self, state: str, reason: str | None = None) -> None:
        """Record what the scheduler says."""
        self.run.record_states(
            [
                {
                    "job": self.layout.job_id,
                    "state": state,
                    "transition": "submit",
                    **({"reason": reason} if reason else {}),
                }
            ]
        )

    def runs(self, progress: float) -> None:
        """Have it run; the log looks as such logs do."""
        started = self.submitted + 40
        self._journal(started, {"event": "progress", "level": 0, "value": progress, "desc": "epochs"})
        self.says("RUNNING")
        self.layout.stdout.write_text(_log(int(progress * 400)))
        self.lock = FileLock(self.layout.lock)  # as its process would; held until this process ends
        self.lock.acquire()

    def ends(self, after_s: float, reason: str | None = None, message: str = "") -> None:
        """Have it end."""
        started = self.submitted + 40
        ended = {
            "event": "ended",
            "state": "ERROR" if reason else "DONE",
            "at": utc_iso(started + after_s),
            "peak_memory_bytes": random.Random(self.layout.job_id).randrange(1 << 30, 20 << 30),
            "cpu_time_s": after_s * 3.4,
            **({"reason": reason, "message": message} if reason else {}),
        }
        self._journal(started, ended)
        self.layout.stdout.write_text(_log(400))
        at = utc_iso(started + after_s)
        if reason:
            marker = {"reason": reason, "code": 137, "message": message, "at": at}
            self.layout.failed.write_text(json.dumps(marker))
        else:
            self.layout.done.write_text(json.dumps({"at": at, "exit_code": 0}))

    def _journal(self, started: float, *events: dict[str, Any]) -> None:
        begin = {"event": "started", "pid": 4321, "host": "gpu-07", "attempt": 1, "at": utc_iso(started)}
        writer = JournalWriter(self.layout.journal)
        writer.append(begin, *events)
        writer.close()


def _record(
    workspace: WorkspaceLayout, run: RunHandle, jobs: list[tuple[str, int, list[_Story]]], failed: int
) -> None:
    for task_id, number, needs in jobs:
        story = _Story(
            workspace,
            run,
            task_id,
            {"fold": number, "of": run.layout.experiment.experiment_id},
            needs,
            time.time() - 90000,
        )
        story.ends(60 + number, "FAILED" if number < failed else None, "ValueError: no relevant document")


def _log(lines: int) -> str:
    chance = random.Random(1)
    text = ["loading msmarco-passage (8841823 passages)", "device: cuda:0 (NVIDIA A100 80GB)", ""]
    for step in range(lines):
        loss = 2.1 * math.exp(-step / 160) + 0.31 + chance.random() * 0.05
        text.append(
            f"epoch {step // 20 + 1:2d}  step {step * 250:6d}  loss {loss:.4f}"
            f"  flops {1.9 + chance.random():.2f}  mrr@10 {0.38 - 0.2 * math.exp(-step / 90):.4f}"
        )
    return "\n".join(text) + "\n"


@contextmanager
def served(port: int = 0) -> Iterator[tuple[str, str]]:
    """Serve the made-up workspace; yields its link, and the id of a running job."""
    folder = Path(tempfile.mkdtemp())
    workspace, running, locks = make_demo(folder / "results")
    with LocalMonitor(workspace) as monitor:
        target = Target(monitor=monitor, controller=LocalController(monitor), title="/data/results")
        server = frontend.start(target, Options(port=port))
        try:
            yield server.url, running
        finally:
            server.close()
            for lock in locks:
                lock.release()
            shutil.rmtree(folder)


def take(folder: Path, only: list[str], chromium: str) -> None:
    """Take the pictures."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    with served() as (link, running), sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for name, address, width, height, dark in PICTURES:
            if only and name not in only:
                continue
            page = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
            )
            page.on("console", lambda message: print(f"  {message.type}: {message.text}"))
            page.goto(link)
            page.goto(link.partition("?")[0] + address.format(running=running))
            page.wait_for_selector(_READY.get(name, "main"))
            page.wait_for_timeout(700)
            path = folder / f"web-{name}.png"
            page.screenshot(path=path)
            _shrink(path)
            print(f"{path} {path.stat().st_size // 1024} KiB")
            page.close()
        browser.close()


_READY = {
    "experiments": "tbody tr",
    "jobs": "[role=gridcell]",
    "graph": ".graph-box canvas",
    "tasks": ".graph-box canvas",
    "job": ".tree",
    "log": ".log-box span",
}


def _shrink(path: Path) -> None:
    """Keep 256 colours, if Pillow is there: a third of the bytes."""
    try:
        from PIL import Image
    except ImportError:
        return
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE).save(path, optimize=True)


def main() -> None:
    """Take the pictures, or serve."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=Path(__file__).parents[1] / "docs" / "images")
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--serve", type=int, metavar="PORT")
    parser.add_argument("--chromium", default=shutil.which("chromium") or "/usr/bin/chromium")
    options = parser.parse_args()
    if options.serve is None:
        take(options.folder, options.only, options.chromium)
        return
    with served(options.serve) as (link, _):
        print(link, flush=True)
        wait: Callable[[], str] = input
        wait()


if __name__ == "__main__":
    main()
