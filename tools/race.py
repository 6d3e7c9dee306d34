#!/usr/bin/env python3
"""Starts three experiments at the same moment over the same tasks, again and again; each task runs once.

    tools/xpm race [--rounds 50] [--tasks 200] [--experiments 3] [--seed N] [--keep]

Each round has a new workspace. The experiments say that they are ready, and enter together; in half of the
rounds they submit in the same order, in the others each in its own. Every tenth round starts jobs cold.

After each round: every task was executed exactly once, all experiments ended well, no lock is held, no
process is left, and the index tells the same as one that is built anew. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import chaos

#: Each execution writes a line into a file of its task, outside the workspace.
SCRIPT = """
import random, sys
from xpm_scheduler import DirectLauncher, experiment
from xpm_tasks import Meta, Param, Task


class Count(Task):
    number: Param[int]
    diary: Meta[str]

    def execute(self):
        with open(f"{self.diary}/{self.number}", "a") as diary:
            diary.write("executed\\n")


if __name__ == "__main__":
    workdir, name, diary, tasks, start, seed = sys.argv[1:]
    launcher = DirectLauncher(preload=() if start == "warm" else None)
    numbers = list(range(int(tasks)))
    random.Random(seed).shuffle(numbers)
    print("ready", flush=True)
    sys.stdin.readline()
    with experiment(workdir, name, launcher=launcher, dirty_git="ignore", report=False) as xp:
        for number in numbers:
            Count.C(number=number, diary=diary).submit()
    print(sum(job.executed for job in xp.jobs))
"""


class Race(chaos.Campaign):
    """One round, in a workspace of its own."""

    script_text = SCRIPT

    def run(self, experiments: int, *, warm: bool, same_order: bool, seed: int) -> list[int]:
        """Let them run; return how many jobs each of them started."""
        start = "warm" if warm else "cold"
        runners = [
            self._runner(f"xp{number}", start, f"{seed} {0 if same_order else number}")
            for number in range(experiments)
        ]
        try:
            for runner in runners:
                assert runner.stdout is not None and runner.stdout.readline() == "ready\n"
            for runner in runners:
                assert runner.stdin is not None
                runner.stdin.write("go\n")
                runner.stdin.flush()
            patience_s = chaos.HUNG_S + 2 * self.tasks  # a busy machine is slow, not wrong
            said = [runner.communicate(timeout=patience_s)[0] for runner in runners]
        finally:
            for runner in runners:
                runner.kill()
        codes = [runner.returncode for runner in runners]
        assert not any(codes), f"the experiments ended with {codes}"
        self.rest()
        return [int(text) for text in said]

    def _runner(self, name: str, start: str, order: str) -> subprocess.Popen[str]:
        arguments = [self.workdir, name, self.diary, self.tasks, start, order]
        return subprocess.Popen(
            [sys.executable, str(self.script), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def check_executions(self) -> None:
        """Check that each task was executed exactly once."""
        executions = Counter({number: len(self.lines(number)) for number in range(self.tasks)})
        wrong = {number: times for number, times in executions.items() if times != 1}
        assert not wrong, f"executed other than once: {wrong}"


def race(*, rounds: int, tasks: int, experiments: int, seed: int, folder: Path) -> dict[str, object]:
    """Run all rounds; `AssertionError` says which promise was broken."""
    started = time.monotonic()
    starts: Counter[str] = Counter()
    for number in range(rounds):
        round_folder = folder / f"round {number}"
        round_folder.mkdir()
        one = Race(round_folder, tasks, random.Random(seed + number))
        warm = number % 10 != 9
        shares = one.run(experiments, warm=warm, same_order=number % 2 == 0, seed=seed + number)
        one.check_executions()
        one.check_rest()
        shutil.rmtree(round_folder)
        starts["warm" if warm else "cold"] += 1
        print(f"round {number + 1}: started by each {shares}", file=sys.stderr)
    return {
        "race": "passed",
        "seed": seed,
        "rounds": rounds,
        "starts": dict(starts),
        "experiments": experiments,
        "tasks": tasks,
        "seconds": round(time.monotonic() - started, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50, help="how many times")
    parser.add_argument("--tasks", type=int, default=200, help="how many tasks")
    parser.add_argument("--experiments", type=int, default=3, help="how many at once")
    parser.add_argument("--seed", type=int, default=None, help="of the orders of submission")
    parser.add_argument("--keep", action="store_true", help="keep the workspaces")
    options = parser.parse_args()
    seed = random.randrange(10**6) if options.seed is None else options.seed
    with chaos.scratch(seed, keep=options.keep) as folder:
        report = race(
            rounds=options.rounds,
            tasks=options.tasks,
            experiments=options.experiments,
            seed=seed,
            folder=folder,
        )
        print(json.dumps(report))


if __name__ == "__main__":
    main()
