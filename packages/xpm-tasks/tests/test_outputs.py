"""Outputs of tasks: marked, watched, registered; actions; hooks; prepares; partial folders."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from xpm_tasks import (
    Action,
    CLIInteraction,
    Config,
    ConfigurationError,
    DependentMarker,
    Interaction,
    Meta,
    Param,
    PathGenerator,
    Prepare,
    ResumableTask,
    SubmitHook,
    Task,
    copyconfig,
    field,
    param_group,
    partial,
)
from xpm_tasks.errors import DeclarationError, NotAnInstanceError
from xpm_tasks.outputs import dispatch, watched_key
from xpm_tasks.submission import JobLike, Submitter
from xpm_tasks.testing import FakeRuntime, FakeSubmitter


class Model(Config):
    width: Param[int]


class Checkpoint(Config):
    model: Param[Model]
    step: Param[int]
    path: Meta[Path] = field(default_factory=PathGenerator("checkpoint.pt"))


class Validation(Config):
    model: Param[Model]

    def checkpoint(self, dep: DependentMarker, *, step: int) -> Checkpoint:
        return dep(Checkpoint.C(model=self.model, step=step))


class Learn(ResumableTask):
    validation: Param[Validation]

    def execute(self) -> None:
        self.register_task_output(self.validation.checkpoint, step=3)


class Evaluate(Task):
    checkpoint: Param[Checkpoint]


# --- Marks ---


class Several(Task):
    model: Param[Model]

    def task_outputs(self, dep: DependentMarker) -> dict[str, list[Config]]:
        return {"all": [dep(self.model), dep(Checkpoint.C(model=self.model, step=1))]}


class Pick(Task):
    inputs: Param[Any]


def test_outputs_of_any_shape(submitter: FakeSubmitter) -> None:
    task = Several.C(model=Model.C(width=1))
    result = task.submit()
    assert all(item.__xpm__.task is task for item in result["all"])
    Pick.C(inputs=result["all"]).submit()
    assert submitter.last.dependencies == (task,)
    # Sealed in the folder of the task that makes it.
    checkpoint = result["all"][1]
    assert isinstance(checkpoint, Checkpoint)
    assert checkpoint.path == task.jobpath / "checkpoint.pt"


def test_output_can_be_used_in_another_task_with_its_paths(submitter: FakeSubmitter) -> None:
    result = Several.C(model=Model.C(width=1)).submit()
    checkpoint = result["all"][1]
    assert isinstance(checkpoint, Checkpoint)
    Evaluate.C(checkpoint=checkpoint).submit()
    assert submitter.last.task.__xpm__.summary is not None
    assert not submitter.last.task.__xpm__.summary.has_generated


def test_dependencies_in_order_and_once(submitter: FakeSubmitter) -> None:
    one, two = (Several.C(model=Model.C(width=width)) for width in (1, 2))
    outputs = [one.submit()["all"][1], two.submit()["all"][1]]
    Pick.C(inputs=[outputs[1], {"k": outputs[0]}, outputs[1]]).submit()
    assert submitter.last.dependencies == (two, one)


def test_copy_of_an_output_is_one(submitter: FakeSubmitter) -> None:
    task = Several.C(model=Model.C(width=1))
    checkpoint = task.submit()["all"][1]
    Pick.C(inputs=copyconfig(checkpoint, path=Path("elsewhere"))).submit()
    assert submitter.last.dependencies == (task,)


def test_dependency_below_an_output(submitter: FakeSubmitter) -> None:
    """What the task of an output does not wait for must be waited for by those who use the output."""

    class Wrap(Task):
        def task_outputs(self, dep: DependentMarker) -> Pair:
            return dep(Pair.C(other=OUTPUTS[0]))

    first = Several.C(model=Model.C(width=1))
    OUTPUTS[:] = [first.submit()["all"][0]]
    wrap = Wrap.C()
    pair = wrap.submit()
    Pick.C(inputs=pair).submit()
    assert submitter.last.dependencies == (wrap, first)


class Pair(Config):
    other: Param[Any]


OUTPUTS: list[Any] = []


def test_mark_takes_configurations_only(submitter: FakeSubmitter) -> None:
    class Wrong(Task):
        def task_outputs(self, dep: Any) -> Any:
            return dep(3)

    with pytest.raises(
        ConfigurationError, match=r"dep\(\.\.\.\) takes a configuration, not 3 \(int\) \(at .*test_outputs"
    ):
        Wrong.C().submit()


def test_mark_of_the_task_itself(submitter: FakeSubmitter) -> None:
    class Itself(Task):
        def task_outputs(self, dep: DependentMarker) -> Itself:
            return dep(self)

    task = Itself.C()
    assert task.submit() is task
    assert task.__xpm__.task is task and task.__xpm__.output_of is None


def test_a_task_is_its_own_output(submitter: FakeSubmitter) -> None:
    class Plain(Task):
        path: Meta[Path] = field(default_factory=PathGenerator("x"))

    plain = Plain.C()
    assert plain.submit() is plain
    Pick.C(inputs=plain).submit()
    assert submitter.last.dependencies == (plain,)


def test_protocols() -> None:
    assert isinstance(FakeSubmitter(Path()), Submitter)
    submitter = FakeSubmitter(Path())
    with submitter.current():
        task = Pick.C(inputs=1)
        task.submit()
    assert isinstance(task.job, JobLike)
    assert task.wait() == task.__xpm__.wait() == "DONE"
    assert task.stdout() == task.jobpath / "pick.out"
    assert task.stderr() == task.jobpath / "pick.err"
    assert task.__xpm_stdout__ == task.stdout()


def test_another_submitter(tmp_path: Path) -> None:
    other = FakeSubmitter(tmp_path)
    with FakeSubmitter(tmp_path).current() as current:
        Pick.C(inputs=1).submit(workspace=other)
    assert not current.submissions and len(other.submissions) == 1


def test_submitters_are_left_in_reverse_order(tmp_path: Path) -> None:
    from xpm_tasks.errors import SubmissionError
    from xpm_tasks.submission import pop_submitter, push_submitter

    one, two = FakeSubmitter(tmp_path), FakeSubmitter(tmp_path)
    push_submitter(one)
    push_submitter(two)
    with pytest.raises(SubmissionError, match="reverse order"):
        pop_submitter(one)
    pop_submitter(two)
    pop_submitter(one)


def test_other_init_tasks_after_submission(submitter: FakeSubmitter) -> None:
    from xpm_tasks import LightweightTask

    class Init(LightweightTask):
        pass

    task = Pick.C(inputs=1)
    task.submit()
    with pytest.raises(ConfigurationError, match="already submitted, with other init tasks"):
        task.submit(init_tasks=[Init.C()])


# --- Watched outputs ---


def test_watching(submitter: FakeSubmitter) -> None:
    received: list[Checkpoint] = []
    validation = Validation.C(model=Model.C(width=1))
    learn = Learn.C(validation=validation)
    learn.watch_output(validation.checkpoint, received.append).on_completed(print)
    learn.submit()
    (watched,) = submitter.last.watched_outputs
    assert submitter.last.on_completed == (print,)

    # In the job:
    runtime = FakeRuntime(learn.jobpath)
    with runtime.current():
        learn.instance().execute()
    ((key, payload),) = runtime.outputs
    assert key == watched_key(watched) and payload == {"step": 3}

    # In the experiment:
    made = dispatch(learn, watched, payload)
    assert received == [made] and made.step == 3
    Evaluate.C(checkpoint=made).submit()
    assert submitter.last.dependencies == (learn,)


def test_registering_outside_a_job() -> None:
    learn = Learn.C(validation=Validation.C(model=Model.C(width=1))).instance()
    with pytest.raises(NotAnInstanceError, match="inside a job only"):
        learn.execute()
    with pytest.raises(ConfigurationError, match="takes a method"):
        learn.register_task_output(print)


# --- Actions ---


class Publish(Action):
    """Publish the model."""

    model: Param[Model]

    def execute(self, interaction: Interaction) -> str:
        name = interaction.text("name", "Name", "model")
        where = interaction.choice("where", "Where", ["here", "there"])
        public = interaction.checkbox("public", "Public?", True)
        return f"{name} {where} {public} {self.model.width}"


class WithAction(Task):
    model: Param[Model]

    def __submit__(self, dep: DependentMarker, add_action: Any) -> Model:
        add_action("publish", Publish.C(model=self.model))
        return dep(self.model)


def test_actions_of_a_task(submitter: FakeSubmitter) -> None:
    model = WithAction.C(model=Model.C(width=4)).submit()
    assert isinstance(model, Model)
    ((name, action),) = submitter.actions
    assert name == "publish" and action.describe() == "Publish the model."
    interaction = CLIInteraction({"name": "n", "where": "there", "public": False})
    assert isinstance(interaction, Interaction)
    assert action.instance().execute(interaction) == "n there False 4"


def test_interaction_in_a_terminal() -> None:
    output = io.StringIO()
    answers = io.StringIO("\n3\n2\nmaybe\nn\n")
    interaction = CLIInteraction(stdin=answers, stdout=output)
    assert Publish.C(model=Model.C(width=1)).instance().execute(interaction) == "model there False 1"
    assert "Name [model]: " in output.getvalue() and "  2) there" in output.getvalue()
    assert (
        "Answer with a number from 1 to 2." in output.getvalue()
        and "Answer with y or n." in output.getvalue()
    )


def test_interaction_defaults_and_ends() -> None:
    interaction = CLIInteraction({"bad": "x"}, stdin=io.StringIO("\nthere\n"), stdout=io.StringIO())
    assert interaction.choice("c", "Choice", ["here", "there"], default="here") == "here"
    assert interaction.choice("c", "Choice", ["here", "there"]) == "there"
    with pytest.raises(EOFError, match="no answer to: Text"):
        interaction.text("t", "Text")
    with pytest.raises(ValueError, match="'x' is not one of here, there"):
        interaction.choice("bad", "Bad", ["here", "there"])
    assert CLIInteraction({"p": "yes"}).checkbox("p", "?") is True


def test_base_classes_say_what_is_missing() -> None:
    with pytest.raises(NotImplementedError, match=r"Action\.execute"):
        Action.C().instance().execute(CLIInteraction())
    with pytest.raises(NotImplementedError, match=r"Prepare\.prepare"):
        Prepare.C().instance().prepare()
    with pytest.raises(NotImplementedError, match=r"SubmitHook\.spec"):
        SubmitHook().spec()
    with pytest.raises(NotImplementedError, match=r"SubmitHook\.process"):
        SubmitHook().process(Any, None)


# --- Hooks and prepares ---


class needs_java(SubmitHook):
    def __init__(self, version: int) -> None:
        self.version = version

    def spec(self) -> int:
        return self.version

    def process(self, job: JobLike, launcher: Any) -> None:
        job.environ["JAVA"] = str(self.version)  # type: ignore[attr-defined]


@needs_java(11)
class Index(Config):
    pass


@needs_java(11)
class SubIndex(Index):
    pass


@needs_java(17)
class Search(Task):
    index: Param[Index]
    others: Param[list[Index]] = field(default_factory=list)


def test_hooks_once_for_each_specification(submitter: FakeSubmitter) -> None:
    task = Search.C(index=Index.C(), others=[SubIndex.C(), Index.C()])
    task.submit()
    hooks = submitter.last.submit_hooks
    assert sorted(hook.spec() for hook in hooks) == [11, 17]  # type: ignore[type-var]
    for hook in hooks:
        hook.process(task.job, None)
    assert task.job.environ["JAVA"] in ("11", "17")


def test_hooks_of_another_task_do_not_apply(submitter: FakeSubmitter) -> None:
    search = Search.C(index=Index.C())
    search.submit()
    Pick.C(inputs=search).submit()
    assert submitter.last.submit_hooks == ()


def test_hooks_decorate_configuration_classes() -> None:
    with pytest.raises(DeclarationError, match="decorates configuration classes"):

        @needs_java(3)
        class Plain: ...


class Download(Prepare):
    name: Param[str]

    def prepare(self) -> None: ...


def test_prepares(submitter: FakeSubmitter) -> None:
    download = Download.C(name="a")
    Pick.C(inputs=[download, {"k": download}, Download.C(name="b")]).submit()
    assert [item.name for item in submitter.last.prepares] == ["a", "b"]  # type: ignore[attr-defined]
    assert submitter.last.prepares[0] is download


# --- Partial folders ---

iterations = param_group("iterations")


class Train(ResumableTask):
    __xpmid__ = "p.Train"
    model: Param[Model]
    epochs: Param[int] = field(default=1, groups=[iterations])
    checkpoints = partial(exclude_groups=[iterations])
    path: Meta[Path] = field(default_factory=PathGenerator("last.pt", partial=checkpoints))


def test_partial_folders(submitter: FakeSubmitter) -> None:
    one, two, other = (
        Train.C(model=Model.C(width=1), epochs=1),
        Train.C(model=Model.C(width=1), epochs=2),
        Train.C(model=Model.C(width=2), epochs=1),
    )
    for task in (one, two, other):
        task.submit()
    assert one.path == two.path != other.path
    assert one.jobpath != two.jobpath
    folder = one.path.parent
    assert folder.parent == submitter.workspace_path / "partials" / "p.train" / "checkpoints"
    assert len(folder.name) == 64
    assert submitter.submissions[0].partial_folders == (folder,)
    one.submit()
    assert submitter.last.partial_folders == (folder,)


def test_partial_folder_of_a_part(submitter: FakeSubmitter) -> None:
    class Saver(Config):
        path: Meta[Path] = field(default_factory=PathGenerator("x", partial=Train.checkpoints))

    class Sub(Train):
        saver: Param[Saver]

    task = Sub.C(model=Model.C(width=1), saver=Saver.C())
    task.submit()
    assert task.saver.path.parent == task.path.parent


a, b = param_group("a"), param_group("b")


@pytest.mark.parametrize(
    ("which", "kept"),
    [
        (partial(), "none a b ab"),
        (partial(exclude_groups=[a]), "none b"),
        (partial(exclude_groups=[a, b]), "none"),
        (partial(exclude_groups=[a], include_groups=[b]), "none b ab"),
        (partial(exclude_no_group=True), "a b ab"),
        (partial(exclude_all=True), ""),
        (partial(exclude_all=True, include_groups=[a]), "a ab"),
    ],
)
def test_which_parameters_a_partial_keeps(which: Any, kept: str) -> None:
    groups: dict[str, tuple[Any, ...]] = {"none": (), "a": (a,), "b": (b,), "ab": (a, b)}
    assert " ".join(name for name, these in groups.items() if not which.excludes(these)) == kept


def test_partials_show_themselves_and_refuse_names() -> None:
    assert repr(Train.checkpoints) == "partial checkpoints" and repr(partial()) == "partial"
    assert repr(a) == "param_group('a')" and param_group("a") == a != b
    with pytest.raises(DeclarationError, match="is not a group of parameters"):
        partial(exclude_groups=["a"])  # type: ignore[list-item]


def test_partial_outside_a_class(submitter: FakeSubmitter) -> None:
    class Lost(Task):
        path: Meta[Path] = field(default_factory=PathGenerator("x", partial=partial()))

    with pytest.raises(DeclarationError, match="a partial is an attribute of a class"):
        Lost.C().submit()


def test_partial_identifier_uses_the_top_level_only(submitter: FakeSubmitter) -> None:
    class Holder(ResumableTask):
        train: Param[Train]
        resume = partial(exclude_groups=[iterations])
        path: Meta[Path] = field(default_factory=PathGenerator("x", partial=resume))

    paths = []
    for epochs in (1, 2):
        holder = Holder.C(train=Train.C(model=Model.C(width=1), epochs=epochs))
        holder.submit()
        paths.append(holder.path)
    assert paths[0] != paths[1]


def test_resources(submitter: FakeSubmitter) -> None:
    token, other = object(), object()
    part = Model.C(width=1).add_dependencies(token)
    Pick.C(inputs=[part, part]).add_dependencies(other).submit()
    assert list(submitter.last.resources) == [other, token]
    task = submitter.last.task
    Pick.C(inputs=task).submit()
    assert not submitter.last.resources


def test_dependencies_of_a_loop(submitter: FakeSubmitter) -> None:
    """Configurations that hold each other: all that is below counts, whichever is used."""
    tasks = [Pick.C(inputs=number) for number in range(2)]
    for task in tasks:
        task.submit()
    one, two = Pair.C(other=None), Pair.C(other=None)
    one.other, two.other = [two, tasks[0], Download.C(name="x")], [one, tasks[1]]
    Pick.C(inputs=one).submit()
    assert submitter.last.dependencies == tuple(reversed(tasks)) or submitter.last.dependencies == tuple(
        tasks
    )
    assert len(submitter.last.prepares) == 1
    Pick.C(inputs=two).submit()
    assert set(submitter.last.dependencies) == set(tasks)


def test_partial_folder_outside_an_experiment(tmp_path: Path) -> None:
    from xpm_tasks import DirectoryContext

    train = Train.C(model=Model.C(width=1)).instance(DirectoryContext(tmp_path))
    assert train.path.is_relative_to(tmp_path / "partials" / "p.train" / "checkpoints")
    with pytest.raises(ConfigurationError, match="a partial folder needs a workspace"):
        Train.C(model=Model.C(width=1)).instance()
