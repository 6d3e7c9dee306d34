"""Schedulers die, are asked to leave, and compete; every job runs exactly once all the same."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.locks import is_held

if TYPE_CHECKING:
    from conftest import Project

# Each task writes its number into a pipe when it runs, then waits for the gate: a lock that the test holds.
EXPERIMENT = """
import fcntl
from experimaestro import Task, Param, Meta
from experimaestro.experiments import ExperimentHelper, configuration, ConfigurationBase

class Job(Task):
    number: Param[int]
    folder: Meta[str]

    def execute(self):
        with open(f"{self.folder}/log", "a") as log:
            log.write(f"{self.number}\\n")
        with open(f"{self.folder}/pipe", "w") as pipe:
            pipe.write(f"{self.number}\\n")
        with open(f"{self.folder}/gate") as gate:
            fcntl.flock(gate, fcntl.LOCK_SH)

@configuration
class Configuration(ConfigurationBase):
    folder: str
    jobs: int

def run(helper: ExperimentHelper, cfg: Configuration):
    for number in range(cfg.jobs):
        Job.C(number=number, folder=cfg.folder).submit()
"""


class Gate:
    """The tasks wait until `open` is called; `line` returns what a task wrote when it started."""

    def __init__(self, folder: Path) -> None:
        import fcntl

        self.log = folder / "log"
        self._gate = open(folder / "gate", "w")  # noqa: SIM115 - held until `open`
        fcntl.flock(self._gate, fcntl.LOCK_EX)
        os.mkfifo(folder / "pipe")
        # Read and write, so that opening does not wait for a writer and reading never sees an end.
        self._pipe = os.fdopen(os.open(folder / "pipe", os.O_RDWR), "r+b", buffering=0)

    def line(self) -> int:
        text = b""
        while not text.endswith(b"\n"):
            ready, _, _ = select.select([self._pipe], [], [], 60)
            assert ready, "no task started"
            text += self._pipe.read(1)
        return int(text)

    def open(self) -> None:
        self._gate.close()

    def close(self) -> None:
        self._gate.close()
        self._pipe.close()

    def executions(self) -> Counter[str]:
        return Counter(self.log.read_text().split())


def make(project: Project, name: str, jobs: int) -> Gate:
    folder = project.folder / "shared"
    folder.mkdir(exist_ok=True)
    project.write("experiment.py", EXPERIMENT)
    project.write(f"{name}.yaml", f"id: {name}\njobs: {jobs}\nfolder: {json.dumps(str(folder))}\n")
    return Gate(folder)


def test_sigkill_of_the_scheduler_in_the_middle(project: Project) -> None:
    gate = make(project, "many", 20)
    arguments = ("run-experiment", "--workdir", str(project.workdir), "many.yaml")
    first = project.start(*arguments)
    started = {gate.line(), gate.line()}
    first.send_signal(signal.SIGKILL)
    first.wait(60)
    second = project.start(*arguments)
    assert second.stderr is not None
    followed = 0
    while followed < len(started):
        line = second.stderr.readline()
        assert line, "the second scheduler ended without following"
        followed += "follows" in line
    gate.open()
    second.communicate(timeout=100)
    assert second.returncode == 0
    assert gate.executions() == Counter(str(n) for n in range(20))
    gate.close()


def test_three_experiments_over_the_same_tasks(project: Project) -> None:
    gate = make(project, "xp0", 8)
    for name in ("xp1", "xp2"):
        (project.folder / f"{name}.yaml").write_text(
            (project.folder / "xp0.yaml").read_text().replace("xp0", name)
        )
    gate.open()
    running = [
        project.start("run-experiment", "--workdir", str(project.workdir), f"xp{n}.yaml") for n in range(3)
    ]
    for process in running:
        _, stderr = process.communicate(timeout=100)
        assert process.returncode == 0, stderr
    assert gate.executions() == Counter(str(n) for n in range(8))
    gate.close()


def test_the_same_experiment_twice_waits_its_turn(project: Project) -> None:
    gate = make(project, "same", 2)
    arguments = ("run-experiment", "--workdir", str(project.workdir), "same.yaml")
    first = project.start(*arguments)
    gate.line()
    second = project.start(*arguments)
    assert second.stderr is not None
    line = second.stderr.readline()
    assert f"already run by process {first.pid} on" in line
    gate.open()
    first.communicate(timeout=100)
    _, rest = second.communicate(timeout=100)
    assert first.returncode == second.returncode == 0
    assert "nothing was executed" in rest
    assert gate.executions() == Counter("01")
    gate.close()


# --- Asked to leave

JOBS = 20


@pytest.fixture
def gate(project: Project) -> Iterator[Gate]:
    gate = make(project, "many", JOBS)
    yield gate
    gate.close()


def start(project: Project) -> subprocess.Popen[str]:
    return project.start("run-experiment", "--workdir", str(project.workdir), "many.yaml")


def check_files(workdir: Path, status: str) -> None:
    """All files are whole, no lock is held but by running jobs, and the run says how it ended."""
    for path in workdir.rglob("*.json"):
        json.loads(path.read_text())
    for path in workdir.rglob("*.jsonl"):
        content = path.read_text()
        assert content.endswith("\n") or not content
        for line in content.splitlines():
            json.loads(line)
    experiment = WorkspaceLayout(workdir).experiment("many")
    assert not is_held(experiment.lock)
    informations = json.loads(experiment.informations.read_text())
    assert informations["runs"][informations["current_run"]]["status"] == status


def follow_up(project: Project, gate: Gate) -> None:
    """Once everything may go on, a second scheduler runs what is missing, and each job has run once."""
    gate.open()
    second = start(project)
    _, said = second.communicate(timeout=100)
    assert second.returncode == 0, said
    assert sum(gate.executions().values()) == JOBS
    assert set(gate.executions().values()) == {1}


@pytest.fixture(autouse=True)
def hears_of_a_closed_terminal() -> Iterator[None]:
    """What is started here is as if started by a shell, even if these tests run under `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_asked_to_stop(project: Project, gate: Gate, number: signal.Signals, code: int) -> None:
    process = start(project)
    started = {gate.line(), gate.line()}
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code, said
    assert "no further job starts, running ones go on" in said
    assert f"{JOBS - 2} not started, run the same command again" in said
    assert "still running" in said
    assert "Traceback" not in said
    check_files(project.workdir, "interrupted")
    assert gate.executions().keys() == {str(n) for n in started}
    follow_up(project, gate)


def test_nohup(project: Project, gate: Gate) -> None:
    """Who starts an experiment with `nohup` wants it to survive the terminal."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    process = start(project)
    gate.line()
    process.send_signal(signal.SIGHUP)
    gate.open()
    _, said = process.communicate(timeout=100)
    assert process.returncode == 0, said
    assert "no further job starts" not in said
    assert sum(gate.executions().values()) == JOBS


def is_fork_server(process: psutil.Process) -> bool:
    try:
        return "xpm_scheduler.fork_server" in process.cmdline()
    except psutil.Error:  # git, asked what the code is, has just ended
        return False


def test_ctrl_c_twice(project: Project, gate: Gate) -> None:
    """What leaving waits for hangs: here, the small process that starts jobs."""
    process = start(project)
    gate.line()
    [server] = filter(is_fork_server, psutil.Process(process.pid).children())
    server.suspend()
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    said = ""
    while "leaving" not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    process.send_signal(signal.SIGINT)
    try:
        process.wait(60)
    finally:
        if server.is_running():  # it holds the other end of what we read
            server.kill()
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130, said + rest
    assert "Traceback" not in rest
    check_files(project.workdir, "interrupted")
    follow_up(project, gate)


#: Makes the standard input the terminal that controls the process.
IN_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_a_closed_terminal(project: Project, gate: Gate) -> None:
    """SIGHUP comes, and nothing that is said arrives: writing to the terminal fails from then on."""
    command = [sys.executable, "-m", "xpm_cli", "run-experiment", "--workdir", str(project.workdir)]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", IN_TERMINAL, *command, "many.yaml"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=project.folder,
        env={**os.environ, "TERM": "xterm"},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        started = {gate.line(), gate.line()}
        os.close(ours)
        assert process.wait(60) == 129
    finally:
        process.kill()
        process.wait()
    check_files(project.workdir, "interrupted")
    assert gate.executions().keys() == {str(n) for n in started}
    follow_up(project, gate)


# --- A disk that refuses

FULL = """
import resource
from experimaestro.experiments import ExperimentHelper
from experiment import Job

def run(helper: ExperimentHelper, cfg: dict):
    running = Job.C(number=0, folder=cfg["folder"]).submit()
    while running.job.state.name != "RUNNING":
        running.job.wait(0.01)
    # From here on no file of this process grows beyond that: as on a disk without room.
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, hard))
    for number in range(1, 1 + cfg["jobs"]):
        Job.C(number=number, folder=cfg["folder"]).submit()
"""


def test_a_disk_that_takes_no_more(project: Project, gate: Gate) -> None:
    """The command says what happened and what to do, and ends with 1; what runs goes on."""
    project.write("full.py", FULL)
    yaml = (project.folder / "many.yaml").read_text()
    (project.folder / "full.yaml").write_text(yaml.replace("id: many", "id: full\nfile: full.py"))
    process = project.start("run-experiment", "--workdir", str(project.workdir), "full.yaml")
    gate.line()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert "Traceback" not in said
    last = said.splitlines()[-1]
    assert last.startswith("error: the scheduler stopped: File too large: ")
    assert "running jobs go on: raise the limit of file sizes (`ulimit -f`), then run again" in last
    assert not is_held(WorkspaceLayout(project.workdir).experiment("full").lock)
    follow_up(project, gate)
