"""An experiment that is watched and acted upon through its own page, while it runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from xpm_web.testing import Visitor

if TYPE_CHECKING:
    from conftest import Project

CODE = """
import time
from experimaestro import Param, Task, tag
from experimaestro.experiments import ConfigurationBase, configuration

class Wait(Task):
    name: Param[str]

    def execute(self):
        print("<b>waiting</b>", flush=True)
        while self.name == "for ever":
            time.sleep(0.05)

@configuration
class Configuration(ConfigurationBase):
    pass

def run(helper, cfg: Configuration):
    for name in ("not", "for ever"):
        Wait.C(name=tag(name)).submit()
"""


def test_a_job_is_killed_from_the_page(project: Project) -> None:
    project.write("waiting.py", CODE)
    project.write("full.yaml", "id: waiting\nfile: waiting\n")
    process = project.start("run-experiment", "--workdir", str(project.workdir), "--web", "full.yaml")
    assert process.stderr is not None
    found = re.fullmatch(r"web monitor: http://127\.0\.0\.1:(\d+)/\?token=(.+)\n", process.stderr.readline())
    assert found is not None
    visitor = Visitor(int(found[1]), unquote(found[2]))
    workspace = visitor.api("/workspace")
    assert (workspace["title"], workspace["experiment_id"]) == (str(project.workdir), "waiting")

    job_id = running(visitor, workspace["position"])
    log = visitor.ask(f"/api/v1/jobs/{job_id}/log", wait=20)
    assert log.body == b"<b>waiting</b>\n"
    (planned,) = visitor.post("/actions/kill", {"job_ids": [job_id]}).json
    assert planned["what"].startswith("stop process")
    (done,) = visitor.post("/actions/kill", {"job_ids": [job_id], "perform": True}).json
    assert done["done"]

    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "1 of 2 jobs done, 1 failed" in errors


def running(visitor: Visitor, position: str) -> str:
    """Return the id of the job that goes on for ever, once it runs; a silent stream has its limit."""
    wanted = {"filter": '@state = "RUNNING" and name = "for ever"'}
    events = visitor.events(position)
    while True:
        for job in visitor.api("/jobs", **wanted)["jobs"]:
            return str(job["job_id"])
        next(events)
