from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from xpm_config.defaults import default_node
from xpm_config.errors import InterpolationError
from xpm_config.interpolation import Resolution, resolve
from xpm_config.node import Node, from_plain, to_plain
from xpm_config.origins import Origin

HERE = Origin(text="here")


def resolution(values: Any) -> Resolution:
    return resolve(from_plain(values, HERE))


def resolved(values: Any) -> Any:
    found = resolution(values)
    assert not found.pending
    return to_plain(found.tree)


def test_nothing_to_do() -> None:
    tree = from_plain({"a": [1, {"b": "text"}]}, HERE)
    assert resolve(tree).tree is tree


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"a": 1, "b": "${a}"}, {"a": 1, "b": 1}),
        ({"a": 1, "b": "x-${a}"}, {"a": 1, "b": "x-1"}),
        ({"a": {"c": [5, 6]}, "b": "${a.c.1}"}, {"a": {"c": [5, 6]}, "b": 6}),
        ({"a": {"c": 5, "d": "${.c}"}, "b": "${a[c]}"}, {"a": {"c": 5, "d": 5}, "b": 5}),
        ({"a": {"b": {"c": "${..d}"}, "d": 3}}, {"a": {"b": {"c": 3}, "d": 3}}),
        ({"a": {"x": [1]}, "b": "${a}"}, {"a": {"x": [1]}, "b": {"x": [1]}}),
        ({"a": {"x": "${c}"}, "b": "${a}", "c": 2}, {"a": {"x": 2}, "b": {"x": 2}, "c": 2}),
        ({"a": ["${b}"], "b": None}, {"a": [None], "b": None}),
        ({"a": "\\${b}"}, {"a": "${b}"}),
        ({"a": "\\${a}"}, {"a": "${a}"}),
        ({"k": "b", "b": 2, "a": "${${k}}"}, {"k": "b", "b": 2, "a": 2}),
        ({"a": "${oc.env:XPM_NOPE,3}"}, {"a": "3"}),
        ({"a.b": 1, "c": {"d.e": "${x}"}, "x": 2}, {"a.b": 1, "c": {"d.e": 2}, "x": 2}),
    ],
)
def test_values(values: Any, expected: Any) -> None:
    assert resolved(values) == expected


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XPM_HERE", "there")
    assert resolved({"a": "${oc.env:XPM_HERE}/x"}) == {"a": "there/x"}


def test_the_origin_is_that_of_the_reference() -> None:
    tree = Node({"a": Node({"x": Node(1, HERE)}, HERE), "b": Node("${a}", Origin(text="b"))}, HERE)
    assert str(resolve(tree).tree.value["b"].value["x"].origin) == "b"


def test_objects_go_through_untouched() -> None:
    class Thing:
        def __str__(self) -> str:
            return "thing"

    thing = Thing()
    values = {"thing": thing, "path": Path("x"), "names": {3}}
    references = {f"r_{name}": f"${{{name}}}" for name in values}
    found = to_plain(resolve(default_node({**values, **references, "text": "a ${thing}"}, HERE)).tree)
    for name, value in values.items():
        assert found[f"r_{name}"] is value or found[f"r_{name}"] == value
        assert type(found[f"r_{name}"]) is type(value)
    assert found["text"] == "a thing"


def test_what_the_schema_may_still_give_is_pending() -> None:
    found = resolution({"a": "${batch_size}", "b": "${c}", "c": 1, "d": "${mine:1}", "e": "${f}", "f": "???"})
    assert to_plain(found.tree) == {
        "a": "${batch_size}",
        "b": 1,
        "c": 1,
        "d": "${mine:1}",
        "e": "${f}",
        "f": "???",
    }
    assert {path: error.hint for path, error in found.pending.items()} == {
        ("a",): "define this key",
        ("d",): "register the resolver in the `pre_experiment` code",
        ("e",): "use -c f=VALUE",
    }


@pytest.fixture
def resolver() -> Iterator[None]:
    with warnings.catch_warnings():  # OmegaConf renamed the function in 2.4
        warnings.simplefilter("ignore")
        OmegaConf.register_new_resolver("xpm_double", lambda x: 2 * x)
    yield
    OmegaConf.clear_resolver("xpm_double")


def test_own_resolvers(resolver: None) -> None:
    assert resolved({"a": "${xpm_double:${b}}", "b": 4}) == {"a": 8, "b": 4}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"a": "${a}"}, "a: the interpolation refers to itself (a -> a)"),
        ({"a": "${b}", "b": "x${a}"}, "(a -> b -> a)"),
        ({"a": {"x": "${b}"}, "b": "${a}"}, "refers to itself"),
        ({"a": {"x": "${a}"}}, "refers to itself"),
        ({"a": ["${a.0}"]}, "refers to itself"),
        ({"k": "a", "a": "${${k}}"}, "a: "),
        ({"a": "${"}, "bad syntax"),
        ({"a": "x", "b": "${a.c}"}, "b: "),
        ({"a": "${oc.env:XPM_NOPE}"}, "give a default"),
        ({"a": "${oc.decode:'{'}"}, "a: "),
    ],
)
def test_mistakes(values: Any, message: str) -> None:
    with pytest.raises(InterpolationError) as caught:
        resolution(values)
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["text", "list"])
def test_a_bomb_stops_at_once(kind: str) -> None:
    values: dict[str, Any] = {"a0": "xxxxxxxxxx"}
    for i in range(1, 60):
        reference = f"${{a{i - 1}}}"
        values[f"a{i}"] = reference * 8 if kind == "text" else [reference] * 8
    start = time.perf_counter()
    with pytest.raises(InterpolationError, match="expand to more than"):
        resolution(values)
    assert time.perf_counter() - start < 5


def test_a_deep_result() -> None:
    values: dict[str, Any] = {"a0": 1}
    for i in range(1, 20):
        values[f"a{i}"] = from_depth(f"${{a{i - 1}}}", 30)
    with pytest.raises(InterpolationError, match="inside each other"):
        resolution(values)


def from_depth(value: Any, depth: int) -> Any:
    for _ in range(depth):
        value = [value]
    return value


def test_a_long_chain() -> None:
    values: dict[str, Any] = {"a0": 1, **{f"a{i}": f"${{a{i - 1}}}" for i in range(1, 20)}}
    assert resolved(values)["a19"] == 1
    values |= {f"a{i}": f"${{a{i - 1}}}" for i in range(20, 300)}
    with pytest.raises(InterpolationError, match="in a row"):
        resolution(values)
