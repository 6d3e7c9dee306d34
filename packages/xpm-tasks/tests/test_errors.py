"""What users read when something is wrong: what, where in their code, and what to do.

Each case is one line of this file: the message must name that very line.
"""

# ruff: noqa: E501 - one case a line is the point

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from xpm_tasks import (
    Choices,
    Config,
    Constant,
    GracefulTimeout,
    LightweightTask,
    Meta,
    Param,
    PathGenerator,
    ResumableTask,
    RunMode,
    Task,
    TaskCancelled,
    XpmTasksError,
    copyconfig,
    errors,
    field,
    sealed_set,
    setmeta,
    stop_tags,
    tag,
)
from xpm_tasks.errors import (
    ConfigurationError,
    DirectCallError,
    GeneratedValueError,
    IdentifierError,
    MissingParameterError,
    NotAnInstanceError,
    ParameterValueError,
    ReadOnlyError,
    SubmissionError,
    UnknownParameterError,
    ValidationError,
)


class Color(enum.Enum):
    RED = 1


class Leaf(Config):
    size: Param[int]
    rate: Param[float] = field(default=0.5)


class Other(Config):
    pass


class Model(Config):
    leaf: Param[Leaf]
    leaves: Param[list[Leaf]] = field(default_factory=list)
    by_name: Param[dict[str, Leaf]] = field(default_factory=dict)
    color: Param[Color] = field(default=Color.RED)
    mode: Param[Literal["sum", "mean"]] = field(default="sum")
    path: Meta[Path] = field(default=Path())
    pair: Param[tuple[int, str]] = field(default=(1, "a"))
    names: Param[set[str]] = field(default_factory=set)
    choice: Param[Annotated[str, Choices(["a", "b"])]] = field(default="a")
    either: Param[int | str] = field(default=1)
    maybe: Param[int | None] = field(default=None)
    flag: Param[bool] = field(default=True)
    version: Constant[int] = 1


class Checked(Config):
    low: Param[int]
    high: Param[int]

    def __validate__(self) -> None:
        if self.low > self.high:
            raise ValueError("low must be below high")


class Holder(Config):
    checked: Param[Checked]


class Work(Task):
    model: Param[Any] = field(default=None)
    out: Meta[Path] = field(default_factory=PathGenerator("x"))


class Two(Config):
    one: Param[Leaf]
    two: Param[Leaf]


def leaf() -> Leaf:
    return Leaf.C(size=1)


def model(**values: Any) -> Any:
    return Model.C(leaf=leaf(), **values)


sealed: Any = model(leaves=[leaf()], by_name={"a": leaf()}, names={"x"}).seal()
any_model: Any = model()
L: Any = Leaf
instance: Any = leaf().instance()
missing: Any = L.C()
made_at = f"{__file__}:{inspect.currentframe().f_lineno - 1}"  # type: ignore[union-attr]
M: Any = Model
T: Any = Two

Case = tuple[Callable[[], Any], type[Exception], str]

