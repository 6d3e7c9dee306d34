"""What the experiment's process does for its jobs: callbacks, outputs as they come, preparations, hooks."""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from xpm_scheduler import FailedExperiment, experiment
from xpm_workspace.lifecycle import JobState

MODULE = """
from pathlib import Path

from xpm_tasks import Action, Config, Meta, Param, Prepare, ResumableTask, SubmitHook, Task


class Checkpoint(Config):
    step: Param[int]


class Evaluate(Task):
    checkpoint: Param[Checkpoint]

    def execute(self):
        print("evaluating", self.checkpoint.step)


class Learn(ResumableTask):
    steps: Param[int]

    def checkpoint(self, dep, *, step):
        return dep(Checkpoint.C(step=step))

    def execute(self):
        for step in range(self.steps):
            self.register_task_output(self.checkpoint, step=step)


class Download(Prepare):
    name: Param[str]
    folder: Meta[str]

    def prepare(self):
        if self.name == "missing":
            raise OSError("no such data")
        with open(Path(self.folder) / "downloads", "a") as file:
            file.write(self.name + "\\n")


class Use(Task):
    data: Param[Download]
    number: Param[int]

    def execute(self):
        print("using", self.data.name)


class with_variable(SubmitHook):
    def __init__(self, value):
        self.value = value

    def spec(self):
        return self.value

    def process(self, job, launcher):
        job.environ["XPMTEST_HOOK"] = job.environ.get("XPMTEST_HOOK", "") + self.value


@with_variable("hooked")
class Part(Config):
    x: Param[int]


class Shows(Task):
    a: Param[Part]
    b: Param[Part]

    def execute(self):
        import os
        print(os.environ["XPMTEST_HOOK"])


class Publish(Action):
    title: Param[str]
"""


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "xpm_test_callbacks.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(folder))
    yield importlib.import_module("xpm_test_callbacks")
    del sys.modules["xpm_test_callbacks"]


@pytest.fixture
def xp(workdir: Path) -> Callable[..., experiment]:
    return lambda **options: experiment(workdir, "x", dirty_git="ignore", report=False, **options)


def test_outputs_are_used_as_they_come_and_again_after_a_restart(
    xp: Callable[..., experiment], tasks: ModuleType
) -> None:
    for executed in (True, False):
        seen: list[int] = []

        def on_checkpoint(checkpoint: object, seen: list[int] = seen) -> None:
            seen.append(checkpoint.step)  # type: ignore[attr-defined]
            tasks.Evaluate.C(checkpoint=checkpoint).submit()

        with xp() as experiment_:
            learn = tasks.Learn.C(steps=3)
            learn.watch_output(learn.checkpoint, on_checkpoint)
            learn.submit()
        assert seen == [0, 1, 2]
        assert [job.state for job in experiment_.jobs] == [JobState.DONE] * 4
        assert any(job.executed for job in experiment_.jobs) == executed


def test_completion_callbacks(
    xp: Callable[..., experiment], tasks: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    called: list[object] = []
    with xp():
        task = tasks.Learn.C(steps=0)
        task.on_completed(lambda: called.append("none"))
        task.on_completed(lambda: 1 / 0)
        task.on_completed(called.append)
        with caplog.at_level(logging.CRITICAL, "xpm.scheduler"):
            task.submit()
    assert called == ["none", task]


def test_prepared_once_before_the_tasks(
    xp: Callable[..., experiment], tasks: ModuleType, tmp_path: Path
) -> None:
    with xp():
        data = tasks.Download.C(name="a", folder=str(tmp_path))
        used = [tasks.Use.C(data=data, number=n).submit() for n in range(3)]
    assert (tmp_path / "downloads").read_text() == "a\n"
    assert used[0].stdout().read_text() == "using a\n"


def test_a_preparation_that_fails(xp: Callable[..., experiment], tasks: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(FailedExperiment) as caught, xp():
        data = tasks.Download.C(name="missing", folder=str(tmp_path))
        for number in range(2):
            tasks.Use.C(data=data, number=number).submit()
    assert {job.message for job in caught.value.failed} == {
        "Download.prepare() failed: OSError: no such data"
    }


def test_preparing_only(xp: Callable[..., experiment], tasks: ModuleType, tmp_path: Path) -> None:
    with xp(run_mode="PREPARE") as experiment_:
        data = tasks.Download.C(name="a", folder=str(tmp_path))
        for number in range(2):
            tasks.Use.C(data=data, number=number).submit()
    assert (tmp_path / "downloads").read_text() == "a\n"
    assert not experiment_.layout.path.exists()


def test_hooks_are_applied_once(xp: Callable[..., experiment], tasks: ModuleType) -> None:
    with xp():
        task = tasks.Shows.C(a=tasks.Part.C(x=1), b=tasks.Part.C(x=2)).submit()
    assert task.stdout().read_text() == "hooked\n"


def test_what_a_run_keeps(xp: Callable[..., experiment], tasks: ModuleType) -> None:
    from xpm_tasks.graphs import load_xp_info

    with xp() as experiment_:
        experiment_.add_action(tasks.Publish.C(title="best"))
        part = tasks.Part.C(x=3)
        tasks.Shows.C(a=part, b=part).submit()
        experiment_.save(tasks.Checkpoint.C(step=4), "last")
        run = experiment_.layout.run(experiment_.run_id)
    info = load_xp_info(run.path)
    assert [action.title for action in info.actions.values()] == ["best"]
    [job] = info.jobs.values()
    assert job.a is job.b
    with xp() as later:
        assert later.load("last").step == 4
        with pytest.raises(FileNotFoundError, match="nothing under the name 'first'"):
            later.load("first")
