"""Types: what each accepts, what it stores, what it refuses and how it says so."""

from __future__ import annotations

import enum
import typing
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, Optional, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_tasks import Choices, Config, ConfigurationError, DeclarationError, Param
from xpm_tasks.types import Mismatch, Type, resolve_type
from xpm_tasks.types.containers import UnionType


class Color(enum.Enum):
    RED = 1
    BLUE = "b"


class Level(enum.IntEnum):
    LOW = 1


class Base(Config):
    pass


class Sub(Base):
    pass


UserId = NewType("UserId", int)
base, sub = Base.C(), Sub.C()

ACCEPTED: list[tuple[Any, Any, Any]] = [
    (int, 3, 3),
    (int, 3.0, 3),
    (int, True, True),
    (int, Level.LOW, Level.LOW),
    (float, 2, 2.0),
    (float, 2.5, 2.5),
    (str, "a", "a"),
    (bool, False, False),
    (Path, Path("a"), Path("a")),
    (Color, Color.RED, Color.RED),
    (None, None, None),
    (Any, object, object),
    (Optional[int], None, None),  # noqa: UP045
    (Optional[int], 3, 3),  # noqa: UP045
    (int | None, None, None),
    (Union[int, str], "a", "a"),  # noqa: UP007
    (int | float, 2.5, 2.5),
    (int | float, 2.0, 2),
    (float | int, 2, 2.0),
    (bool | int, True, True),
    (Literal["a", 1], "a", "a"),
    (Literal["a", 1], 1, 1),
    (Literal[None, 1], None, None),
    (list[int], [1, 2.0], [1, 2]),
    (list[float], [1], [1.0]),
    (list, [1, "a"], [1, "a"]),
    (typing.List[int], [1], [1]),  # noqa: UP006
    (typing.List, [1], [1]),  # noqa: UP006
    (typing.Dict[str, int], {"a": 1}, {"a": 1}),  # noqa: UP006
    (typing.Dict, {"a": 1}, {"a": 1}),  # noqa: UP006
    (typing.Set[int], {1}, {1}),  # noqa: UP006
    (typing.Tuple[int, str], (1, "a"), (1, "a")),  # noqa: UP006
    (set[int], {1, 2}, {1, 2}),
    (set[int], frozenset({1}), {1}),
    (frozenset[int], frozenset({1}), {1}),
    (tuple[int, str], (1.0, "a"), (1, "a")),
    (tuple[int, ...], (1, 2, 3), (1, 2, 3)),
    (tuple[()], (), ()),
    (dict[str, float], {"a": 1}, {"a": 1.0}),
    (dict[int, list[int]], {1: [2]}, {1: [2]}),
    (dict[Color, int], {Color.RED: 1}, {Color.RED: 1}),
    (dict, {1: 2}, {1: 2}),
    (Base, base, base),
    (Base, sub, sub),
    (Base | None, None, None),
    (list[Base], [sub, base], [sub, base]),
    (Annotated[str, Choices(["a", "b"])], "a", "a"),
    (Annotated[str | None, Choices(["a", None])], None, None),
    (UserId, 3, 3),
]


@pytest.mark.parametrize(("annotation", "value", "stored"), ACCEPTED)
def test_accepted(annotation: Any, value: Any, stored: Any) -> None:
    found = resolve_type(annotation).check(value)
    assert found == stored
    assert type(found) is type(stored)


