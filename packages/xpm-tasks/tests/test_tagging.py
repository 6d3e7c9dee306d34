"""Tags: collected from everything below, never from above."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Any

import pytest

from xpm_tasks import (
    Config,
    DependentMarker,
    LightweightTask,
    Param,
    Task,
    copyconfig,
    field,
    stop_tags,
    tag,
    tags,
    tagspath,
)
from xpm_tasks.testing import FakeSubmitter


class Color(enum.Enum):
    RED = 1


class Leaf(Config):
    x: Param[int] = field(default=1)


class Model(Config):
    leaf: Param[Leaf]
    others: Param[Any] = field(default=None)
    lr: Param[float] = field(default=0.1)


class Init(LightweightTask):
    seed: Param[int]

    def execute(self) -> None: ...


class Learn(Task):
    model: Param[Model]
    epochs: Param[int] = field(default=1)

    def task_outputs(self, dep: DependentMarker) -> Leaf:
        return dep(Leaf.C(x=tag(7)))


class Use(Task):
    leaf: Param[Leaf]


def test_tagged_values() -> None:
    model = Model.C(leaf=Leaf.C(x=tag(3)), lr=tag(0.5))
    assert model.leaf.x == 3
    assert model.tags() == tags(model) == {"lr": 0.5, "x": 3}
    assert model.leaf.tags() == {"x": 3}


def test_named_tags() -> None:
    model = Model.C(leaf=Leaf.C().tag("kind", "small").tag("n", 2))
    assert model.tags() == {"kind": "small", "n": 2}


def test_setting_a_tagged_value() -> None:
    leaf = Leaf.C()
    leaf.x = tag(4)
    assert leaf.tags() == {"x": 4}


def test_a_tag_goes_with_its_value() -> None:
    class Rated(Config):
        lr: Param[float]

    rated = Rated.C(lr=tag(0.1))
    changed = copyconfig(rated, lr=0.2)
    assert (changed.tags(), rated.tags(), copyconfig(rated).tags()) == ({}, {"lr": 0.1}, {"lr": 0.1})
    assert copyconfig(rated, lr=tag(0.2)).tags() == {"lr": 0.2}
    for wrong in ("x", tag("x")):
        with pytest.raises(ValueError, match=r"Rated\.lr must be float"):
            rated.lr = wrong  # type: ignore[assignment]
    assert rated.tags() == {"lr": 0.1}
    rated.lr = 0.3
    assert rated.tags() == {}
    rated.lr = tag(0.4)
    del rated.lr
    assert rated.tags() == {}
    named = Rated.C(lr=tag(0.1)).tag("lr", "low")
    named.lr = 0.2
    assert named.tags() == {"lr": "low"}


def test_everywhere_below() -> None:
    others = [Leaf.C().tag("a", 1), {"k": Leaf.C().tag("b", 2)}, (Leaf.C().tag("c", 3),)]
    assert Model.C(leaf=Leaf.C(), others=others).tags() == {"a": 1, "b": 2, "c": 3}


def test_in_loops_and_shared_parts() -> None:
    leaf = Leaf.C(x=tag(1))
    model = Model.C(leaf=leaf, others=[leaf])
    model.others = [model, leaf]
    assert model.tags() == {"x": 1}


def test_init_tasks_count(submitter: FakeSubmitter) -> None:
    Learn.C(model=Model.C(leaf=Leaf.C())).submit(init_tasks=[Init.C(seed=tag(5))])
    assert submitter.last.tags == {"seed": 5}


def test_output_has_the_tags_of_its_task(submitter: FakeSubmitter) -> None:
    output = Learn.C(model=Model.C(leaf=Leaf.C(), lr=tag(0.3)), epochs=tag(4)).submit()
    assert output.tags() == {"x": 7, "lr": 0.3, "epochs": 4}
    Use.C(leaf=output).submit()
    assert submitter.last.tags == {"x": 7, "lr": 0.3, "epochs": 4}


def test_never_from_above(submitter: FakeSubmitter) -> None:
    model = Model.C(leaf=Leaf.C(), lr=tag(0.3))
    Learn.C(model=model, epochs=tag(4)).submit()
    assert model.tags() == {"lr": 0.3}


def test_stopped_tags() -> None:
    model = Model.C(leaf=stop_tags(Leaf.C(x=tag(3))), lr=tag(0.5))
    assert model.tags() == {"lr": 0.5}
    assert model.leaf.tags() == {"x": 3}


def test_two_values_warn_and_say_where() -> None:
    one = Leaf.C(x=tag(1))
    two = Leaf.C(x=tag(2))
    with pytest.warns(
        UserWarning, match=r"the tag 'x' has two values: 1 \(at .*:\d+\), and 2 \(at .*:\d+\)"
    ) as found:
        assert Model.C(leaf=one, others=two).tags() == {"x": 1}
    assert str(found[0].message).count(__file__) == 2


def test_the_same_value_twice_is_fine() -> None:
    assert Model.C(leaf=Leaf.C(x=tag(1)), others=Leaf.C(x=tag(1))).tags() == {"x": 1}


def test_tagging_a_sealed_configuration() -> None:
    leaf = Leaf.C().seal()
    assert leaf.tags() == {}
    leaf.tag("k", 1)
    assert leaf.tags() == {"k": 1}


def test_values_are_plain() -> None:
    leaf = Leaf.C().tag("color", Color.RED).tag("path", Path("a/b")).tag("none", None)
    assert leaf.tags() == {"color": "RED", "path": "a/b", "none": None}


def test_path() -> None:
    leaf = Leaf.C(x=tag(3)).tag("model", "a/b").tag("lr", 0.1)
    assert tagspath(leaf) == "lr=0.1_model=a-b_x=3"
    assert tagspath(Leaf.C()) == ""


def test_where_tags_were_set() -> None:
    leaf = Leaf.C(x=tag(3))
    location = tags(leaf).locations["x"]
    assert location is not None and location.file == __file__


def test_tag_shows_itself() -> None:
    value: Any = tag(3)
    assert repr(value) == "tag(3)"