#: What is run, what is raised, and what is said.
CASES: list[Case] = [
    # --- Values of the wrong type ---
    (lambda: L.C(size="3"), ParameterValueError, "Leaf.size must be int, not '3' (str) (at {here}); it is a string"),
    (lambda: L.C(size=2.5), ParameterValueError, "Leaf.size must be int, not 2.5 (float) (at {here})"),
    (lambda: L.C(size=None), ParameterValueError, "Leaf.size must be int, not None (NoneType) (at {here})"),
    (lambda: L.C(size=[1]), ParameterValueError, "Leaf.size must be int, not [1] (list) (at {here})"),
    (lambda: L.C(size=tag("3")), ParameterValueError, "Leaf.size must be int, not '3' (str) (at {here})"),
    (lambda: L.C(size=1, rate="x"), ParameterValueError, "Leaf.rate must be float, not 'x' (str) (at {here})"),
    (lambda: L.C(size=1, rate=True), ParameterValueError, "Leaf.rate must be float, not True (bool) (at {here})"),
    (lambda: M.C(leaf=3), ParameterValueError, "Model.leaf must be Leaf, not 3 (int) (at {here})"),
    (lambda: M.C(leaf=Leaf), ParameterValueError, "; this is the class: write Leaf.C(...)"),
    (lambda: M.C(leaf=Leaf.C), ParameterValueError, "; this is the class: write Leaf.C(...)"),
    (lambda: M.C(leaf=instance), ParameterValueError, "; this is an instance: give the configuration"),
    (lambda: M.C(leaf=Other.C()), ParameterValueError, "Model.leaf must be Leaf, not Other() (Other) (at {here})"),
    (lambda: M.C(leaves=leaf()), ParameterValueError, "Model.leaves must be list[Leaf], not Leaf(size=1)"),
    (lambda: M.C(leaves=[leaf(), 3]), ParameterValueError, "Model.leaves[1] must be Leaf, not 3 (int) (at {here})"),
    (lambda: M.C(leaves=(leaf(),)), ParameterValueError, "(tuple) (at {here}); write a list: [...]"),
    (lambda: M.C(by_name={"a": 1}), ParameterValueError, "Model.by_name['a'] must be Leaf, not 1 (int) (at {here})"),
    (lambda: M.C(by_name={1: leaf()}), ParameterValueError, "Model.by_name key must be str, not 1 (int) (at {here})"),
    (lambda: M.C(color="red"), ParameterValueError, "must be Color, not 'red' (str) (at {here}); write Color.RED"),
    (lambda: M.C(color=7), ParameterValueError, "(at {here}); one of Color.RED"),
    (lambda: M.C(mode="max"), ParameterValueError, "Model.mode must be Literal['sum', 'mean'], not 'max' (str)"),
    (lambda: M.C(path="a"), ParameterValueError, "Model.path must be Path, not 'a' (str) (at {here}); write Path(...)"),
    (lambda: M.C(pair=(1,)), ParameterValueError, "Model.pair must be tuple[int, str], not (1,) (tuple) (at {here})"),
    (lambda: M.C(pair=(1, 2)), ParameterValueError, "Model.pair[1] must be str, not 2 (int) (at {here})"),
    (lambda: M.C(names=["a"]), ParameterValueError, "(list) (at {here}); write a set: {{...}}"),
    (lambda: M.C(choice="c"), ParameterValueError, "Model.choice must be str (one of 'a', 'b'), not 'c' (str)"),
    (lambda: M.C(either=[]), ParameterValueError, "Model.either must be int | str, not [] (list) (at {here})"),
    (lambda: M.C(maybe="x"), ParameterValueError, "Model.maybe must be int | None, not 'x' (str) (at {here})"),
    (lambda: M.C(flag=1), ParameterValueError, "Model.flag must be bool, not 1 (int) (at {here}); write True or False"),
    (lambda: setattr(any_model, "leaf", 3), ParameterValueError, "Model.leaf must be Leaf, not 3 (int) (at {here})"),
    # --- Names ---
    (lambda: L.C(sise=1), UnknownParameterError, "Leaf has no parameter 'sise' (at {here}): did you mean 'size'?"),
    (lambda: L.C(zzz=1), UnknownParameterError, "no parameter 'zzz' (at {here}): its parameters are size, rate"),
    (lambda: Other.C(a=1), UnknownParameterError, "Other has no parameter 'a' (at {here}): it has none"),  # type: ignore[call-arg]
    (lambda: setattr(any_model, "leef", 1), UnknownParameterError, "Model has no parameter 'leef' (at {here}): did you mean 'leaf'?"),
    (lambda: any_model.leef, UnknownParameterError, "Model has no parameter 'leef' (at {here}): did you mean 'leaf'?"),
    (lambda: delattr(any_model, "leef"), UnknownParameterError, "Model has no parameter 'leef' (at {here})"),
    (lambda: copyconfig(any_model, leef=1), UnknownParameterError, "Model has no parameter 'leef' (at {here})"),
    # --- Missing values ---
    (lambda: missing.size, MissingParameterError, "Leaf.size has no value (at {here}); made without it (at {made_at})"),
    (lambda: missing.seal(), MissingParameterError, "Leaf has no value for 'size' (int): this Leaf was made without it (at {made_at})"),
    (lambda: M.C(leaf=missing).seal(), MissingParameterError, "Model.leaf has no value for 'size' (int)"),
    (lambda: model(leaves=[leaf(), missing]).seal(), MissingParameterError, "Model.leaves[1] has no value for 'size'"),
    (lambda: model(by_name={"k": missing}).instance(), MissingParameterError, "Model.by_name.k has no value for 'size'"),
    (lambda: M.C(leaf=missing).__identifier__(), MissingParameterError, "Model.leaf has no value for 'size' (int)"),
    (lambda: Work.C().out, MissingParameterError, "Work.out is generated when the configuration is sealed (at {here})"),
    # --- Calls ---
    (lambda: L(size=1), DirectCallError, "Leaf(size=...) makes nothing: write Leaf.C(size=...) for a configuration"),
    (lambda: L.C(1), DirectCallError, "Leaf.C takes its parameters by name"),
    (lambda: instance.tags(), NotAnInstanceError, "tags is for configurations: this Leaf is an instance"),
    (lambda: instance.instance(), NotAnInstanceError, "instance is for configurations"),
    (lambda: instance.seal(), NotAnInstanceError, "seal is for configurations"),
    (lambda: Work.C().remaining, UnknownParameterError, "Work has no parameter 'remaining' (at {here})"),  # type: ignore[attr-defined]
    # --- Read-only ---
    (lambda: setattr(sealed, "mode", "mean"), ReadOnlyError, "Model.mode cannot be set: the configuration is sealed (at {here}); make a copy with copyconfig(config, mode=...)"),
    (lambda: delattr(sealed, "mode"), ReadOnlyError, "the configuration is sealed"),
    (lambda: sealed.leaves.append(leaf()), ReadOnlyError, "this list belongs to a sealed configuration (at {here}): work on a copy"),
    (lambda: sealed.by_name.update(b=leaf()), ReadOnlyError, "this dict belongs to a sealed configuration (at {here})"),
    (lambda: sealed.names.add("y"), ReadOnlyError, "this set belongs to a sealed configuration (at {here})"),
    (lambda: setattr(any_model, "version", 2), ReadOnlyError, "Model.version is a constant (at {here})"),
    (lambda: M.C(version=2), ReadOnlyError, "Model.version is a constant (at {here})"),
    (lambda: sealed_set(sealed, mode="mean"), ReadOnlyError, "Model.mode is part of the identifier (at {here})"),
    (lambda: setmeta(sealed, True), ReadOnlyError, "this Model is sealed (at {here}): call setmeta before"),
    # --- Validation ---
    (lambda: Checked.C(low=2, high=1).seal(), ValidationError, "Checked is not valid: low must be below high (made at {here})"),
    (lambda: Holder.C(checked=Checked.C(low=2, high=1)).seal(), ValidationError, "Holder.checked is not valid: low must be below high (made at {here})"),
    (lambda: Checked.C(low=2, high=1).__xpm__.validate(), ValidationError, "low must be below high"),
    # --- Generated values ---
    (lambda: Work.C().seal(), ConfigurationError, "Work.out: a generated path needs a folder: submit the task, or give DirectoryContext(path)"),
    (lambda: Work.C().instance(), ConfigurationError, "a generated path needs a folder"),
    # --- Submission ---
    (lambda: Work.C().submit(), SubmissionError, "Work is submitted outside an experiment (at {here})"),
    (lambda: Work.C().submit(run_mode="NOPE"), ValueError, "NOPE"),
    (lambda: Work.C().submit(run_mode=RunMode.DRY_RUN, init_tasks=[3]), ConfigurationError, "an init task is a LightweightTask configuration, not 3 (at {here})"),  # type: ignore[list-item]
    (lambda: Work.C().job, SubmissionError, "this Work has not been submitted (at {here}): it has no job"),
    (lambda: Work.C().wait(), SubmissionError, "Work was not submitted"),
    (lambda: Work.C().__taskdir__, NotAnInstanceError, "__taskdir__ is known inside a job only"),
    (lambda: Work.C().watch_output(print, print), ConfigurationError, "Work is not a ResumableTask (at {here})"),
    (lambda: ResumableTask.C().watch_output(print, print), ConfigurationError, "watch_output takes the method of a configuration"),
    # --- Helpers ---
    (lambda: tag(leaf()), ParameterValueError, "config.tag(name, value), not with tag(config) (at {here})"),
    (lambda: tag([1]), ParameterValueError, "must be a number, a string or a boolean, not [1] (list) (at {here})"),
    (lambda: leaf().tag("x", object()), ParameterValueError, "the tag 'x' must be a number, a string or a boolean"),
    (lambda: model(names={tag("a")}), ParameterValueError, "a tag is for the whole value of a parameter"),
    (lambda: copyconfig(3), ParameterValueError, "copyconfig takes a configuration, not 3 (at {here})"),  # type: ignore[type-var]
    (lambda: setmeta(3, True), ParameterValueError, "setmeta takes a configuration, not 3 (at {here})"),  # type: ignore[type-var]
    (lambda: stop_tags(3), ParameterValueError, "stop_tags takes a configuration, not 3 (at {here})"),  # type: ignore[type-var]
    (lambda: any_model @ 3, ParameterValueError, "Model @ ... takes a configuration, not 3 (at {here})"),
    (lambda: any_model @ Other.C(), ParameterValueError, "Model has no parameter that can hold a Other (at {here})"),
    (lambda: T.C() @ leaf(), ParameterValueError, "Two has several parameters that can hold a Leaf (one, two) (at {here})"),
    (lambda: Work.C(model=object()).__identifier__(), IdentifierError, "Work.model: a value of type object has no identifier"),
]  # fmt: skip


