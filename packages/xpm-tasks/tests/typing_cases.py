"""Right and wrong uses, as type checkers see them: not run, but checked by test_typing.py.

A line that ends with ``# E`` is wrong: pyright and mypy must both report it. All other lines are right.
"""

# ruff: noqa: B018 - some lines only read an attribute

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Dict, Generic, List, Literal, Optional, TypeVar, Union  # noqa: UP035

from typing_extensions import assert_type

from xpm_tasks import (
    STDOUT,
    Action,
    Choices,
    Config,
    Constant,
    DataPath,
    DependentMarker,
    DirectoryContext,
    InstanceConfig,
    Interaction,
    LightweightTask,
    Meta,
    Option,
    OptionalDataPath,
    Param,
    PathGenerator,
    ResumableTask,
    RunMode,
    SubmitHook,
    Task,
    TransientMode,
    cache,
    copyconfig,
    field,
    help,
    initializer,
    param_group,
    partial,
    progress,
    setmeta,
    tag,
    tagspath,
    tqdm,
)


class Color(Enum):
    RED = 1


T = TypeVar("T")
group = param_group("g")


class Encoder(Config):
    dim: Param[int]
    rate: Param[float] = field(default=0.1)


class BigEncoder(Encoder):
    layers: Param[int] = field(default=2, ignore_default=True)


class Other(Config):
    pass


class Model(Config):
    """A model."""

    encoder: Param[Encoder]
    name: Param[str]
    color: Param[Color] = field(default=Color.RED)
    mode: Param[Literal["sum", "mean"]] = field(default="sum")
    sizes: Param[list[int]] = field(default_factory=list)
    old_sizes: Param[List[int]] = field(default_factory=list)  # noqa: UP006
    options: Param[Dict[str, float]] = field(default_factory=dict)  # noqa: UP006
    pair: Param[tuple[int, str]] = field(default=(1, "a"))
    names: Param[set[str]] = field(default_factory=set)
    either: Param[Union[int, str]] = field(default=1)  # noqa: UP007
    maybe: Param[Optional[int]] = field(default=None)  # noqa: UP045
    anything: Param[Any] = field(default=None)
    choice: Param[Annotated[str, Choices(["a", "b"]), help("one of two")]] = field(default="a")
    device: Meta[str] = field(default="cpu")
    workers: Option[int] = field(default=1, groups=[group], help="processes")
    data: DataPath = field(default=Path("data"))
    other_data: OptionalDataPath = field(default=None)
    path: Meta[Path] = field(default_factory=PathGenerator("model.pt"))
    log: Meta[Path] = field(default_factory=STDOUT)
    version: Constant[int] = 1
    encoders: Param[list[Encoder]] = field(default_factory=list)
    by_name: Param[dict[str, Encoder]] = field(default_factory=dict)

    plain = 3

    def __validate__(self) -> None:
        assert_type(self.encoder.dim, int)
        if self.encoder.rate > 1:
            raise ValueError(self.name.upper())

    @initializer
    def initialize(self, seed: int) -> str:
        return str(seed)

    @cache("words.txt")
    def words(self, path: Path, number: int) -> list[str]:
        return path.read_text().split()[:number]


class Box(Config, Generic[T]):
    value: Param[T]


class Loader(LightweightTask):
    model: Param[Model]


class Learn(ResumableTask):
    model: Param[Model]
    epochs: Param[int] = field(default=10, groups=[group])
    resume = partial(exclude_groups=[group])
    checkpoint: Meta[Path] = field(default_factory=PathGenerator("last.pt", partial=resume))

    def task_outputs(self, dep: DependentMarker) -> Model:
        assert_type(dep(self.model.encoder), Encoder)
        return dep(copyconfig(self.model, path=self.checkpoint))

    def execute(self) -> None:
        for step in tqdm(range(self.epochs), desc="train"):
            assert_type(step, int)
            progress(step / self.epochs, desc="training")
        assert_type(self.remaining_time(), Optional[float])  # noqa: UP045
        assert_type(self.__taskdir__, Path)


class Plain(Task):
    x: Param[int]


class Publish(Action):
    model: Param[Model]

    def execute(self, interaction: Interaction) -> None:
        assert_type(interaction.choice("k", "l", ["a"]), str)


class WithActions(Task):
    def __submit__(self, dep: DependentMarker, add_action: Any) -> Encoder:
        add_action("publish", Publish.C(model=model))
        return dep(encoder)


class needs_java(SubmitHook):
    def spec(self) -> int:
        return 11


@needs_java()
class WithHook(InstanceConfig):
    x: Param[int] = field(default=1)


@Encoder.value_class()
class EncoderValue(Encoder):
    def run(self) -> int:
        return self.dim


# --- Making ---

encoder = Encoder.C(dim=3)
assert_type(encoder, Encoder)
assert_type(encoder.dim, int)
assert_type(encoder.rate, float)
big = BigEncoder.C(dim=3, layers=4)
assert_type(big, BigEncoder)
model = Model.C(encoder=encoder, name="m")
assert_type(model, Model)
assert_type(model.encoder, Encoder)
assert_type(model.maybe, Optional[int])  # noqa: UP045
assert_type(model.path, Path)
assert_type(model.data, Path)
assert_type(model.encoders[0].dim, int)
assert_type(model.by_name["a"], Encoder)
assert_type(model.color, Color)
Encoder.C(dim=3, rate=1)
Encoder.XPMConfig(dim=3)
Model.C(encoder=big, name="m", color=Color.RED, mode="mean", sizes=[1], options={"a": 1})
Model.C(encoder=encoder, name="m", pair=(1, "a"), names={"a"}, either="x", maybe=3, anything=object())
Model.C(encoder=encoder, name="m", choice="b", device="cuda", workers=2, data=Path("x"), other_data=None)
Model.C(encoder=encoder, name=tag("m"), sizes=tag([1]))
Box[int].C(value=3)
assert_type(Box[int].C(value=3).value, int)
assert_type(Box[Encoder].C(value=big).value, Encoder)
WithHook.C()

