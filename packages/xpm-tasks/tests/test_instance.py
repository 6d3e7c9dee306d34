"""Instances: made once each, in the right order, with init tasks and generated paths."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from xpm_tasks import (
    Config,
    Constant,
    DeclarationError,
    DirectoryContext,
    LightweightTask,
    Meta,
    ObjectStore,
    Param,
    PathGenerator,
    Task,
    field,
)
from xpm_tasks.instance import is_instance
from xpm_tasks.runtime import origin_of


class Leaf(Config):
    x: Param[int]

    if not TYPE_CHECKING:  # a checker takes the parameters of `C` from `__init__` when there is one

        def __init__(self) -> None:
            self.events = ["init"]

    else:
        events: ClassVar[list[str]]

    def __post_init__(self) -> None:
        self.events.append(f"post {self.x}")


class Model(Config):
    leaf: Param[Leaf]
    leaves: Param[list[Leaf]]
    by_name: Param[dict[str, Leaf]] = field(default_factory=dict)
    some: Param[set[Leaf]] = field(default_factory=set)
    pair: Param[tuple[Leaf, int] | None] = field(default=None)
    width: Param[int] = field(default=3)
    version: Constant[int] = 2


class Node(Config):
    name: Param[str]
    next: Param[Any] = field(default=None)
    seen: Meta[Any] = field(default=None)

    def __post_init__(self) -> None:
        self.seen = (self.name, self.next.name if self.next else None)


def test_the_object_that_does_the_work() -> None:
    config = Leaf.C(x=1)
    made = config.instance()
    assert type(made) is Leaf and made is not config
    assert made.events == ["init", "post 1"]
    assert made.xpmconfig is config
    assert is_instance(made) and not is_instance(config) and not is_instance(3)


def test_shared_parts_stay_shared() -> None:
    leaf = Leaf.C(x=1)
    made = Model.C(
        leaf=leaf, leaves=[leaf, Leaf.C(x=1)], by_name={"a": leaf}, some={leaf}, pair=(leaf, 3)
    ).instance()
    assert made.leaves[0] is made.leaf is made.by_name["a"]
    assert made.leaves[1] is not made.leaf
    assert made.some == {made.leaf} and made.pair == (made.leaf, 3)
    assert (made.width, made.version) == (3, 2)


def test_containers_are_not_those_of_the_configuration() -> None:
    config = Model.C(leaf=Leaf.C(x=1), leaves=[]).seal()
    made = config.instance()
    assert type(made.leaves) is list
    made.leaves.append(made.leaf)
    assert config.leaves == []


def test_the_configuration_is_not_sealed() -> None:
    config = Leaf.C(x=1)
    assert config.instance().x == 1
    config.x = 2
    assert config.instance().x == 2


def test_loops() -> None:
    one, two = Node.C(name="1"), Node.C(name="2")
    one.next, two.next = two, one
    made = one.instance()
    assert made.next.next is made
    assert made.seen == ("1", "2") and made.next.seen == ("2", "1")


def test_not_kept() -> None:
    made = Leaf.C(x=1).instance(keep=False)
    assert not hasattr(made, "xpmconfig")
    assert origin_of(made).identifier == Leaf.C(x=1).__identifier__().hex()
    assert origin_of(made).config is None


def test_objects_shared_between_calls() -> None:
    leaf = Leaf.C(x=1)
    store = ObjectStore()
    one = Model.C(leaf=leaf, leaves=[]).instance(objects=store)
    two = Model.C(leaf=leaf, leaves=[leaf]).instance(objects=store)
    assert one.leaf is two.leaf is two.leaves[0]
    assert one.leaf.events == ["init", "post 1"]
    assert leaf in store and len(store) == 3
    assert store.get(Leaf.C(x=5)) is None


def test_init_tasks_run_last() -> None:
    events: list[str] = []

    class Init(LightweightTask):
        leaf: Param[Leaf]

        def execute(self) -> None:
            events.append(f"init task after {self.leaf.events[-1]}")

    leaf = Leaf.C(x=1)
    leaf.__xpm__.init_tasks = (Init.C(leaf=leaf),)
    Model.C(leaf=leaf, leaves=[]).instance()
    assert events == ["init task after post 1"]


# --- Generated paths ---


class Part(Config):
    path: Meta[Path] = field(default_factory=PathGenerator("part.txt"))


class Work(Task):
    out: Meta[Path] = field(default_factory=PathGenerator("out.txt"))
    part: Param[Part]
    parts: Param[list[Part]] = field(default_factory=list)
    by_name: Param[dict[str, Part]] = field(default_factory=dict)
    called: Meta[Path] = field(
        default_factory=PathGenerator(lambda context, config: context.folder() / "called")
    )

    def execute(self) -> None:
        pass


def test_generated_paths(weird_path: Path) -> None:
    config = Work.C(part=Part.C(), parts=[Part.C(), Part.C()], by_name={"a/b": Part.C(), "..": Part.C()})
    made = config.instance(DirectoryContext(weird_path))
    assert made.out == weird_path / "out.txt"
    assert made.called == weird_path / "called"
    assert made.part.path == weird_path / "out" / "part" / "part.txt"
    assert made.parts[1].path == weird_path / "out" / "parts" / "1" / "part.txt"
    assert made.by_name["a/b"].path == weird_path / "out" / "by_name" / "a%2Fb" / "part.txt"
    assert made.by_name[".."].path == weird_path / "out" / "by_name" / "%%2E%2E" / "part.txt"
    assert "out" not in config.__dict__


def test_a_given_path_is_kept(tmp_path: Path) -> None:
    made = Part.C(path=Path("mine")).instance(DirectoryContext(tmp_path))
    assert made.path == Path("mine")


def test_paths_of_a_sealed_configuration_stay(tmp_path: Path) -> None:
    config = Part.C().seal(DirectoryContext(tmp_path / "one"))
    assert config.instance(DirectoryContext(tmp_path / "two")).path == tmp_path / "one" / "part.txt"


def test_shared_part_has_one_path(tmp_path: Path) -> None:
    part = Part.C()
    made = Work.C(part=part, parts=[part]).instance(DirectoryContext(tmp_path))
    assert made.parts[0].path == made.part.path


def test_a_generator_that_gives_something_else(tmp_path: Path) -> None:
    class Wrong(Config):
        path: Param[int] = field(default_factory=PathGenerator("x"))  # type: ignore[assignment]

    with pytest.raises(ValueError, match=r"Wrong\.path: PathGenerator\('x'\) gave .*, not int"):
        Wrong.C().seal(DirectoryContext(tmp_path))
    assert not Wrong.C().__xpm__.sealed


def test_nothing_is_sealed_when_generation_fails(tmp_path: Path) -> None:
    class Wrong(Config):
        part: Param[Part]
        path: Param[int] = field(default_factory=PathGenerator("x"))  # type: ignore[assignment]

    config = Wrong.C(part=Part.C())
    with pytest.raises(ValueError):
        config.seal(DirectoryContext(tmp_path))
    assert not config.part.__xpm__.sealed and "path" not in config.part.__dict__


# --- Value classes ---


class Net:
    """What a library for neural networks may do with attributes."""

    def __init__(self) -> None:
        self.__dict__["_parts"] = {}

    def __setattr__(self, name: str, value: Any) -> None:
        self._parts[name] = value
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"no {name}")


class Base(Config):
    x: Param[int]


class Sub(Base):
    y: Param[int]


@Base.value_class()
class BaseValue(Base):
    def run(self) -> int:
        return self.x


@Sub.value_class()
class SubValue(Sub, BaseValue):
    def run(self) -> int:
        return super().run() + self.y


def test_value_classes() -> None:
    assert Base.XPMValue is BaseValue
    assert type(Base.C(x=1).instance()) is BaseValue
    made = Sub.C(x=1, y=2).instance()
    assert isinstance(made, SubValue) and made.run() == 3
    assert not isinstance(Base.C(x=1), BaseValue)


def test_value_class_of_the_parent_is_inherited() -> None:
    class Child(Base):
        z: Param[int]

        def double(self) -> int:
            return 2 * self.run()  # type: ignore[attr-defined, no-any-return]

    made = Child.C(x=2, z=1).instance()
    assert isinstance(made, BaseValue) and isinstance(made, Child)
    assert made.double() == 4
    assert type(made) is Child.XPMValue


def test_value_class_must_derive_from_the_class() -> None:
    with pytest.raises(DeclarationError, match="Other must derive from Base"):

        @Base.value_class()
        class Other: ...


def test_value_class_must_derive_from_the_parent_s() -> None:
    class Child(Base):
        pass

    with pytest.raises(DeclarationError, match="must derive from BaseValue, the value class of Base"):

        @Child.value_class()
        class ChildValue(Child): ...


def test_value_class_declares_no_parameter() -> None:
    class Child(Config):
        pass

    with pytest.raises(DeclarationError, match=r"declares parameters \(z\): declare them in"):

        @Child.value_class()
        class ChildValue(Child):
            z: Param[int]


@pytest.mark.parametrize("net_first", [True, False])
def test_with_a_library_that_takes_over_attributes(net_first: bool) -> None:
    bases: Any = (Net, Config) if net_first else (Config, Net)
    meta: Any = type(Config)
    kind = meta(
        "Network", bases, {"__annotations__": {"x": Param[int], "leaf": Param[Leaf]}, "__module__": __name__}
    )
    config = kind.C(x=1, leaf=Leaf.C(x=2))
    config.x = 3
    with pytest.raises(AttributeError, match="has no parameter 'zzz'"):
        _ = config.zzz
    made = config.instance()
    assert made._parts["x"] == 3 and isinstance(made._parts["leaf"], Leaf)