REFUSED: list[tuple[Any, Any, str]] = [
    (int, "3", "it is a string: convert it with int(...)"),
    (int, 2.5, ""),
    (int, float("nan"), ""),
    (int, None, ""),
    (float, "3", "it is a string: convert it with float(...)"),
    (float, True, ""),
    (float, 10**400, "it is too large for a float"),
    (str, 3, ""),
    (str, Path("a"), "convert it with str(...)"),
    (bool, 1, "write True or False"),
    (bool, "true", ""),
    (Path, "a", "write Path(...)"),
    (Color, "red", "write Color.RED"),
    (Color, 1, "write Color.RED"),
    (Color, "b", "write Color.BLUE"),
    (Color, "green", "one of Color.RED, Color.BLUE"),
    (Literal["a", 1], True, ""),
    (Literal["a"], "b", ""),
    (list[int], (1,), "write a list: [...]"),
    (list[int], "ab", ""),
    (set[int], [1], "write a set: {...}"),
    (tuple[int, str], [1, "a"], "write a tuple: (...)"),
    (tuple[int, str], (1,), ""),
    (tuple[int, ...], [1], "write a tuple: (...)"),
    (dict[str, int], [("a", 1)], ""),
    (int | str, [], ""),
    (Base, Base, "this is the class: write Base.C(...)"),
    (Base, base.instance(), "this is an instance: give the configuration it was made from"),
    (Sub, base, ""),
    (Annotated[str, Choices(["a", "b"])], "c", ""),
]


@pytest.mark.parametrize(("annotation", "value", "hint"), REFUSED)
def test_refused(annotation: Any, value: Any, hint: str) -> None:
    with pytest.raises(Mismatch) as caught:
        resolve_type(annotation).check(value)
    assert caught.value.hint == hint


PATHS: list[tuple[Any, Any, str, str]] = [
    (list[int], [1, "a"], "[1]", "int"),
    (list[list[int]], [[1], [2, "a"]], "[1][1]", "int"),
    (dict[str, list[int]], {"k": ["a"]}, "['k'][0]", "int"),
    (dict[str, int], {1: 1}, " key", "str"),
    (tuple[int, str], (1, 2), "[1]", "str"),
    (tuple[int, ...], (1, "a"), "[1]", "int"),
    (set[int], {"a"}, "{...}", "int"),
    (list[int] | None, ["a"], "[0]", "int"),
    (int | None, "a", "", "int | None"),
    (int | str | None, [], "", "int | str | None"),
]


@pytest.mark.parametrize(("annotation", "value", "path", "expected"), PATHS)
def test_where_and_what(annotation: Any, value: Any, path: str, expected: str) -> None:
    with pytest.raises(Mismatch) as caught:
        resolve_type(annotation).check(value)
    assert "".join(caught.value.path) == path
    assert caught.value.expected == expected


@pytest.mark.parametrize(
    ("annotation", "shown"),
    [
        (list[int], "list[int]"),
        (dict[str, set[float]], "dict[str, set[float]]"),
        (tuple[int, str], "tuple[int, str]"),
        (tuple[int, ...], "tuple[int, ...]"),
        (tuple[()], "tuple[()]"),
        (Optional[Base], "Base | None"),  # noqa: UP045
        (Literal["a", 1], "Literal['a', 1]"),
        (Color, "Color"),
        (Any, "Any"),
        (Annotated[int, Choices([1, 2])], "int (one of 1, 2)"),
    ],
)
def test_shown(annotation: Any, shown: str) -> None:
    assert str(resolve_type(annotation)) == shown


@pytest.mark.parametrize(
    "annotation",
    [bytes, complex, typing.Callable[[int], int], dict[Path, int], dict[Base, int], type[int], 3, range, ...],
)
def test_unsupported(annotation: Any) -> None:
    with pytest.raises(DeclarationError):
        resolve_type(annotation)


def test_unions_are_flat_and_distinct() -> None:
    found = resolve_type(Optional[Union[int, Optional[int], str]])  # noqa: UP007, UP045
    assert isinstance(found, UnionType)
    assert str(found) == "int | None | str"
    assert resolve_type(Union[int, int]) == resolve_type(int)  # noqa: UP007


def test_equal_types() -> None:
    assert resolve_type(list[int]) == resolve_type(typing.List[int])  # noqa: UP006
    assert hash(resolve_type(list[int])) == hash(resolve_type(list[int]))
    assert resolve_type(list[int]) != resolve_type(list[str])
    assert resolve_type(Literal[1]) != resolve_type(Literal[True])
    assert resolve_type(int) != "int"


