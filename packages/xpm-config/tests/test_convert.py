"""Conversion of trees to types; the types are those that people write in their configurations."""

# ruff: noqa: UP007, UP045 - `Union` and `Optional` are what is tested
from __future__ import annotations

import dataclasses
import datetime
import enum
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NewType,
    Optional,
    TypeVar,
    Union,
)

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xpm_config.base import configuration
from xpm_config.convert import convert
from xpm_config.defaults import lay_defaults
from xpm_config.errors import ConfigurationError, SchemaError
from xpm_config.node import Node, from_plain
from xpm_config.origins import Origin
from xpm_config.yaml_reader import parse_yaml

HERE = Origin(text="here")
T = TypeVar("T")
Positive = NewType("Positive", int)


class Color(enum.Enum):
    RED = "red"
    Blue = "BLUE"
    GREEN = 3
    OFF = "off"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Name(str):
    def __new__(cls, value: str) -> Name:
        if not value:
            raise ValueError("a name is not empty")
        return super().__new__(cls, value)


@configuration
class Point:
    x: int
    y: int = 0


@configuration
class Circle:
    center: Point
    radius: float = 1.0


@dataclasses.dataclass
class Plain:
    """A dataclass of the standard library, with all that it allows."""

    a: int
    scale: dataclasses.InitVar[int] = 2
    total: int = dataclasses.field(init=False, default=0)
    _: dataclasses.KW_ONLY
    b: str = "b"

    def __post_init__(self, scale: int) -> None:
        self.total = self.a * scale


