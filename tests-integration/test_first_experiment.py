"""A newcomer runs a first experiment, from a file and from a module, and looks at it."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

EXPERIMENT = """
from experimaestro.experiments import ExperimentHelper, configuration, ConfigurationBase

@configuration
class Configuration(ConfigurationBase):
    #: Default learning rate
    learning_rate: float = 1e-3

def run(
    helper: ExperimentHelper, cfg: Configuration
):
    print("learning rate", cfg.learning_rate, type(cfg.learning_rate).__name__)
"""

TASKS = """
from pathlib import Path
from experimaestro import Task, Param, tag
from experimaestro.experiments import ExperimentHelper, configuration, ConfigurationBase

class Say(Task):
    word: Param[str]
    ran: Param[str]

    def execute(self):
        print("I say", self.word)
        with open(self.ran, "a") as file:
            file.write(self.word + "\\n")
        if self.word == "bad":
            raise ValueError("the word\\nis bad")

class After(Task):
    first: Param[Say]

    def execute(self):
        print("after", self.first.word)

@configuration
class Configuration(ConfigurationBase):
    words: list[str]
    ran: str

def run(helper: ExperimentHelper, cfg: Configuration):
    for word in cfg.words:
        say = Say.C(word=tag(word), ran=cfg.ran).submit()
        After.C(first=say).submit()
"""


def test_the_documented_example_with_a_file(project: Project) -> None:
    project.write("experiment.py", EXPERIMENT)
    project.write("full.yaml", "    id: first\n    file: experiment\n    learning_rate: 1e-4\n")
    done = project.run("full.yaml", "--run-mode", "NORMAL")
    assert done.stdout == "learning rate 0.0001 float\n"
    informations = json.loads((project.workdir / "xp/first/informations.json").read_text())
    run = informations["runs"][informations["current_run"]]
    assert run["hostname"] == socket.gethostname()
    assert run["status"] == "done"


@pytest.mark.parametrize("pythonpath", ["", "pythonpath:\n    - ..\n"])
def test_the_documented_example_with_a_module(project: Project, pythonpath: str) -> None:
    project.write("first_stage/__init__.py", "")
    project.write("first_stage/experiment.py", EXPERIMENT)
    project.write("first_stage/full.yaml", f"id: first\nmodule: first_stage.experiment\n{pythonpath}")
    assert project.run("first_stage/full.yaml").stdout == "learning rate 0.001 float\n"


def write_tasks(project: Project, *words: str) -> Path:
    ran = project.folder / "ran.txt"
    project.write("experiment.py", TASKS)
    project.write("full.yaml", f"id: words\nwords: {json.dumps(words)}\nran: {json.dumps(str(ran))}\n")
    return ran


def test_tasks_run_once_and_a_second_run_says_so(project: Project) -> None:
    ran = write_tasks(project, "hello", "world")
    first = project.run("full.yaml")
    assert "4 of 4 jobs done" in first.stderr and "4 executed" in first.stderr
    second = project.run("full.yaml")
    assert "all were done already, nothing was executed" in second.stderr
    assert sorted(ran.read_text().split()) == ["hello", "world"]


def test_a_task_that_raises(project: Project) -> None:
    ran = write_tasks(project, "good", "bad", "fine")
    done = project.run("full.yaml", code=1)
    assert sorted(ran.read_text().split()) == ["bad", "fine", "good"], "the others finish"
    [reason] = [line for line in done.stderr.splitlines() if "log: " in line]
    assert "FAILED" in reason and "ValueError" in reason and "the word is bad" in reason
    log = Path(reason.rsplit("log: ", 1)[1])
    assert 'raise ValueError("the word\\nis bad")' in log.read_text()
    assert "1 job failed, 1 that need them did not run" in done.stderr
    assert "Traceback" not in done.stderr
    # A failed task is run again, the others are not.
    project.run("full.yaml", code=1)
    assert sorted(ran.read_text().split()) == ["bad", "bad", "fine", "good"]
    listed = project.command("experiments", "list", "--workdir", str(project.workdir))
    assert listed.stdout == f"words [{socket.gethostname()}] (4/6 jobs)\n"


def test_dry_run_writes_nothing(project: Project) -> None:
    write_tasks(project, "hello")
    shown = project.run("full.yaml", "--run-mode", "dry_run")
    assert "experiment.say" in shown.stderr and "word=hello" in shown.stderr
    assert not project.workdir.exists()


def test_generate_only_writes_the_folders(project: Project) -> None:
    ran = write_tasks(project, "hello")
    project.run("full.yaml", "--run-mode", "GENERATE_ONLY")
    assert len(list(project.workdir.glob("jobs/*/*/params.json"))) == 2
    assert not ran.exists()