@pytest.mark.parametrize(("run", "kind", "message"), CASES, ids=lambda item: getattr(item, "__name__", None))
def test_message(run: Callable[[], Any], kind: type[Exception], message: str) -> None:
    here = f"{__file__}:{run.__code__.co_firstlineno}"
    expected = (
        message.replace("{here}", here).replace("{made_at}", made_at).replace("{{", "{").replace("}}", "}")
    )
    with pytest.raises(kind) as caught:
        run()
    assert expected in str(caught.value)
    if kind not in (TypeError, ValueError):
        assert isinstance(caught.value, XpmTasksError)


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 50


def test_generated_value_in_another_task(tmp_path: Path) -> None:
    class Part(Config):
        path: Meta[Path] = field(default_factory=PathGenerator("part"))

    from xpm_tasks import DirectoryContext

    part = Part.C()
    Work.C(model=part).seal(DirectoryContext(tmp_path))
    with pytest.raises(
        GeneratedValueError, match=r"Work.model cannot hold this .*Part .*\.Part\.path\)|Part\.path"
    ):
        Work.C(model=part)
    with pytest.raises(GeneratedValueError):
        Work.C(model=[{"a": part}])
    Work.C(model=copyconfig(part))


def test_classes_of_errors() -> None:
    """What Python would raise, and our own root."""
    assert issubclass(UnknownParameterError, (ValueError, AttributeError))
    assert issubclass(MissingParameterError, AttributeError)
    assert issubclass(MissingParameterError, KeyError)
    assert issubclass(ReadOnlyError, AttributeError)
    assert issubclass(ConfigurationError, ValueError)
    assert issubclass(errors.DeclarationError, TypeError)
    for name in errors.__all__:
        kind = getattr(errors, name)
        assert issubclass(kind, XpmTasksError) or kind is TaskCancelled
        assert kind.__doc__


