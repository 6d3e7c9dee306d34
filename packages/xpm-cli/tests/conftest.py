"""Fixtures: workspaces in strange paths, the command in this process and in a process of its own."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from xpm_cli.main import main
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.runs import create_run
from xpm_workspace.testing import make_job

STRANGE = 'it\'s a "strange" dossier, été #1 %20'


class Result(NamedTuple):
    """What the command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)

    @property
    def rows(self) -> list[list[str]]:
        """Standard output as a table of a pipe."""
        return [line.split("\t") for line in self.out.splitlines()]


Command = Callable[..., Result]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of our own: no settings, no cache, the clock of UTC."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setenv("TZ", "UTC")
    return folder


@pytest.fixture
def settings(home: Path) -> Callable[[str], Path]:
    """Write the settings file."""

    def write(text: str) -> Path:
        path = home / "config" / "experimaestro" / "settings.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command in this process."""
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)

    def run(*arguments: object) -> Result:
        level = logging.getLogger().level
        capfd.readouterr()
        with pytest.raises(SystemExit) as left, warnings.catch_warnings():
            warnings.simplefilter("default")  # as in a process of its own
            main([str(argument) for argument in arguments])
        logging.getLogger().setLevel(level)
        sys.stdout.flush()
        captured = capfd.readouterr()
        code = left.value.code
        assert isinstance(code, int)
        return Result(code, captured.out, captured.err)

    return run


@pytest.fixture
def process() -> Command:
    """Run the command in a process of its own."""

    def run(*arguments: object, **options: Any) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "xpm_cli", *map(str, arguments)],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            **options,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(params=["plain", STRANGE])
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> WorkspaceLayout:
    """An empty workspace; every test runs in a plain and in a strange path."""
    layout = WorkspaceLayout(tmp_path / request.param / "work dir")
    layout.create()
    return layout


def identifier(number: int) -> str:
    """An identifier, the same for the same number."""
    return f"{number:02x}" * 32


class Sample(NamedTuple):
    """A workspace with some history."""

    layout: WorkspaceLayout
    done: JobLayout
    failed: JobLayout
    #: Never started: it needs `failed`.
    missed: JobLayout
    #: Done, and no run knows it.
    orphan: JobLayout


@pytest.fixture
def sample(workspace: WorkspaceLayout) -> Sample:
    """An experiment with a job that is done, one that failed and one that needs it; and an orphan."""
    return fill(workspace)


def fill(workspace: WorkspaceLayout) -> Sample:
    """Make the jobs and the run of a `Sample`."""
    done = make_job(workspace, "my.lib.learn", identifier(1))
    failed = make_job(workspace, "my.lib.learn", identifier(2), marker="FAILED")
    orphan = make_job(workspace, "my.lib.old", identifier(4))
    missed = workspace.job("my.lib.evaluate", identifier(3))
    run = create_run(workspace, "my-experiment", hostname="node0.cluster")
    run.record_jobs(
        [
            {"job": done.job_id, "tags": {"lr": 0.1, "model": "small"}, "launcher": "local"},
            {"job": failed.job_id, "tags": {"lr": 0.5, "model": "large"}, "launcher": "local"},
            {"job": missed.job_id, "tags": {"lr": 0.5}, "depends_on": [failed.job_id], "launcher": "local"},
        ]
    )
    for job in (done, failed):
        run.link_job(job)
        job.stdout.write_text(f"{job.name} says hello\n")
        job.stderr.write_text("careful\n")
    run.record_states(
        [
            {"job": done.job_id, "state": "DONE"},
            {"job": failed.job_id, "state": "ERROR", "reason": "FAILED"},
            {"job": missed.job_id, "state": "ERROR", "reason": "DEPENDENCY"},
        ]
    )
    run.end("failed")
    return Sample(workspace, done, failed, missed, orphan)


