"""Makes a workspace with many finished jobs, as fast as the disk allows, for benchmarks.

Usage: make_workspace.py FOLDER [--jobs 100000] [--tasks 10] [--experiments 4]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
from pathlib import Path

from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.runs import create_run
from xpm_workspace.times import utc_iso

_EPOCH = 1_767_225_600


def job_id_of(number: int, tasks: int) -> str:
    """Return the id of the job with this number."""
    return f"bench.models.task{number % tasks}/{hashlib.sha256(str(number).encode()).hexdigest()}"


def make_workspace(root: Path, *, jobs: int, tasks: int = 10, experiments: int = 4) -> WorkspaceLayout:
    """Make a workspace whose first experiment has nearly all the jobs; each has a marker and a journal."""
    workspace = WorkspaceLayout(root)
    workspace.create()
    chance = random.Random(1)
    for number in range(jobs):
        _make_job(workspace, job_id_of(number, tasks), number, failed=chance.random() < 0.02)
    small = min(1000, jobs // 10)
    for experiment in range(experiments):
        members = range(jobs - experiment * small) if experiment == 0 else range(small)
        run = create_run(workspace, f"experiment-{experiment}", hostname=f"node{experiment}.cluster")
        run.record_jobs(
            {
                "job": job_id_of(number, tasks),
                "tags": {"lr": 10.0 ** -(number % 5), "model": f"model-{number % 7}", "fold": number % 10},
                "depends_on": [job_id_of(number - 1, tasks)] if number % 10 else [],
                "launcher": "direct",
                "at": utc_iso(_EPOCH + number),
            }
            for number in members
        )
        run.end("done")
    return workspace


def _make_job(workspace: WorkspaceLayout, job_id: str, number: int, *, failed: bool) -> None:
    folder = f"{workspace.jobs_dir}/{job_id}"
    name = job_id.partition("/")[0].rpartition(".")[2]
    os.makedirs(f"{folder}/.experimaestro")
    start, end = utc_iso(_EPOCH + number + 5), utc_iso(_EPOCH + number + 65)
    lines = [
        {"event": "started", "pid": 1000 + number % 30000, "host": "node0", "attempt": 1, "at": start},
        {"event": "progress", "level": 0, "value": 0.5, "desc": "epoch", "at": start},
        {"event": "progress", "level": 0, "value": 1.0, "desc": "epoch", "at": end},
        {"event": "ended", "state": "ERROR" if failed else "DONE", "peak_memory_bytes": 1 << 28, "at": end},
    ]
    _write(f"{folder}/.experimaestro/journal.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    _write(f"{folder}/.experimaestro/{name}.lock", "")
    _write(f"{folder}/params.json", '{"version": 3, "objects": []}')
    if failed:
        marker = {"reason": "FAILED", "code": 1, "message": "ValueError: no", "at": end}
        _write(f"{folder}/{name}.failed", json.dumps(marker))
    else:
        _write(f"{folder}/{name}.done", json.dumps({"at": end, "exit_code": 0}))


def _write(path: str, content: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--tasks", type=int, default=10)
    parser.add_argument("--experiments", type=int, default=4)
    options = parser.parse_args()
    make_workspace(options.folder, jobs=options.jobs, tasks=options.tasks, experiments=options.experiments)