def test_messages_are_not_quoted() -> None:
    """`KeyError` shows the repr of its message."""
    assert str(MissingParameterError("a 'b'")) == "a 'b'"
    assert str(XpmTasksError()) == ""


def test_cancelled_passes_through_except_exception() -> None:
    error = TaskCancelled("stop", remaining_time=3.0)
    assert not isinstance(error, Exception)
    assert error.remaining_time == 3.0
    assert isinstance(GracefulTimeout("later"), Exception)
    assert str(GracefulTimeout("later")) == "later"


def test_hasattr_and_getattr_work_as_usual() -> None:
    assert not hasattr(any_model, "nothing")
    assert getattr(any_model, "nothing", 3) == 3
    assert not hasattr(any_model, "__array__")
    assert not hasattr(missing, "size")


def test_parameter_declared_without_param() -> None:
    class Habit(Config):
        layers: int = 3

    with pytest.raises(UnknownParameterError, match=r"declared as layers: Param\[\.\.\.\]"):
        Habit.C(layers=2)


def test_class_defined_again() -> None:
    """As a cell of a notebook that is run twice."""

    def define() -> Any:
        class Again(Config):
            pass

        return Again

    first, second = define(), define()

    class User(Config):
        again: Param[first]  # type: ignore[valid-type]

    with pytest.raises(ParameterValueError, match="it comes from another definition of Again"):
        User.C(again=second.C())


def test_light_tasks_must_say_what_they_do() -> None:
    with pytest.raises(NotImplementedError, match=r"LightweightTask\.execute"):
        LightweightTask.C().instance().execute()
