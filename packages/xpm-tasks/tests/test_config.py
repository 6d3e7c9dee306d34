"""Configuration objects: made, read, set, compared, shown."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from xpm_tasks import (
    Config,
    ConfigMixin,
    Constant,
    LightweightTask,
    Meta,
    Param,
    Task,
    clone,
    copyconfig,
    field,
    sealed_set,
    setmeta,
)
from xpm_tasks.errors import ReadOnlyError, UnknownParameterError


class Leaf(Config):
    x: Param[int]


class Model(Config):
    leaf: Param[Leaf]
    leaves: Param[list[Leaf]] = field(default_factory=list)
    name: Param[str] = field(default="m")
    options: Param[dict[str, int]] = field(default={"a": 1})
    version: Constant[int] = 1


def model(**values: Any) -> Model:
    return Model.C(leaf=Leaf.C(x=1), **values)


class Looped(Config):
    next: Param[Any] = field(default=None)


def test_a_configuration_is_an_instance_of_its_class() -> None:
    made = model()
    assert isinstance(made, Model)
    assert isinstance(made, Model.XPMConfig)
    assert isinstance(made, ConfigMixin)
    assert Model.C is Model.XPMConfig
    assert type(made).__name__ == "Model"
    assert not isinstance(made.leaf, Model)


def test_values() -> None:
    made = model(name="n")
    assert made.name == "n"
    assert made.version == 1
    assert made.leaf.x == 1
    assert made.leaves == []
    assert set(made.__xpm__.values) == {"leaf", "name", "leaves"}
    assert made.__arguments__ == {
        "leaf": made.leaf, "leaves": [], "name": "n", "options": {"a": 1}, "version": 1
    }  # fmt: skip


def test_defaults_belong_to_the_object() -> None:
    one, two = model(), model()
    one.leaves.append(Leaf.C(x=2))
    one.options["b"] = 2
    assert two.leaves == [] and two.options == {"a": 1}
    assert one.__identifier__() != two.__identifier__()


def test_default_configurations_belong_to_the_object() -> None:
    class Holder(Config):
        leaf: Param[Leaf] = field(default=Leaf.C(x=1))
        leaves: Param[list[Leaf]] = field(default=[Leaf.C(x=1)])

    one, two = Holder.C(), Holder.C()
    one.leaf.x = 5
    one.leaves[0].x = 5
    assert (two.leaf.x, two.leaves[0].x) == (1, 1)


def test_given_containers_are_copied() -> None:
    leaves = [Leaf.C(x=1)]
    made = model(leaves=leaves)
    leaves.append(Leaf.C(x=2))
    assert len(made.leaves) == 1


def test_setting_and_deleting() -> None:
    made = model()
    made.name = "other"
    assert made.name == "other"
    del made.name
    assert made.name == "m"


def test_class_attributes_and_properties() -> None:
    class Square(Config):
        side: Param[int]
        unit = "m"

        @property
        def area(self) -> int:
            return self.side**2

        @area.setter
        def area(self, value: int) -> None:
            self.side = int(value**0.5)

        @property
        def broken(self) -> int:
            return self.nothing  # type: ignore[attr-defined, no-any-return]

    square = Square.C(side=2)
    assert (square.area, square.unit) == (4, "m")
    square.area = 9
    assert square.side == 3
    with pytest.raises(UnknownParameterError, match="has no parameter 'nothing'"):
        _ = square.broken


def test_methods_of_the_user_win() -> None:
    class Own(Config):
        x: Param[int]

        def tags(self) -> dict[str, Any]:
            return {"mine": self.x}

        def __len__(self) -> int:
            return self.x

    assert Own.C(x=3).tags() == {"mine": 3}
    assert len(Own.C(x=3)) == 3


def test_a_parameter_may_be_called_like_a_method() -> None:
    class Odd(Config):
        copy: Param[int]  # type: ignore[assignment]
        tags: Param[list[str]]  # type: ignore[assignment]
        cls: Param[int] = field(default=0)
        config: Meta[int] = field(default=0)

    odd = Odd.C(copy=1, tags=["a"], cls=1)
    assert odd.cls == 1
    assert copyconfig(odd, config=2).config == 2
    sealed = copyconfig(odd).seal()
    sealed_set(sealed, config=3)
    assert sealed.config == 3
    assert odd.copy == 1 and odd.tags == ["a"]
    assert odd.instance().copy == 1
    assert copyconfig(odd, copy=2).copy == 2


# --- Equality ---


def test_unsealed_objects_are_equal_to_themselves_only() -> None:
    one, two = model(), model()
    assert one == one and one != two
    assert len({one, two}) == 2


def test_sealed_objects_are_equal_when_their_identifiers_are() -> None:
    one, two, three = model().seal(), model().seal(), model(name="x").seal()
    assert one == two and hash(one) == hash(two)
    assert one != three
    assert len({one, two, three}) == 2
    assert one != model()


# --- Sealing ---


def test_sealed_all_the_way_down() -> None:
    made = model(leaves=[Leaf.C(x=2)]).seal()
    for change in (
        lambda: setattr(made, "name", "n"),
        lambda: setattr(made.leaf, "x", 3),
        lambda: setattr(made.leaves[0], "x", 3),
        lambda: made.leaves.append(Leaf.C(x=1)),
        lambda: made.leaves.__setitem__(0, made.leaf),
        lambda: made.options.update(b=3),
        lambda: delattr(made, "name"),
    ):
        with pytest.raises(ReadOnlyError):
            change()  # type: ignore[no-untyped-call]
    assert made.seal() is made


def test_sealed_containers_are_like_any_other() -> None:
    made = model(leaves=[Leaf.C(x=2)]).seal()
    assert isinstance(made.leaves, list) and isinstance(made.options, dict)
    assert made.options == {"a": 1} and dict(made.options) == {"a": 1}
    assert made.leaves[:] == [made.leaves[0]] and type(made.leaves.copy()) is list
    assert type(copy.deepcopy(made.options)) is dict
    assert type(copy.copy(made.leaves)) is list
    assert pickle.loads(pickle.dumps(made.options)) == {"a": 1}


def test_libraries_attach_what_they_know() -> None:
    made: Any = model()
    made.__my_library__ = {1}
    made.seal().__my_library__.add(2)
    assert made.__my_library__ == {1, 2} and made.__identifier__() == model().__identifier__()
    assert not hasattr(made.copy(), "__my_library__") and not hasattr(again(made), "__my_library__")
    with pytest.raises(UnknownParameterError):
        made._mine = 1


# --- Copies ---


def test_copies() -> None:
    made = model(leaves=[Leaf.C(x=2)]).tag("k", 1)
    for copied in (made.copy(), copyconfig(made), copy.copy(made)):
        assert copied is not made and copied.leaf is made.leaf
        assert copied.leaves is not made.leaves and copied.leaves[0] is made.leaves[0]
        assert copied.tags() == {"k": 1}
        assert copied.__identifier__() == made.__identifier__()


def test_copy_with_changes() -> None:
    made = model().seal()
    changed = copyconfig(made, name="n", leaf=Leaf.C(x=9))
    assert (changed.name, changed.leaf.x) == ("n", 9)
    assert made.name == "m"
    changed.name = "again"


def test_copy_of_what_was_left_out() -> None:
    leaf = setmeta(Leaf.C(x=1), True)
    assert copyconfig(leaf).__xpm__.meta is True


@pytest.mark.parametrize("how", [clone, copy.deepcopy])
def test_clone_copies_everything_once(how: Callable[[Model], Model]) -> None:
    leaf = Leaf.C(x=1)
    made = Model.C(leaf=leaf, leaves=[leaf]).seal()
    copied = how(made)
    assert copied.leaf is not leaf
    assert copied.leaves[0] is copied.leaf
    copied.leaf.x = 4
    assert leaf.x == 1


def test_clone_of_a_loop() -> None:
    class Node(Config):
        next: Param[Any] = field(default=None)

    node = Node.C()
    node.next = node
    copied = clone(node)
    assert copied is not node and copied.next is copied


def test_copies_share_what_was_shared() -> None:
    leaf = Leaf.C(x=1)
    one, two = copy.deepcopy([Model.C(leaf=leaf), Model.C(leaf=leaf)])
    assert one.leaf is two.leaf is not leaf


# --- To another process ---


def again(value: Any) -> Any:
    """What another process gets."""
    return pickle.loads(pickle.dumps(value))


def test_pickled_configuration() -> None:
    made = model(leaves=[Leaf.C(x=2)]).tag("k", 1)
    copied = again(made)
    assert copied is not made and repr(copied) == repr(made)
    assert copied.__identifier__() == made.__identifier__() and copied.tags() == {"k": 1}
    assert copied.__xpmtype__ is Model.__xpmtype__
    copied.name = "n"
    assert made.name == "m"


@pytest.mark.parametrize("copying", [copyconfig, clone])
def test_pickled_sealed_configuration(copying: Callable[[Model], Model]) -> None:
    made = copying(model()).seal()
    copied = again(made)
    assert copied == made
    with pytest.raises(ReadOnlyError):
        copied.name = "n"
    with pytest.raises(ReadOnlyError):
        copied.options["b"] = 2


def test_pickled_loop() -> None:
    looped = Looped.C()
    looped.next = looped
    copied = again(looped)
    assert copied.next is copied and copied.__identifier__() == looped.__identifier__()


@pytest.mark.parametrize("keep", [True, False])
def test_pickled_instance(keep: bool) -> None:
    """The workers of a data loader get their dataset so."""
    leaf = Leaf.C(x=1)
    made = Model.C(leaf=leaf, leaves=[leaf]).instance(keep=keep)
    copied = again(made)
    assert type(copied) is Model and copied.leaf is copied.leaves[0] and copied.leaf.x == 1
    assert hasattr(copied, "xpmconfig") is keep
    if keep:
        assert copied.xpmconfig.leaf is copied.leaf.xpmconfig
        assert copied.xpmconfig.__identifier__() == made.xpmconfig.__identifier__()


# --- Shown ---


def test_shown() -> None:
    made = model(name="n", leaves=[Leaf.C(x=2)])
    assert repr(made) == "Model(leaf=Leaf(x=1), leaves=[Leaf(x=2)], name='n')"


def test_shown_to_depth_three() -> None:
    class Deep(Config):
        inner: Param[Any] = field(default=None)

    deep = Deep.C()
    for _ in range(5):
        deep = Deep.C(inner=deep)
    assert repr(deep) == "Deep(inner=Deep(inner=Deep(inner=Deep(...))))"
    assert repr(Deep.C(inner={"a": (1,), "b": {3}})) == "Deep(inner={'a': (1,), 'b': {3}})"


def test_information_shows_itself() -> None:
    assert repr(model().__xpm__) == "<information on Model>"
    assert repr(model().seal().__xpm__) == "<information on Model, sealed>"


# --- Classes of tasks ---


def test_tasks_are_light_tasks() -> None:
    class Work(Task):
        pass

    assert isinstance(Work.C(), LightweightTask)
    with pytest.raises(NotImplementedError):
        Work.C().instance().execute()
