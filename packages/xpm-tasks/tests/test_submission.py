"""Submitting: what is handed to the scheduler."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from xpm_tasks import (
    Config,
    DependentMarker,
    LightweightTask,
    Meta,
    Param,
    PathGenerator,
    ResumableTask,
    RunMode,
    SubmissionError,
    Task,
    TransientMode,
    copyconfig,
    field,
    tag,
)
from xpm_tasks.testing import FakeSubmitter


class Model(Config):
    __xpmid__ = "t.Model"
    width: Param[int]


class Loader(Config):
    __xpmid__ = "t.Loader"
    model: Param[Model]
    path: Meta[Path]


class Learn(Task):
    __xpmid__ = "t.Learn"
    model: Param[Model]
    lr: Param[float] = field(default=0.1)
    weights: Meta[Path] = field(default_factory=PathGenerator("weights.pt"))

    def task_outputs(self, dep: DependentMarker) -> Loader:
        return dep(Loader.C(model=self.model, path=self.weights))

    def execute(self) -> None:
        pass


class Evaluate(Task):
    __xpmid__ = "t.Evaluate"
    loader: Param[Loader]

    def execute(self) -> None:
        pass


class Step(Task):
    __xpmid__ = "t.Step"
    previous: Param[Step | None]
    number: Param[int]

    def execute(self) -> None:
        pass


def test_what_is_submitted(submitter: FakeSubmitter) -> None:
    task = Learn.C(model=Model.C(width=tag(3)))
    task.submit(max_retries=2, transient=TransientMode.REMOVE, launcher="here")
    found = submitter.last
    assert found.task is task
    assert found.task_id == "t.learn"
    assert found.identifier == task.__identifier__().hex()
    assert found.tags == {"width": 3}
    assert found.dependencies == ()
    assert (found.max_retries, found.transient, found.launcher) == (2, TransientMode.REMOVE, "here")
    assert not found.resumable
    assert task.weights == submitter.job_path("t.learn", found.identifier) / "weights.pt"
    assert task.job is submitter.jobs["t.learn", found.identifier]
    assert task.jobpath == task.job.path


def test_output_makes_dependency(submitter: FakeSubmitter) -> None:
    learn = Learn.C(model=Model.C(width=3))
    loader = learn.submit()
    assert isinstance(loader, Loader)
    Evaluate.C(loader=loader).submit()
    assert submitter.last.dependencies == (learn,)


def test_same_identifier_same_job(submitter: FakeSubmitter) -> None:
    one, two = (Learn.C(model=Model.C(width=3)) for _ in range(2))
    one.submit()
    two.submit()
    assert one.job is two.job


def test_init_tasks_change_the_identifier(submitter: FakeSubmitter) -> None:
    class Init(LightweightTask):
        __xpmid__ = "t.Init"
        seed: Param[int]

    task = Step.C(previous=None, number=1)
    other = copyconfig(task)
    task.submit()
    other.submit(init_tasks=[Init.C(seed=1)])
    first, second = submitter.submissions
    assert first.identifier != second.identifier
    assert second.init_tasks[0] == Init.C(seed=1).seal()


def test_outside_an_experiment() -> None:
    with pytest.raises(SubmissionError, match="outside an experiment"):
        Step.C(previous=None, number=1).submit()


def test_dry_run_outside_an_experiment() -> None:
    task = Learn.C(model=Model.C(width=3))
    loader = task.submit(run_mode=RunMode.DRY_RUN)
    assert isinstance(loader, Loader)
    assert task.job.state == "DRY_RUN"


def test_resumable(submitter: FakeSubmitter) -> None:
    class Long(ResumableTask):
        pass

    Long.C().submit()
    assert submitter.last.resumable


def test_chain_of_tasks_depends_on_the_last_only(submitter: FakeSubmitter) -> None:
    task: Any = None
    for number in range(50):
        task = Step.C(previous=task, number=number).submit()
    assert submitter.last.dependencies == (submitter.submissions[-2].task,)


@pytest.mark.parametrize("text", ["dry_run", "DRY-RUN", "Dry_Run"])
def test_modes_are_read_in_any_case(text: str) -> None:
    assert RunMode(text) is RunMode.DRY_RUN


def test_threads_that_share_configurations(submitter: FakeSubmitter) -> None:
    """Each configuration is sealed once, whichever thread is first."""
    from concurrent.futures import ThreadPoolExecutor

    class Many(Task):
        models: Param[list[Model]]
        number: Param[int]

    models = [Model.C(width=number) for number in range(50)]
    tasks = [Many.C(models=models, number=number % 20) for number in range(100)]
    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(task.submit) for task in tasks]:
            future.result(timeout=60)
    assert len(submitter.jobs) == 20
    assert {item.identifier for item in submitter.submissions} == {
        task.__identifier__().hex() for task in tasks
    }
