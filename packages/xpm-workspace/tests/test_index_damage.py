"""Whatever happens to the file of the index, the same is read: it is built again where it has to be."""

from __future__ import annotations

import os
import random
import warnings
from pathlib import Path
from typing import Any

import pytest

from xpm_workspace.index.indexer import IndexRebuilt
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.runs import create_run
from xpm_workspace.testing import make_job

PAGE = 4096


def cut(content: bytearray, chance: random.Random) -> bytearray:
    return content[: chance.randrange(len(content) + 1)]


def bytes_here_and_there(content: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.randrange(1, 200)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return content


def garbage(content: bytearray, chance: random.Random) -> bytearray:
    start, length = chance.randrange(len(content)), chance.randrange(1, 5 * PAGE)
    content[start : start + length] = chance.randbytes(len(content[start : start + length]))
    return content


def zeros(content: bytearray, chance: random.Random) -> bytearray:
    start = chance.randrange(len(content) // PAGE) * PAGE
    content[start : start + PAGE] = bytes(PAGE)
    return content


def seen(workspace: WorkspaceLayout) -> list[Any]:
    """All that a monitor tells."""
    with LocalMonitor(workspace) as monitor:
        changes = monitor.changes(monitor.position())
        assert changes is None or changes.reset or changes.empty
        jobs = monitor.jobs(limit=None, order="id").jobs
        return [
            monitor.experiments(),
            jobs,
            [monitor.job(job.job_id) for job in jobs],
            [monitor.runs(experiment.experiment_id) for experiment in monitor.experiments()],
            monitor.jobs("n = 1 or @state = ERROR", limit=None, order="id").jobs,
            [monitor.tag_values(experiment.experiment_id) for experiment in monitor.experiments()],
            [(monitor.dependents(job.job_id), monitor.memberships(job.job_id)) for job in jobs],
            monitor.orphans(),
        ]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("damage", [cut, bytes_here_and_there, garbage, zeros])
def test_damage_at_random_places(tmp_path: Path, damage: Any, seed: int) -> None:
    workspace = WorkspaceLayout(tmp_path / "l'été #1")
    for number in range(3):
        run = create_run(workspace, f"xp {number}", hostname="hôte")
        marks = ("DONE", "FAILED", "DONE")
        jobs = [make_job(workspace, "t", f"{n}" * 64, marker=mark) for n, mark in enumerate(marks)]
        run.record_jobs(
            {"job": job.job_id, "tags": {"n": n}, "depends_on": [jobs[0].job_id] if n else []}
            for n, job in enumerate(jobs)
        )
        run.end("done")
    make_job(workspace, "orphan", "9" * 64)
    chance = random.Random(seed)
    truth = seen(workspace)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IndexRebuilt)
        for _ in range(6):
            content = damage(bytearray(workspace.database.read_bytes()), chance)
            workspace.database.write_bytes(content)
            assert seen(workspace) == truth
            workspace.database.with_name("workspace.db-wal").write_bytes(os.urandom(chance.randrange(9999)))
            assert seen(workspace) == truth
