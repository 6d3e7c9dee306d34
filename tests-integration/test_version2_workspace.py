"""A workspace of experimaestro 2.x: its finished jobs are found and not run again, its experiments listed."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Here, Project

EXPERIMENT = """
from experimaestro import Param, Task

class Learn(Task):
    rate: Param[float]

    def execute(self):
        print("learned", self.rate)

class Evaluate(Task):
    learn: Param[Learn]

    def execute(self):
        print("evaluated", self.learn.rate)

def run(helper, cfg):
    for rate in (0.1, 0.5):
        Evaluate.C(learn=Learn.C(rate=rate).submit()).submit()
"""


def as_2x_left_it(job: Path) -> None:
    """Take away what 2.x did not write: an empty marker, the parameters and the logs stay."""
    shutil.rmtree(job / ".experimaestro")
    for path in job.iterdir():
        if path.suffix == ".pid":
            path.unlink()
        elif path.suffix == ".done":
            path.write_bytes(b"")
    params = json.loads((job / "params.json").read_text())
    params["version"] = 2
    (job / "params.json").write_text(json.dumps(params))


def test_finished_jobs_of_2x(project: Project, here: Here) -> None:
    project.write("experiment.py", EXPERIMENT)
    project.write("full.yaml", "id: mine\nfile: experiment\n")
    here.run("full.yaml")
    workdir = project.workdir
    shutil.rmtree(workdir / ".experimaestro")
    shutil.rmtree(workdir / "xp")
    (workdir / ".__experimaestro__").unlink()
    jobs = sorted((workdir / "jobs").glob("*/*"))
    links = workdir / "experiments" / "mine" / "20240101_120000" / "jobs"
    for job in jobs:
        as_2x_left_it(job)
        (links / job.parent.name).mkdir(parents=True, exist_ok=True)
        (links / job.parent.name / job.name).symlink_to(job)
    # One of them had not ended: it is the only one to run.
    again = jobs[-1]
    [marker] = again.glob("*.done")
    marker.unlink()
    before = {job: sorted(path.stat().st_mtime_ns for path in job.glob("*.out")) for job in jobs[:-1]}

    at = ("--workdir", str(workdir))
    assert here.command("experiments", "list", *at).stdout == "mine (3/4 jobs)\n"
    assert here.command("orphans", *at).stdout == ""
    result = here.run("full.yaml")
    assert "1 executed" in result.stderr, result.stderr
    assert {job: sorted(path.stat().st_mtime_ns for path in job.glob("*.out")) for job in before} == before
    assert marker.exists()
    runs = [line.split("\t") for line in here.command("experiments", "runs", "mine", *at).stdout.splitlines()]
    assert [(run[0], run[2]) for run in runs][1] == ("20240101_120000", "unknown") and runs[0][2] == "done"
    assert (links / jobs[0].parent.name / jobs[0].name).is_symlink()
