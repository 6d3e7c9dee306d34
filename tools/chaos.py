#!/usr/bin/env python3
"""Kills schedulers, fork servers and jobs at random, and checks that no work is lost nor done twice.

    tools/xpm chaos [--kills 200] [--tasks 40] [--seed N] [--seconds N] [--keep]

Each round starts one to three experiments over the same tasks, sends SIGKILL to something at random moments,
interrupts some of the experiments (Ctrl+C, SIGTERM), and lets what is left come to rest. After each round:

* no task ran twice at the same time, and none that had ended well ran again;
* at most two tasks at a time had the token of which there are two;
* no process of the workspace is left, no lock is held, no token is claimed;
* the index tells the same as one that is built anew.

At the end the experiments run undisturbed: every task has then ended well exactly once. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from xpm_scheduler.token_store import TokenStore
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.locks import is_held
from xpm_workspace.monitor import LocalMonitor

#: Each execution writes what it does into a file of its task, outside the workspace.
SCRIPT = """
import fcntl, os, sys, time
from pathlib import Path
from xpm_scheduler import DirectLauncher, FailedExperiment, experiment
from xpm_tasks import Meta, Param, Task


def take_place(folder):
    # One of the two that the token stands for, until this process is gone.
    for name in ("place 1", "place 2"):
        place = open(f"{folder}/{name}", "a")
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return place
        except BlockingIOError:
            place.close()
    open(f"{folder}/crowded", "a").close()