@pytest.mark.parametrize(
    ("new", "old", "allowed"),
    [
        (Sub, Base, True),
        (Base, Sub, False),
        (list[Sub], list[Base], True),
        (Sub, Base | None, True),
        (Sub | None, Base | None, True),
        (Base | None, Base, False),
        (dict[str, Sub], dict[str, Base], True),
        (Literal["a"], Literal["a", "b"], True),
        (Literal["c"], Literal["a", "b"], False),
        (int, str, False),
        (int, Any, False),
        (Annotated[str, Choices("ab")], str, True),
    ],
)
def test_narrows(new: Any, old: Any, allowed: bool) -> None:
    assert resolve_type(new).narrows(resolve_type(old)) is allowed


def test_values_are_copied() -> None:
    given = [[1]]
    stored = resolve_type(list[list[int]]).check(given)
    stored[0].append(2)
    assert given == [[1]]


def test_repr_of_a_value_that_cannot_be_shown() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    from xpm_tasks.types.base import short

    assert "Broken object" in short(Broken())
    assert len(short("x" * 1000)) == 120


class Array:
    """Compares as arrays do: the result has no truth value."""

    def __eq__(self, other: object) -> Any:
        return self

    def __bool__(self) -> bool:
        raise ValueError("ambiguous")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    "annotation", [int, float, bool, str, Color, Literal["a", 1], list[int], Base, int | str]
)
def test_arrays_are_refused_properly(annotation: Any) -> None:
    with pytest.raises(Mismatch):
        resolve_type(annotation).check(Array())


any_annotation: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([int, float, str, bool, Path, Color, Literal["a", 1], Any]),
    lambda inner: st.one_of(
        inner.map(lambda t: list[t]),  # type: ignore[valid-type]
        inner.map(lambda t: Optional[t]),  # noqa: UP045
        inner.map(lambda t: tuple[t, ...]),  # type: ignore[valid-type]
        st.tuples(st.sampled_from([str, int]), inner).map(lambda kv: dict[kv]),  # type: ignore[valid-type,misc]
    ),
    max_leaves=4,
)
values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from([Color.RED, Path()])
    ),
    lambda inner: st.one_of(
        st.lists(inner), st.dictionaries(st.text(), inner), st.lists(inner).map(tuple), st.just(object())
    ),
    max_leaves=6,
)


@given(any_annotation, values)
def test_a_value_is_refused_or_stays_accepted(annotation: Any, value: Any) -> None:
    type_: Type = resolve_type(annotation)
    try:
        stored = type_.check(value)
    except Mismatch as error:
        assert error.expected
        return
    again = type_.check(stored)
    assert repr(again) == repr(stored)


@pytest.mark.parametrize(
    "wrap", [lambda x: [x], lambda x: (x,), lambda x: {"a": x}, lambda x: [1, {"b": [x]}]]
)
@pytest.mark.parametrize("annotation", [Any, list[Any], dict[str, Any]])
def test_how_deep(annotation: Any, wrap: Any) -> None:
    class Deep(Config):
        x: Param[annotation]

    def nested(depth: int) -> Any:
        value: Any = []
        for _ in range(depth):
            value = wrap(value)
        return {"a": value} if annotation == dict[str, Any] else [value]

    made = Deep.C(x=nested(30)).seal()
    assert made.__identifier__() == Deep.C(x=nested(30)).__identifier__()
    with pytest.raises(
        ConfigurationError, match=r"must be nested at most 100 deep, not .*use configurations"
    ):
        Deep.C(x=nested(5000))


def test_containers_that_hold_themselves() -> None:
    class Deep(Config):
        x: Param[Any]

    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(ConfigurationError, match="nested at most 100 deep"):
        Deep.C(x=loop)
    shared: list[Any] = []
    assert Deep.C(x=[shared, [shared, shared]]).x == [[], [[], []]]
