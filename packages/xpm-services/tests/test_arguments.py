"""What a constructor was given, written as JSON and back."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_services.arguments import bound_arguments, call_with, decode, encode
from xpm_services.errors import NotStorable

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
PATHS = st.lists(TEXT.filter(lambda t: "\0" not in t), max_size=3).map(lambda parts: Path(*parts))
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
    | PATHS
)
KEYS = TEXT | st.integers() | st.sampled_from(["__path__", "__tuple__", "__dict__"]) | PATHS
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_round_trip(value: Any) -> None:
    again = decode(json.loads(json.dumps(encode(value), allow_nan=False)))
    assert again == value and repr(again) == repr(value)


def test_paths_are_translated_at_any_depth() -> None:
    value = {"a": [Path("/old/x"), {"b": (Path("/old/y"), "/old/text")}]}

    def translate(path: str) -> str:
        return path.replace("/old", "/new")

    expected = {"a": [Path("/new/x"), {"b": (Path("/new/y"), "/old/text")}]}
    assert decode(encode(value), translate) == expected
    assert decode(value, translate) == expected  # also when nobody encoded it


def test_secrets_are_left_out_at_any_depth() -> None:
    value = {"token": "t", "user": {"token": "t", "name": "n"}, "all": [{"token": 1}], 3: "three"}
    assert decode(encode(value, ["token"])) == {"user": {"name": "n"}, "all": [{}], 3: "three"}
    assert "t" not in json.dumps(encode({"a": {"token": "t"}}, {"token"})).replace("token", "")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": {"b": [0, object()]}}, r"a\.b\[1\] is a object, which is not stored"),
        ({"a": float("nan")}, "a is not a finite number"),
        ({"a": b"bytes"}, "a is a bytes"),
        (set(), "the value is a set"),
    ],
)
def test_what_is_not_stored_is_named(value: Any, message: str) -> None:
    with pytest.raises(NotStorable, match=message):
        encode(value)


def test_any_path_is_a_path() -> None:
    assert encode(PurePosixPath("x")) == {"__path__": "x"}


class Everything:
    def __init__(self, a: int, /, b: int, *rest: int, c: int = 3, **more: int) -> None:
        self.values = (a, b, rest, c, more)


class Plain:
    def __init__(self, b: int = 1, *rest: int, c: int = 3) -> None:
        self.values = (b, rest, c)


@pytest.mark.parametrize(
    ("cls", "args", "kwargs"),
    [
        (Everything, (1, 2), {}),
        (Everything, (1,), {"b": 2, "c": 4, "d": 5}),
        (Everything, (1, 2, 3, 4), {"c": 9}),
        (Plain, (), {}),
        (Plain, (5,), {"c": 4}),
        (Plain, (5, 6, 7), {}),
    ],
)
def test_constructors_of_any_shape(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    stored = json.loads(json.dumps(encode(bound_arguments(cls, args, kwargs))))
    assert call_with(cls, decode(stored)).values == cls(*args, **kwargs).values