class Work(Task):
    number: Param[int]
    diary: Meta[str]

    def execute(self):
        place = take_place(self.diary) if self.number % 5 == 0 else None
        with open(f"{self.diary}/{self.number}", "a") as diary:
            try:
                fcntl.flock(diary, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                diary.write("overlap\\n")
                raise
            diary.write("begin\\n")
            diary.flush()
            time.sleep(0.02 + (self.number * 37 % 100) / 1000)
            diary.write("end\\n")


class After(Work):
    previous: Param[Work]


if __name__ == "__main__":
    workdir, name, diary, tasks, warm = sys.argv[1:]
    launcher = DirectLauncher(max_jobs=3, preload=() if warm == "warm" else None)
    try:
        with experiment(workdir, name, launcher=launcher, dirty_git="ignore") as xp:
            token = xp.token("shared", 2)

            def submit(task):
                (token(1, task) if task.number % 5 == 0 else task).submit()

            for number in range(int(tasks)):
                task = Work.C(number=number, diary=diary)
                submit(task)
                if number % 3 == 0:
                    submit(After.C(number=1000 + number, diary=diary, previous=task))
    except FailedExperiment as error:
        print(error, file=sys.stderr)
        sys.exit(1)
"""

#: What ends an experiment that was left alone until the end of a round; `None`: it ends by itself.
ENDS = (signal.SIGKILL, signal.SIGKILL, signal.SIGINT, signal.SIGTERM, None, None)
#: Seconds that anything may take before it counts as hung.
HUNG_S = 100.0
#: Seconds that the system may take to close the files of a process that exits, on a busy machine.
LEAVES_S = 10.0
#: How many of the last characters that an experiment said are shown when it fails.
_LAST_WORDS = 4000


class Campaign:
    """One workspace, and what is done to it."""

    #: The program that runs an experiment.
    script_text = SCRIPT

    def __init__(self, folder: Path, tasks: int, rng: random.Random) -> None:
        self.workdir = folder / 'it\'s a "work" dir'
        self.diary = folder / "diary"
        self.diary.mkdir()
        self.script = folder / "work.py"
        self.script.write_text(self.script_text)
        self.tasks = tasks
        self.numbers = [*range(tasks), *range(1000, 1000 + tasks, 3)]
        self.rng = rng
        self.kills: Counter[str] = Counter()
        self.starts: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()

    # --- Disturbing

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Start an experiment."""
        warm = self.rng.choice(["warm", "warm", "cold"])
        self.starts[warm] += 1
        arguments = [self.workdir, name, self.diary, self.tasks, warm]
        with open(self._log(name), "ab") as log:
            return subprocess.Popen(
                [sys.executable, str(self.script), *map(str, arguments)],
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def _log(self, name: str) -> Path:
        """What an experiment said."""
        return self.script.with_suffix(f".{name}.log")

    def disturb(self, kills: int) -> None:
        """One round: start experiments, kill some things, come to rest."""
        names = self.rng.sample(["a", "b", "c"], self.rng.randint(1, 3))
        schedulers = [self.start(name) for name in names]
        if self.rng.random() < 0.7:  # else the first kills come while they start
            self._wait_for_jobs(schedulers)
        for _ in range(kills):
            time.sleep(self.rng.uniform(0.01, 0.3))
            self._kill_something()
        for scheduler in schedulers:
            number = self.rng.choice(ENDS)
            if number is not None and scheduler.poll() is None:
                scheduler.send_signal(number)
                self.ends[number.name] += 1
        for scheduler in schedulers:
            scheduler.wait(HUNG_S)
        self.rest()

    def _wait_for_jobs(self, schedulers: list[subprocess.Popen[bytes]]) -> None:
        before = sum(len(self.lines(number)) for number in self.numbers)
        while sum(len(self.lines(number)) for number in self.numbers) == before:
            if all(scheduler.poll() is not None for scheduler in schedulers):
                return
            time.sleep(0.02)

    def _kill_something(self) -> None:
        found: dict[str, list[psutil.Process]] = {"scheduler": [], "fork server": [], "job": []}
        for process in self.processes():
            with suppress(psutil.Error):  # it may have ended since
                found[_kind(process)].append(process)
        kind = self.rng.choice([kind for kind, processes in found.items() if processes] or ["none"])
        if kind != "none":
            try:
                self.rng.choice(found[kind]).send_signal(signal.SIGKILL)
                self.kills[kind] += 1
            except psutil.Error:
                pass

    def processes(self) -> list[psutil.Process]:
        """The live processes of this workspace."""
        mine = []
        for process in psutil.process_iter():
            try:
                if process.status() != psutil.STATUS_ZOMBIE and self._is_mine(process):
                    mine.append(process)
            except psutil.Error:
                continue
        return mine

    def _is_mine(self, process: psutil.Process) -> bool:
        line = process.cmdline()
        if str(self.script) in line or any(str(self.workdir) in word for word in line):
            return True
        return "xpm_scheduler.fork_server" in line and self._serves_me(process)

    def _serves_me(self, process: psutil.Process) -> bool:
        return str(self.script.parent) in process.environ().get("PYTHONPATH", "")

    def rest(self) -> None:
        """Wait until no process is left."""
        deadline = time.monotonic() + HUNG_S
        while left := self.processes():
            if time.monotonic() > deadline:
                raise AssertionError(f"still alive after {HUNG_S} s: {[p.cmdline() for p in left]}")
            time.sleep(0.1)

    # --- Checking

    def check(self, *, complete: bool) -> None:
        """Check all promises; with `complete`, also that everything was done."""
        for number in self.numbers:
            lines = self.lines(number)
            ends = lines.count("end")
            assert "overlap" not in lines, f"task {number} ran twice at the same time"
            assert ends <= 1, f"task {number} ended well {ends} times"
            assert not ends or lines[-1] == "end", f"task {number} ran again after its end: {lines}"
            assert ends or not complete, f"task {number} never ended: {lines}"
        assert not (self.diary / "crowded").exists(), "three tasks had a token of which there are two"
        self.check_rest()

    def check_rest(self) -> None:
        """Check that nothing is held by anybody, and that the index is right."""
        layout = WorkspaceLayout(self.workdir)
        if not layout.exists():
            return  # all schedulers were killed before they made it
        for job in self._jobs(layout):
            assert _becomes_free(job), f"{job} is locked, and nothing runs"
        tokens = TokenStore(layout, "check").states()
        assert not any(state["claims"] or state["line"] for state in tokens.values()), tokens
        self._check_index()

    def lines(self, number: int) -> list[str]:
        """What the executions of a task wrote."""
        path = self.diary / str(number)
        return path.read_text().split() if path.exists() else []

    def _jobs(self, layout: WorkspaceLayout) -> list[JobLayout]:
        return [JobLayout.from_path(path) for path in layout.jobs_dir.glob("*/*") if path.is_dir()]

    def _check_index(self) -> None:
        with LocalMonitor(self.workdir) as monitor:
            monitor.sync(deep=True)
            kept = {job.job_id: job for job in monitor.jobs(limit=None).jobs}
            monitor.sync(full=True)
            rebuilt = {job.job_id: job for job in monitor.jobs(limit=None).jobs}
        differences = {k for k in kept.keys() | rebuilt.keys() if kept.get(k) != rebuilt.get(k)}
        assert not differences, [(kept.get(k), rebuilt.get(k)) for k in sorted(differences)[:3]]

    def finish(self) -> None:
        """Run all experiments undisturbed; what was killed before runs again."""
        schedulers = {name: self.start(name) for name in "abc"}
        for name, scheduler in schedulers.items():
            code = scheduler.wait(HUNG_S)
            said = self._log(name).read_text(errors="replace")[-_LAST_WORDS:]
            assert code == 0, f"the undisturbed experiment {name} ended with {code}:\n{said}"
        self.rest()


def _becomes_free(job: JobLayout) -> bool:
    """Whether nobody holds the lock of a job.

    A process that exits loses its command line, by which we know it, some moments before it closes its files.
    """
    deadline = time.monotonic() + LEAVES_S
    while is_held(job.lock):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _kind(process: psutil.Process) -> str:
    line = process.cmdline()
    if any(word.endswith("job_process.py") for word in line):
        return "job"
    if "xpm_scheduler.fork_server" in line:
        # The jobs of a fork server look like it; only they lead a session and have it as parent.
        parent = process.parent()
        return "job" if parent is None or "xpm_scheduler.fork_server" in parent.cmdline() else "fork server"
    return "scheduler"


def run(kills: int, tasks: int, seed: int, folder: Path, seconds: float | None = None) -> dict[str, object]:
    """Run a campaign; `AssertionError` says which promise was broken.

    Args:
        kills: how many processes are killed.
        tasks: how many independent tasks there are; a third of them have one that needs them.
        seed: of all that is left to chance here; which moments are hit depends on the machine as well.
        folder: where everything is written.
        seconds: no further round begins after that time, however few were killed.
    """
    rng = random.Random(seed)
    campaign = Campaign(folder, tasks, rng)
    started = time.monotonic()
    rounds = 0
    while campaign.kills.total() < kills and time.monotonic() - started < (seconds or math.inf):
        if rounds and all("end" in campaign.lines(n) for n in campaign.numbers):
            # All is done: go on with new results in a new workspace.
            shutil.rmtree(campaign.workdir)
            shutil.rmtree(campaign.diary)
            campaign.diary.mkdir()
        campaign.disturb(rng.randint(1, 6))
        campaign.check(complete=False)
        rounds += 1
        print(f"round {rounds}: {dict(campaign.kills)}", file=sys.stderr)
    campaign.finish()
    campaign.check(complete=True)
    return {
        "chaos": "passed",
        "seed": seed,
        "rounds": rounds,
        "kills": dict(campaign.kills),
        "tasks": len(campaign.numbers),
        "starts": dict(campaign.starts),
        "ends": dict(campaign.ends),
        "seconds": round(time.monotonic() - started, 1),
    }


@contextmanager
def scratch(seed: int, *, keep: bool) -> Iterator[Path]:
    """Make a folder for a campaign; it is kept when something went wrong, and its seed told."""
    folder = Path(tempfile.mkdtemp(prefix="xpm-campaign-"))
    try:
        yield folder
    except BaseException:
        print(f"seed {seed}, kept in {folder}", file=sys.stderr)
        raise
    if not keep:
        shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200, help="how many processes are killed")
    parser.add_argument("--tasks", type=int, default=40, help="how many independent tasks")
    parser.add_argument("--seed", type=int, default=None, help="the same seed kills at the same moments")
    parser.add_argument("--seconds", type=float, default=None, help="begin no further round after that")
    parser.add_argument("--keep", action="store_true", help="keep the workspace")
    arguments = parser.parse_args()
    seed = random.randrange(10**6) if arguments.seed is None else arguments.seed
    with scratch(seed, keep=arguments.keep) as folder:
        print(json.dumps(run(arguments.kills, arguments.tasks, seed, folder, arguments.seconds)))


if __name__ == "__main__":
    main()