def read(text: str, kind: Any) -> Any:
    node = parse_yaml(text, HERE)
    return convert(node if node is not None else Node(None, HERE), kind, ("key",))


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (int, "3", 3),
        (int, "'3'", 3),
        (int, "1e6", 1_000_000),
        (float, "1e-4", 1e-4),
        (float, "'1e-4'", 1e-4),
        (float, "1", 1.0),
        (float, ".inf", float("inf")),
        (str, "abc", "abc"),
        (str, "2005.10", "2005.10"),
        (str, "010", "010"),
        (str, "1e-4", "1e-4"),
        (str, "yes", "yes"),
        (str, "12:30", "12:30"),
        (bool, "yes", True),
        (bool, "'False'", False),
        (bool, "0", False),
        (Any, "[1, {a: null}]", [1, {"a": None}]),
        (object, "x", "x"),
        (None, "null", None),
        (Optional[int], "null", None),
        (int | None, "3", 3),
        (Path, "a/b", Path("a/b")),
        (PurePosixPath, "a/b", PurePosixPath("a/b")),
        (Path, "~", None),
        (datetime.date, "2024-01-31", datetime.date(2024, 1, 31)),
        (datetime.datetime, "2024-01-31T12:00:00", datetime.datetime(2024, 1, 31, 12)),
        (Color, "red", Color.RED),
        (Color, "RED", Color.RED),
        (Color, "blue", Color.Blue),
        (Color, "3", Color.GREEN),
        (Color, "green", Color.GREEN),
        (Color, "off", Color.OFF),
        (Level, "2", Level.HIGH),
        (Level, "high", Level.HIGH),
        (Literal["a", "b"], "b", "b"),
        (Literal[1, "2"], "1", 1),
        (Literal[1, "2"], "2", "2"),
        (Literal["on", "off"], "off", "off"),
        (Literal["a", None], "null", None),
        (Literal[True, "auto"], "yes", True),
        (Literal[Color.RED], "red", Color.RED),
        (list, "[1, a]", [1, "a"]),
        (list[int], "['1', 2]", [1, 2]),
        (Sequence[float], "[1]", [1.0]),
        (Iterable[str], "[1]", ["1"]),
        (tuple, "[1]", (1,)),
        (tuple[int, str], "[1, 2]", (1, "2")),
        (tuple[int, ...], "[1, 2]", (1, 2)),
        (tuple[()], "[]", ()),
        (set[int], "[1, 1]", {1}),
        (frozenset[int], "[1]", frozenset({1})),
        (dict, "{1: a}", {"1": "a"}),
        (dict[str, int], "{a: 1}", {"a": 1}),
        (dict[int, str], "{1: 1}", {1: "1"}),
        (dict[Color, int], "{red: 1}", {Color.RED: 1}),
        (dict[float, int], "{1e-3: 1}", {1e-3: 1}),
        (dict[bool, int], "{on: 1}", {True: 1}),
        (Mapping[str, Point], "{a: {x: 1}}", {"a": Point(x=1)}),
        (Union[int, str], "3", 3),
        (Union[int, str], "'3'", "3"),
        (Union[int, str], "a", "a"),
        (int | float, "1.5", 1.5),
        (float | int, "1", 1),
        (Union[str, int], "3", 3),
        (int | list[int], "[1]", [1]),
        (Point | Circle, "{center: {x: 1}}", Circle(center=Point(x=1))),
        (bool | str, "on", True),
        (Point, "{x: 1}", Point(x=1)),
        (Circle, "{center: {x: 1, y: '2'}, radius: 3}", Circle(center=Point(x=1, y=2), radius=3.0)),
        (list[Point | None], "[{x: 1}, null]", [Point(x=1), None]),
        (Annotated[int, "doc"], "3", 3),
        (Annotated[Point | None, "doc"], "{x: 1}", Point(x=1)),
        (Positive, "3", 3),
        (T, "3", 3),
        (Final[int], "3", 3),
        (Name, "abc", Name("abc")),
    ],
)
def test_values(kind: Any, text: str, value: Any) -> None:
    if kind is Path and text == "~":
        with pytest.raises(SchemaError, match="a path, found null"):
            read(text, kind)
        return
    found = read(text, kind)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (int, "1.0", "key: expected an integer, found 1.0"),
        (int, "true", "expected an integer, found true"),
        (int, "", "expected an integer, found null"),
        (int, "1e-1", "expected an integer, found 0.1"),
        (float, "a", "expected a number, found the text 'a'"),
        (float, "true", "expected a number"),
        (float, "9" * 400, "too large"),
        (str, "", "expected a text, found null"),
        (str, "[]", "expected a text, found an empty list"),
        (str, "{}", "expected a text, found an empty mapping"),
        (bool, "2", "expected true or false, found 2"),
        (None, "1", "expected null, found 1"),
        (Path, "''", "expected a path"),
        (datetime.date, "x", "a date such as"),
        (datetime.datetime, "x", "a date and time such as"),
        (Color, "rde", "expected one of red, BLUE, 3, off, found the text 'rde'; did you mean 'red'?"),
        (Color, "", "found null"),
        (Color, "[red]", "found a list of one item"),
        (Literal["a", "b"], "[a]", "expected one of a, b"),
        (list[int], "3", "expected a list, found 3"),
        (list[int], "[1, a]", "key.1: expected an integer"),
        (tuple[int, int], "[1]", "expected a list of 2 items, found a list of one item"),
        (dict[str, int], "[1]", "expected keys and values"),
        (dict[int, int], "{a: 1}", "key.a: expected an integer as a key, found 'a'"),
        (Optional[int], "a", "expected an integer"),
        (Union[int, bool], "a", "expected an integer or true or false"),
        (int | Point, "a", "expected an integer or Point"),
        (int | Point, "{x: a}", "key.x: expected an integer"),
        (Point, "{}", "key.x: it is required"),
        (Point, "[1]", "expected the keys of Point, found a list"),
        (Point, "{x: 1, z: 2}", "key.z: Point has no such key; did you mean 'x'?"),
        (Circle, "{center: {x: q}}", "key.center.x: expected an integer"),
        (Plain, "{a: 1, total: 3}", "key.total: Plain computes this value"),
        (list[str], "['???']", "key.0: the value is still to be given"),
        (Name, "''", "Name (a name is not empty)"),
        (type, "x", "a type that YAML cannot give"),
        (Exception, "x", "Exception (a type that YAML cannot give)"),
    ],
)
def test_mistakes(kind: Any, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(text, kind)
    said = str(caught.value)
    if "did you mean 'x'" in message:  # the letters are too far apart: the keys are listed
        message = "key.z: Point has no such key; known keys: x, y"
    assert message in said and said.startswith("here: key") and "\n" not in said


def test_standard_dataclass() -> None:
    found = read("{a: 2, scale: 5, b: 3}", Plain)
    assert found == Plain(2, 5, b="3") and found.total == 10
    assert read("{a: 2}", Plain).total == 4


@pytest.mark.parametrize(
    "error", [ValueError("no\ngood"), TypeError("bad"), KeyError("gone"), AssertionError()]
)
def test_checks_of_the_class(error: Exception) -> None:
    @dataclasses.dataclass
    class Checked:
        a: int

        def __post_init__(self) -> None:
            raise error

    with pytest.raises(
        SchemaError, match=r"^here: key: Checked refuses these values: (no good|bad|gone|AssertionError)$"
    ):
        read("{a: 1}", Checked)


def test_objects_that_a_resolver_made_are_kept() -> None:
    point = Point(x=1)
    assert convert(Node(point, HERE), Point) is point
    error = ValueError()
    assert convert(Node(error, HERE), ValueError) is error
    assert convert(Node(Path("a"), HERE), str) == "a"
    assert convert(Node(Color.RED, HERE), Color) is Color.RED


def test_attrs() -> None:
    attrs = pytest.importorskip("attrs")

    @attrs.define
    class Layer:
        size: int
        _private: str = "p"
        names: list[str] = attrs.Factory(list)
        double: int = attrs.Factory(lambda self: 2 * self.size, takes_self=True)
        positive: int = attrs.field(default=1, validator=attrs.validators.gt(0))

    found = read("{size: '3', _private: q}", Layer)
    assert (found.size, found._private, found.names, found.double) == (3, "q", [], 6)
    with pytest.raises(SchemaError, match=r"key\.sise: Layer has no such key; did you mean 'size'"):
        read("{sise: 3}", Layer)
    with pytest.raises(SchemaError, match=r"key\.size: it is required"):
        read("{}", Layer)
    with pytest.raises(SchemaError, match="Layer refuses these values: 'positive' must be > 0"):
        read("{size: 1, positive: -1}", Layer)


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(_PLAIN.filter(lambda value: "???" not in repr(value)))
def test_any_keeps_everything(value: Any) -> None:
    assert convert(from_plain(value, HERE), Any) == value


_KINDS = st.sampled_from(
    [
        int,
        float,
        str,
        bool,
        Path,
        Color,
        list[int],
        dict[str, float],
        Optional[Point],
        Union[int, str],
        tuple[int, str],
    ]
)


@settings(deadline=None)
@given(_PLAIN, _KINDS)
def test_a_value_fits_or_is_refused_in_one_line(value: Any, kind: Any) -> None:
    try:
        convert(from_plain(value, HERE), kind, ("key",))
    except ConfigurationError as error:
        assert str(error).isprintable()


def test_ways_to_say_yes_and_no() -> None:
    for text, value in {
        "true": True,
        "YES": True,
        "on": True,
        "y": True,
        "1": True,
        "n": False,
        "OFF": False,
    }.items():
        assert convert(Node(text, HERE), bool) is value


def test_an_object_default_in_an_untyped_field() -> None:
    merged = lay_defaults(from_plain({"thing": {"y": 3}}, HERE), Untyped)
    assert convert(merged, Untyped) == Untyped(thing=Point(x=1, y=3))


@dataclasses.dataclass
class Untyped:
    thing: Any = dataclasses.field(default_factory=lambda: Point(x=1))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="`type X = ...` is new in Python 3.12")
def test_type_statement() -> None:
    namespace: dict[str, Any] = {}
    exec("type Number = int | float", namespace)
    assert read("1.5", namespace["Number"]) == 1.5
