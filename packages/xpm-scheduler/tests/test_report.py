"""What an experiment tells on standard error."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from types import ModuleType

import pytest

from xpm_scheduler import DirectLauncher, FailedExperiment, GracefulExperimentExit, experiment
from xpm_workspace.lifecycle import JobState


def make(workdir: Path, **options: object) -> experiment:
    launcher = DirectLauncher(max_jobs=1)  # what comes second waits
    return experiment(workdir, "x", launcher=launcher, dirty_git="ignore", **options)  # type: ignore[arg-type]


def test_a_dry_run_tells_all_about_each_task(
    tasks: ModuleType, workdir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """And writes nothing; jobs of earlier runs are shown as they are."""
    pipe = workdir / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(FailedExperiment), make(workdir / "w", report=False):
        tasks.Fail.C(how="raise").submit()
        tasks.Write.C(number=1, log=os.devnull).submit()
    with make(workdir / "w", report=False):
        tasks.Wait.C(pipe=str(pipe)).submit()
        pid = int(pipe.read_text())
        leave()
    before = sorted(path for path in (workdir / "w").rglob("*"))
    capfd.readouterr()
    with make(workdir / "w", run_mode="DRY_RUN"):
        tasks.Fail.C(how="raise").submit()
        first = tasks.Write.C(number=1, log=os.devnull)
        first.tag("size", "small")
        first.submit()
        tasks.Wait.C(pipe=str(pipe)).submit()
        last = tasks.Needs.C(first=first).submit()
    said = capfd.readouterr().err
    assert sorted(path for path in (workdir / "w").rglob("*")) == before
    assert re.findall(r"  state        (.*)", said) == ["ERROR(FAILED)", "DONE", "RUNNING", "not started"]
    assert "experiment x, dry_run, in " in said
    job = last.__xpm__.job
    assert f"xpm_test_tasks.needs\n  identifier   {job.identifier}\n  folder       {job.path}\n" in said
    assert f"  tags         size=small\n  depends on   {first.__xpm__.job.job_id}\n" in said
    os.kill(pid, signal.SIGKILL)


def leave() -> None:
    raise GracefulExperimentExit


def test_what_an_experiment_says_that_is_left_with_jobs_running(
    tasks: ModuleType, workdir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pipe = workdir / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(ZeroDivisionError), make(workdir / "w") as xp:
        job = tasks.Wait.C(pipe=str(pipe)).submit().__xpm__.job
        pid = int(pipe.read_text())
        while job.state is not JobState.RUNNING:
            job.wait(0.01)
        tasks.Needs.C(first=tasks.Write.C(number=1, log=os.devnull).submit()).submit()
        xp.stop()
        raise ZeroDivisionError
    said = capfd.readouterr().err
    assert re.search(r"  started  xpm_test_tasks.wait/\w{8}\n", said)
    assert "0 of 3 jobs done, 1 still running, 2 not started, run the same command again to go on" in said
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(FailedExperiment), make(workdir / "w") as xp:
        tasks.Needs.C(first=tasks.Write.C(number=1, log=os.devnull).submit()).submit()
        lost = tasks.Write.C(number=2, log="/no such folder/log").submit()
        tasks.Needs.C(first=lost).submit()
    said = capfd.readouterr().err
    assert "  failed   " + lost.__xpm__.job.short_id in said
    assert "experiment x failed: 2 of 4 jobs done, 1 failed, 1 skipped, " in said
    assert job.path.exists()