Encoder.C()  # E
Encoder.C(dim="3")  # E
Encoder.C(dim=2.5)  # E
Encoder.C(dim=None)  # E
Encoder.C(3)  # E
Encoder.C(dim=3, rates=1)  # E
Encoder.C(dim=3, rate="x")  # E
Encoder.C(dim=tag("x"))  # E
BigEncoder.C(layers=3)  # E
BigEncoder.C(dim=3, layers="x")  # E
Model.C(encoder=encoder)  # E
Model.C(name="m")  # E
Model.C(encoder=3, name="m")  # E
Model.C(encoder=Other.C(), name="m")  # E
Model.C(encoder=Encoder, name="m")  # E
Model.C(encoder=encoder, name=3)  # E
Model.C(encoder=encoder, name="m", color="red")  # E
Model.C(encoder=encoder, name="m", mode="max")  # E
Model.C(encoder=encoder, name="m", sizes=["a"])  # E
Model.C(encoder=encoder, name="m", sizes=(1, 2))  # E
Model.C(encoder=encoder, name="m", options={1: 2.0})  # E
Model.C(encoder=encoder, name="m", pair=(1, 2))  # E
Model.C(encoder=encoder, name="m", pair=(1,))  # E
Model.C(encoder=encoder, name="m", names=["a"])  # E
Model.C(encoder=encoder, name="m", either=[])  # E
Model.C(encoder=encoder, name="m", maybe="x")  # E
Model.C(encoder=encoder, name="m", device=3)  # E
Model.C(encoder=encoder, name="m", data="x")  # E
Model.C(encoder=encoder, name="m", encoders=[Other.C()])  # E
Model.C(encoder=encoder, name="m", by_name={"a": 3})  # E
Model.C(encoder=encoder, name="m", nane="x")  # E
Box[int].C(value="a")  # E
Box[Encoder].C(value=Other.C())  # E
Box[int].C()  # E

# --- Reading and setting ---

encoder.dim = 4
model.encoder = big
model.maybe = None
model.sizes.append(3)
encoder.dim = "4"  # E
model.encoder = Other.C()  # E
model.color = 1  # E
model.sizes.append("x")  # E
model.nothing  # E
model.encoder.nothing  # E
wrong_int: int = model.name  # E
wrong_name: Encoder = model  # E

# --- Helpers ---

assert_type(copyconfig(model, name="x"), Model)
assert_type(model.copy(), Model)
assert_type(model.seal(), Model)
assert_type(setmeta(encoder, True), Encoder)
assert_type(model.tag("lr", 0.1), Model)
assert_type(model.tags(), dict[str, Any])
assert_type(tagspath(model), str)
assert_type(model.instance(), Model)
assert_type(model.instance(DirectoryContext(Path())).encoder.dim, int)
assert_type(model.initialize(3), str)
assert_type(model.words(3), list[str])
assert_type(tag(3), int)
assert_type(model @ encoder, Model)
assert_type(model.__identifier__().hex(), str)
assert_type(Model.__xpmtype__.identifier, str)
model.initialize("x")  # E
model.words("x")  # E
copyconfig(3)  # E
setmeta("x", True)  # E
model @ 3  # E
tagspath(3)  # E
cache(3)  # E
field(default=1, unknown=2)  # E
PathGenerator(3)  # E
partial(exclude_groups=["g"])  # E

# --- Tasks ---

plain = Plain.C(x=1)
assert_type(plain.submit(), Plain)
assert_type(Learn.C(model=model).submit(), Model)
assert_type(WithActions.C().submit(), Encoder)
assert_type(plain.submit(run_mode=RunMode.DRY_RUN, transient=TransientMode.REMOVE, max_retries=3), Plain)
assert_type(plain.submit(init_tasks=[Loader.C(model=model)], launcher=object()), Plain)
assert_type(plain.jobpath, Path)
assert_type(plain.stdout(), Path)
plain.add_dependencies(object()).submit()
plain.on_completed(lambda: None)
plain.submit(init_tasks=[model])  # E
plain.submit(run_mode=3)  # E
plain.submit(max_retries="x")  # E
plain.submit(retries=3)  # E
Learn.C(model=encoder)  # E
Learn.C(model=model, epochs="x")  # E
Learn.C(model=model).submit().epochs  # E
Loader.C(model=model).submit()  # E
model.submit()  # E
progress("x")  # E


class WrongDefault(Config):
    x: Param[int] = field(default="a")  # E
    y: Param[int] = "a"  # E
    z: Param[list[int]] = field(default_factory=dict)  # E
    p: Meta[int] = field(default_factory=PathGenerator("x"))  # E
    m: Meta[str] = field(default=3)  # E


class WrongOverride(Encoder):
    dim: Param[str] = field(overrides=True)  # E


class WrongExecute(Task):
    def execute(self, value: int) -> None: ...  # E


class WrongHook(SubmitHook):
    def spec(self, value: int) -> int: ...  # E