TASKS = '''
"""Tasks of the tests of the command line."""
import sys
import time
from pathlib import Path

from xpm_tasks import Config, Meta, Param, Task, progress


class Model(Config):
    layers: Param[int]
    names: Param[list[str]]


class Learn(Task):
    rate: Param[float]
    model: Param[Model]
    note: Meta[str]

    def execute(self):
        print("learning", self.rate, self.model.layers, sorted(self.__tags__.items()))
        print("careful", file=sys.stderr)
        progress(0.5)
        Path("learned.txt").write_text(str(self.rate))
        if self.rate > 1:
            raise ValueError("the rate is too large")


class Evaluate(Task):
    learned: Param[Learn]

    def execute(self):
        print("evaluating", self.learned.rate)


class Wait(Task):
    """Says that it runs, then waits to be stopped."""
    pipe: Param[str]

    def execute(self):
        print("waiting", flush=True)
        with open(self.pipe, "w") as pipe:
            pipe.write("runs")
        time.sleep(600)
'''


class Real(NamedTuple):
    """A workspace in which an experiment really ran."""

    layout: WorkspaceLayout
    modules: Path
    #: Done: rate 0.1, two layers.
    small: JobLayout
    #: Done: rate 0.1, three layers.
    large: JobLayout
    #: Failed: rate 2.
    wrong: JobLayout
    #: Done, needs `small`.
    evaluated: JobLayout


def make_real(folder: Path) -> Real:
    """Run an experiment."""
    from xpm_scheduler import FailedExperiment, experiment

    modules = folder / "modules"
    modules.mkdir()
    (modules / "xpm_cli_tasks.py").write_text(TASKS)
    sys.path.insert(0, str(modules))
    try:
        tasks = importlib.import_module("xpm_cli_tasks")
        made = {}
        xp = experiment(folder / "work dir", "real", report=False, dirty_git="IGNORE", register_signals=False)
        with contextlib.suppress(FailedExperiment), xp:
            for name, rate, layers in (("small", 0.1, 2), ("large", 0.1, 3), ("wrong", 2.0, 2)):
                model = tasks.Model.C(layers=layers, names=["a", "b"])
                made[name] = tasks.Learn.C(rate=rate, model=model, note=name).tag("rate", rate).submit()
            made["evaluated"] = tasks.Evaluate.C(learned=made["small"]).submit()
    finally:
        sys.path.remove(str(modules))
        sys.modules.pop("xpm_cli_tasks", None)
    layout = WorkspaceLayout(folder / "work dir")
    jobs = {name: JobLayout.from_path(task.__xpm__.job.path) for name, task in made.items()}
    return Real(layout, modules, **jobs)


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Real:
    """An experiment that ran; tests only look at it."""
    return make_real(tmp_path_factory.mktemp("réal"))


@pytest.fixture
def own_real(tmp_path: Path) -> Real:
    """An experiment that ran; tests may change it."""
    folder = tmp_path / "réal"
    folder.mkdir()
    return make_real(folder)


@pytest.fixture
def with_modules(real: Real) -> dict[str, str]:
    """Environment of a process that finds the tasks."""
    return {**os.environ, "PYTHONPATH": str(real.modules)}


@pytest.fixture
def unwritable() -> Iterator[Callable[[Path], None]]:
    """Take the right to write from folders and all in them, until the end of the test."""
    changed: list[Path] = []

    def protect(folder: Path) -> None:
        for path in [folder, *folder.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o555 if path.is_dir() else 0o444)
                changed.append(path)

    yield protect
    for path in changed:
        if path.exists():
            path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.fixture
def humble(process: Command) -> Command:
    """Run the command in a process that may not write everywhere, even if we may."""

    def run(*arguments: object, **options: Any) -> Result:
        return process(*arguments, preexec_fn=_give_up_rights, **options)

    return run


def _give_up_rights() -> None:
    """The super-user no longer overrides the mode of files, from the next `exec` on."""
    if os.getuid() == 0:
        drop_from_bounding_set, dac_override, dac_read_search = 24, 1, 2  # linux/prctl.h, linux/capability.h
        for capability in (dac_override, dac_read_search):
            if ctypes.CDLL(None).prctl(drop_from_bounding_set, capability, 0, 0, 0) != 0:
                os._exit(99)
