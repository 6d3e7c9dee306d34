"""Generic configurations: a type variable has one concrete type in each object."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import pytest

from xpm_tasks import Config, ConfigurationError, DeclarationError, Param, clone, copyconfig, field
from xpm_tasks.generics import arguments_of, bindings_of

T = TypeVar("T")
U = TypeVar("U")


class Animal(Config):
    pass


class Dog(Animal):
    pass


class Cat(Animal):
    pass


class Stone(Config):
    pass


AnimalT = TypeVar("AnimalT", bound=Animal)
Number = TypeVar("Number", int, str)


class Box(Config, Generic[T]):
    value: Param[T]


class Pair(Config, Generic[T]):
    left: Param[T]
    right: Param[T]


class Two(Config, Generic[T, U]):
    one: Param[T]
    two: Param[U]


class Many(Config, Generic[T]):
    items: Param[list[T]]
    by_name: Param[dict[str, T]]
    first: Param[T]


class IntBox(Box[int]):
    pass


class ListBox(Box[list[U]], Generic[U]):
    pass


class Kennel(Config, Generic[AnimalT]):
    one: Param[AnimalT]
    two: Param[AnimalT]


class Shop(Config):
    box: Param[Box[int]]


class Nested(Config, Generic[T]):
    box: Param[Box[T]]
    value: Param[T]


class Choice(Config, Generic[Number]):
    value: Param[Number]


def make(cls: Any, **values: Any) -> Any:
    """Make a configuration; mypy would want ``Box[int].C(...)``."""
    return cls.C(**values)


def test_one_type_in_each_object() -> None:
    assert make(Box, value=1).value == 1
    assert make(Box, value="a").value == "a"
    assert make(Pair, left=1, right=2).right == 2
    with pytest.raises(
        ConfigurationError, match=r"Pair\.right must be int \(as T is elsewhere in this object\)"
    ):
        make(Pair, left=1, right="a")


def test_a_refused_value_leaves_the_object_as_it_was() -> None:
    pair = make(Pair, left=1, right=2)
    with pytest.raises(ConfigurationError):
        pair.right = "a"
    assert pair.right == 2
    single: Any = make(Pair, left=1)
    with pytest.raises(ConfigurationError):
        single.right = "a"
    assert "right" not in single.__dict__


def test_in_containers() -> None:
    make(Many, items=[1, 2], by_name={"a": 3}, first=4)
    with pytest.raises(ConfigurationError, match=r"Many\.first"):
        make(Many, items=[1], by_name={}, first="a")
    with pytest.raises(ConfigurationError, match=r"Many\.items\[1\]"):
        make(Many, items=[1, "a"], by_name={}, first=1)


def test_two_variables() -> None:
    two = make(Two, one=1, two="a")
    assert {variable.__name__: str(found) for variable, found in bindings_of(two).items()} == {
        "T": "int",
        "U": "str",
    }


def test_bound() -> None:
    make(Kennel, one=Dog.C(), two=Dog.C())
    with pytest.raises(ConfigurationError, match=r"Kennel\.one must be AnimalT \(Animal\)"):
        make(Kennel, one=Stone.C(), two=Dog.C())


def test_sub_types_have_their_common_parent() -> None:
    kennel = make(Kennel, one=Dog.C(), two=Cat.C())
    (found,) = arguments_of(kennel, Kennel)
    assert str(found) == "Animal"
    make(Pair, left=Dog.C(), right=Animal.C())
    with pytest.raises(ConfigurationError):
        make(Pair, left=Dog.C(), right=Stone.C())


def test_constraints() -> None:
    assert make(Choice, value=1).value == 1
    assert make(Choice, value="a").value == "a"
    with pytest.raises(ConfigurationError, match=r"Number \(int \| str\)"):
        make(Choice, value=[])


def test_generic_parameter() -> None:
    make(Shop, box=make(Box, value=1))
    make(Shop, box=make(IntBox, value=1))
    with pytest.raises(ConfigurationError, match=r"Shop\.box must be Box\[int\].*it is a Box\[str\]"):
        make(Shop, box=make(Box, value="a"))


def test_specialised_class() -> None:
    assert make(IntBox, value=1.0).value == 1
    with pytest.raises(ConfigurationError, match=r"IntBox\.value must be int"):
        make(IntBox, value="a")
    with pytest.raises(ConfigurationError, match=r"must be list\[U\]"):
        make(ListBox, value=1)
    assert [str(item) for item in arguments_of(make(ListBox, value=[1]), Box)] == ["list[int]"]


def test_generic_inside_a_generic() -> None:
    make(Nested, box=make(Box, value=1), value=2)
    with pytest.raises(ConfigurationError, match=r"Nested\.value"):
        make(Nested, box=make(Box, value=1), value="a")


def test_subscripted_class_makes_configurations() -> None:
    box = Box[int].C(value=1)
    assert isinstance(box, Box)


def test_too_many_arguments() -> None:
    with pytest.raises((DeclarationError, TypeError)):

        class Wrong(Config):
            box: Param[Box[int, str]]  # type: ignore[type-arg]


def test_default_of_a_type_variable() -> None:
    class WithDefault(Config, Generic[T]):
        value: Param[T] = field(default=cast(Any, 1))

    assert make(WithDefault).value == 1


class Color(enum.Enum):
    RED = 1


@pytest.mark.parametrize(
    ("left", "right", "shown"),
    [
        ([1], [2, 3], "list[int]"),
        ([], [1], "list[int]"),
        ([1], [], "list[int]"),
        ([Dog.C()], [Cat.C()], "list[Animal]"),
        ({1}, {2}, "set[int]"),
        ((1, 2), (3,), "tuple[int, ...]"),
        ({"a": 1}, {"b": 2}, "dict[str, int]"),
        (Color.RED, Color.RED, "Color"),
        (None, None, "T"),
        (object(), 3, "int"),
        (3, object(), "int"),
    ],
)
def test_inferred_types(left: Any, right: Any, shown: str) -> None:
    (found,) = arguments_of(make(Pair, left=left, right=right), Pair)
    assert str(found) == shown


@pytest.mark.parametrize(
    ("left", "right"), [([1], ["a"]), ({"a": 1}, {"a": "b"}), ((1,), ["a"]), (Color.RED, 1), (1, 1.5)]
)
def test_different_types(left: Any, right: Any) -> None:
    with pytest.raises(ConfigurationError, match="as T is elsewhere in this object"):
        make(Pair, left=left, right=right)


def test_variables_in_every_container() -> None:
    class All(Config, Generic[T]):
        one: Param[T]
        some: Param[set[T]] = field(default_factory=set)
        pair: Param[tuple[T, int]] = field(default=cast(Any, ("", 1)))
        many: Param[tuple[T, ...]] = field(default=())
        maybe: Param[T | None] = field(default=None)
        by_name: Param[dict[str, T]] = field(default_factory=dict)
        either: Param[list[T] | int] = field(default=3)

    good: dict[str, Any] = {
        "some": {"b"}, "pair": ("c", 1), "many": ("d",), "maybe": "e", "by_name": {"f": "g"}, "either": ["h"],
    }  # fmt: skip
    assert make(All, one="a", **good).maybe == "e"
    bad = {"some": {1}, "pair": (1, 1), "many": (1,), "maybe": 1, "by_name": {"f": 1}, "either": [1]}
    for name, value in bad.items():
        with pytest.raises(ConfigurationError, match=rf"All\.{name}"):
            make(All, **{"one": "a", name: value})
    assert make(All, one="a", either=4).either == 4


def test_classes_that_change_roles() -> None:
    """The same type variable may stand for something else in a sub-class."""

    class Other(Box[int], Generic[T]):
        other: Param[T]

    made = make(Other, value=1, other="a")
    assert [str(item) for item in arguments_of(made, Box)] == ["int"]
    assert [str(item) for item in arguments_of(made, Other)] == ["str"]
    make(Shop, box=made)


# --- Types given ---


def test_types_given_are_held_to() -> None:
    made: Any = Box[int].C(value=1)
    wrong: Any = "a"
    for act in (
        lambda: Box[int].C(value=wrong),
        lambda: setattr(made, "value", wrong),
        lambda: copyconfig(made, value=wrong),
        lambda: setattr(clone(made), "value", wrong),
    ):
        with pytest.raises(
            ConfigurationError, match=r"Box\.value must be int, not 'a' \(str\) \(at .*\.py:\d+\)"
        ):
            act()
    assert made.value == 1


def test_types_given_convert() -> None:
    one: Any = 1
    assert type(Box[float].C(value=one).value) is float
    assert Box[int | None].C(value=None).value is None
    assert Kennel[Dog].C(one=Dog.C(), two=Dog.C()).one is not None
    with pytest.raises(ConfigurationError, match=r"Kennel\.two must be Dog"):
        make(Kennel[Dog], one=Dog.C(), two=Cat.C())


def test_types_given_in_containers_and_parts() -> None:
    with pytest.raises(ConfigurationError, match=r"Many\.items\[0\] must be int"):
        make(Many[int], items=["a"], by_name={}, first=1)
    with pytest.raises(ConfigurationError, match=r"ListBox\.value\[0\] must be int"):
        make(ListBox[int], value=["a"])
    with pytest.raises(ConfigurationError, match=r"Nested\.box must be Box\[int\]"):
        make(Nested[int], box=Box[str].C(value="a"), value=1)
    make(Nested[Animal], box=Box[Dog].C(value=Dog.C()), value=Cat.C())


def test_some_types_given() -> None:
    """What is not known, or cannot be the type of a parameter, is not held to."""
    two: Any = Two
    assert make(two[int, U], one=1, two="a").two == "a"
    assert make(Box["int"], value="a").value == "a"
    assert make(Box[Path | complex], value="a").value == "a"
    with pytest.raises(ConfigurationError, match=r"Two\.one must be int"):
        make(two[int, U], one="a", two="a")


def test_types_given_do_not_change_identifiers() -> None:
    assert Box[int].C(value=1).__identifier__() == make(Box, value=1).__identifier__()
    assert Shop.C(box=Box[int].C(value=1)).box.value == 1


def test_generic_base_first() -> None:
    class First(Generic[T], Config):
        value: Param[T]

    with pytest.raises(ConfigurationError, match=r"First\.value must be int"):
        make(First[int], value="a")


def test_what_is_not_generic() -> None:
    plain: Any = Dog
    with pytest.raises(TypeError, match="Dog is not a generic class"):
        plain[int]
    box: Any = Box
    with pytest.raises(TypeError):
        box[int, str]
    with pytest.raises(TypeError, match=r"Box\.C takes its parameters by name"):
        box[int].C(1)
    assert repr(Box[int].C).endswith("Box[int].C")
    assert Box[int].C.__xpmtype__ is Box.__xpmtype__


def test_types_given_do_not_travel() -> None:
    class Local(Config, Generic[T]):
        value: Param[T]

    assert "bindings" not in Local[int].C(value=1).__xpm__.__getstate__()
