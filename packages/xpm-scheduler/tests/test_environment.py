"""What a job process gets: environment variables, one layer upon the other, and how its files may be read."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from xpm_scheduler import DirectLauncher, DynamicLauncher, experiment
from xpm_scheduler.environment import job_environ, python_path
from xpm_scheduler.workspace import Workspace

#: The layers, lowest first. `XPMTEST_n` is set by all of them up to the n-th.
LAYERS = ("inherited", "settings", "experiment", "dynamic launcher", "launcher", "job")


def variables(layer: str) -> dict[str, str]:
    return {f"XPMTEST_{number}": layer for number in range(LAYERS.index(layer), len(LAYERS))}


def add(setenv: Callable[[str, str], object], layer: str) -> None:
    for name, value in variables(layer).items():
        setenv(name, value)


def layered(
    path: Path, monkeypatch: pytest.MonkeyPatch, launcher: DirectLauncher, **options: Any
) -> experiment:
    """An experiment whose jobs get variables from all layers but their own."""
    add(monkeypatch.setenv, "inherited")
    add(launcher.setenv, "launcher")
    dynamic = DynamicLauncher([launcher])
    add(dynamic.setenv, "dynamic launcher")
    workspace = Workspace(path, environ=variables("settings"))
    xp = experiment(workspace, "x", launcher=dynamic, dirty_git="ignore", report=False, **options)
    add(xp.setenv, "experiment")
    return xp


def test_later_layers_win(tasks: ModuleType, workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    launcher = DirectLauncher()
    with layered(workdir, monkeypatch, launcher, run_mode="DRY_RUN") as xp:
        job = tasks.Environ.C(name="x").submit().__xpm__.job
    job.launcher = launcher  # as the driver does when it starts the job
    job.environ.update(variables("job"))
    environ = job_environ(job, xp.workspace.environ, xp.environ)
    assert [environ[f"XPMTEST_{number}"] for number in range(len(LAYERS))] == list(LAYERS)
    assert environ["PATH"] == os.environ["PATH"], "the whole environment is there"


@pytest.mark.parametrize("quick", [True, False], ids=["as it was last seen", "decoded anew"])
def test_variables_of_this_process_as_they_are_now(
    tasks: ModuleType, workdir: Path, monkeypatch: pytest.MonkeyPatch, quick: bool
) -> None:
    with experiment(workdir, "x", dirty_git="ignore", report=False, run_mode="DRY_RUN"):
        job = tasks.Environ.C(name="x").submit().__xpm__.job
    if not quick:  # an interpreter whose `os.environ` is made otherwise
        monkeypatch.setattr(os, "environ", dict(os.environ))
    seen = []
    for value in ("1", "2", None, "été"):
        if value is None:
            monkeypatch.delenv("XPMTEST_now")
        else:
            monkeypatch.setenv("XPMTEST_now", value)
        environ = job_environ(job)
        seen.append(environ.pop("XPMTEST_now", None))
        environ["PATH"] = "changed by whoever got it"
    assert seen == ["1", "2", None, "été"]
    assert job_environ(job)["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize("preload", [(), None], ids=["warm", "cold"])
def test_in_a_real_job(
    tasks: ModuleType, workdir: Path, monkeypatch: pytest.MonkeyPatch, preload: tuple[str, ...] | None
) -> None:
    with layered(workdir, monkeypatch, DirectLauncher(preload=preload)):
        shown = [tasks.Environ.C(name=f"XPMTEST_{number}").submit() for number in range(5)]
    assert [task.stdout().read_text().split(" /")[0] for task in shown] == list(LAYERS[:5])


def test_a_variable_set_later_is_for_the_jobs_that_start_later(tasks: ModuleType, workdir: Path) -> None:
    with experiment(workdir, "x", dirty_git="ignore", report=False) as xp:
        xp.setenv("XPMTEST_LATER", "first")
        first = tasks.Environ.C(name="XPMTEST_LATER").submit()
        first.__xpm__.job.wait()
        xp.setenv("XPMTEST_LATER", "second")
        second = tasks.Environ.C(name="XPMTEST_LATER").submit(max_retries=1)
        other = tasks.Write.C(number=1, log=str(workdir / "log")).submit().__xpm__.job
        assert job_environ(other, xp.environ)["XPMTEST_LATER"] == "second"
    assert second.__xpm__.job is first.__xpm__.job
    assert first.stdout().read_text().startswith("first ")


def test_limits_of_a_scheduler_inside_a_job_are_not_passed_on(
    tasks: ModuleType, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XPM_DEADLINE", "1.0")
    monkeypatch.setenv("XPM_MEMORY_BYTES", "1")
    with experiment(workdir, "x", dirty_git="ignore", report=False, run_mode="DRY_RUN"):
        job = tasks.Write.C(number=1, log="none").submit().__xpm__.job
    environ = job_environ(job)
    assert "XPM_DEADLINE" not in environ and "XPM_MEMORY_BYTES" not in environ
    assert json.loads(environ["XPM_TAGS"]) == {}


def test_the_path_of_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folders of this process in order, then the inherited ones; not those of the interpreter."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    monkeypatch.setattr(sys, "path", [str(second), str(tmp_path / "missing"), *sys.path, str(first)])
    found = python_path(os.pathsep.join([str(first), "/inherited", ""]))
    assert found[0] == str(second) and found[-1] == "/inherited"
    assert found.count(str(first)) == 1
    assert str(tmp_path / "missing") not in found
    assert os.path.dirname(json.__file__) not in found and os.path.dirname(os.__file__) not in found


@pytest.fixture
def private() -> Iterator[None]:
    """Others may not read what this process writes."""
    before = os.umask(0o027)
    yield
    os.umask(before)


@pytest.mark.usefixtures("private")
@pytest.mark.parametrize("preload", [(), None], ids=["warm", "cold"])
def test_the_umask_holds_for_the_files_of_a_job(
    tasks: ModuleType, tmp_path: Path, preload: tuple[str, ...] | None
) -> None:
    launcher = DirectLauncher(preload=preload)
    with experiment(tmp_path / "w", "x", launcher=launcher, dirty_git="ignore", report=False):
        job = tasks.Write.C(number=1, log=str(tmp_path / "log")).submit().__xpm__.job
    for path in (tmp_path / "log", job.stdout, job.stderr, job.layout.params, job.layout.done):
        assert stat.S_IMODE(path.stat().st_mode) == 0o640, path
