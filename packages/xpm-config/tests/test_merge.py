from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from xpm_config.merge import merge, merge_all
from xpm_config.node import Node, from_plain, to_plain
from xpm_config.origins import Origin

_KEYS = st.sampled_from(["a", "b", "c"])
_LAYERS = st.dictionaries(
    _KEYS,
    st.recursive(
        st.none() | st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2),
        lambda inner: st.dictionaries(_KEYS, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=3,
)


def tree(value: Any, name: str = "x") -> Node:
    return from_plain(value, Origin(text=name))


def test_mappings_merge_and_the_rest_is_replaced() -> None:
    first = tree({"model": {"size": 1, "layers": [1, 2]}, "name": "a"})
    second = tree({"model": {"layers": [3]}, "title": "t"})
    assert to_plain(merge(first, second)) == {"model": {"size": 1, "layers": [3]}, "name": "a", "title": "t"}


def test_origins_follow_the_values() -> None:
    merged = merge(tree({"m": {"a": 1, "b": 2}}, "first"), tree({"m": {"b": 3}}, "second"))
    assert str(merged.value["m"].value["a"].origin) == "first"
    assert str(merged.value["m"].value["b"].origin) == "second"


def test_null_hides_what_was_there_for_ever() -> None:
    layers = [tree({"m": {"a": 1}}), tree({"m": None}), tree({"m": {"b": 2}})]
    assert to_plain(merge_all(layers)) == {"m": {"b": 2}}


@settings(deadline=None)
@given(_LAYERS, _LAYERS, _LAYERS)
def test_merging_is_associative(a: Any, b: Any, c: Any) -> None:
    x, y, z = tree(a, "a"), tree(b, "b"), tree(c, "c")
    left, right = merge(merge(x, y), z), merge(x, merge(y, z))
    assert left == right
    assert list(left.value) == list(right.value)  # the order of keys too


@settings(deadline=None)
@given(_LAYERS)
def test_an_empty_layer_changes_nothing(a: Any) -> None:
    assert to_plain(merge(tree({}), tree(a))) == a == to_plain(merge(tree(a), tree({})))


@settings(deadline=None)
@given(_LAYERS, _LAYERS)
def test_the_layers_are_left_alone(a: Any, b: Any) -> None:
    x, y = tree(a), tree(b)
    merge(x, y)
    assert to_plain(x) == a and to_plain(y) == b


@settings(deadline=None)
@given(_LAYERS, _LAYERS)
def test_the_later_layer_is_all_there(a: Any, b: Any) -> None:
    def check(found: Any, given: Any) -> None:
        if isinstance(given, dict):
            for key, value in given.items():
                check(found[key], value)
        else:
            assert found == given

    check(to_plain(merge(tree(a), tree(b))), b)
