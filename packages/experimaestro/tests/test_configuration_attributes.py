"""The attributes that people use on configurations and on experiments."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from experimaestro import (
    Config,
    DirectoryContext,
    Param,
    Task,
    documentation,
    experiment,
    field,
    load_xp_info,
    tag,
)
from experimaestro.core.identifier import IdentifierComputer
from experimaestro.core.objects.config import clone
from experimaestro.core.types import ObjectType
from experimaestro.scheduler import JobState


def test_a_configuration(tasks: ModuleType, tmp_path: Path) -> None:
    model = tasks.Model.C(layers=tag(3))
    task = tasks.Learn.C(model=model)
    info = task.__xpm__
    assert (info.task, info.job) == (None, None)
    assert info.tags() == task.tags() == {"layers": 3}
    assert info.identifier == task.__identifier__() == IdentifierComputer.compute(task)
    assert IdentifierComputer.compute_original(task) == info.identifier
    assert info.values == {"model": model}
    assert {a.name: v for a, v in info.xpmvalues()} == {"model": model, "rate": 0.1}
    info.validate()
    assert isinstance(task.__xpmtype__, ObjectType)
    assert task.__getxpmtype__() is tasks.Learn.__xpmtype__
    rate = tasks.Learn.__getxpmtype__().arguments["rate"]
    assert (str(rate.type), rate.default, rate.required, rate.help) == (
        "float",
        0.1,
        False,
        "The learning rate",
    )
    assert tasks.Learn.C is tasks.Learn.XPMConfig
    assert isinstance(task, tasks.Learn.XPMConfig)
    assert task.copy() is not task and task.copy().__identifier__() == task.__identifier__()
    assert clone(task).model is not model
    instance = task.instance(DirectoryContext(tmp_path))
    assert isinstance(instance, tasks.Learn.XPMValue) and instance.out == tmp_path / "model.txt"
    info.seal(DirectoryContext(tmp_path))
    assert info.sealed


def test_a_task_that_runs(tasks: ModuleType, workdir: Path) -> None:
    told: list[object] = []
    checkpoint = tasks.Checkpoint.C()
    task = tasks.LongLearn.C(checkpoint=checkpoint).tag("kind", "long")
    with experiment(workdir, "attributes", report=False, register_signals=False, dirty_git="IGNORE") as xp:
        token = xp.token("gpu", 2)
        assert task.add_dependencies(token.dependency(1)) is task
        task.watch_output(checkpoint.at, lambda model: told.append(model.layers))
        task.on_completed(lambda *args: told.append("completed"))
        assert task.submit() is task
        assert task.__xpm__.task is task and task.__xpm__.job is task.job
        assert task.__xpm__.wait() is task.wait() is task.job.wait() is JobState.DONE
        assert task.jobpath == task.job.path
        assert task.stdout().read_text() == "learning\n" and task.stderr().is_file()
        assert task.tags() == task.__xpm__.tags() == {"kind": "long"}
    assert sorted(map(str, told)) == ["7", "completed"]
    info = load_xp_info(xp.workdir)
    (loaded,) = info.jobs.values()
    assert loaded.__identifier__() == task.__identifier__() and info.tags.popitem()[1] == {"kind": "long"}


def test_an_experiment(workdir: Path) -> None:
    with experiment(workdir, "attributes", report=False, register_signals=False, dirty_git="IGNORE") as xp:
        assert experiment.current() is xp
        assert xp.name == "attributes"
        assert xp.workdir.is_relative_to(workdir)
        assert xp.workspace.path == workdir
        assert xp.resultspath.is_relative_to(xp.workdir)
        assert xp.jobspath == xp.workdir / "jobs"
        assert xp.run_id and xp.hostname
        xp.setenv("NAME", "value")
        assert not xp.failed
    missing = [
        n for n in ["token", "add_action", "wait", "stop", "save", "load"] if not callable(getattr(xp, n))
    ]
    assert not missing


def test_documentation_gives_a_class_its_text() -> None:
    @documentation("Learns.\n\nAttributes:\n    rate: How fast\n")
    class Learn(Task):
        rate: Param[float]

    @documentation
    class Model(Config):
        """A model."""

        layers: Param[int] = field(default=1)

    assert Learn.__xpmtype__.title == "Learns."
    assert Learn.__xpmtype__.arguments["rate"].help == "How fast"
    assert Model.__xpmtype__.title == "A model."


def test_documentation_does_not_change_the_identifier(make_module: Callable[..., ModuleType]) -> None:
    code = "from experimaestro import Config, Param, documentation\n{}\nclass A(Config):\n    x: Param[int]\n"
    plain = make_module("xpm_documented", code.format("")).A.C(x=1).__identifier__()
    text = make_module("xpm_documented", code.format("@documentation('text')")).A.C(x=1).__identifier__()
    assert plain == text
