from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from xpm_config.errors import InterpolationError
from xpm_config.interpolation import resolve
from xpm_config.node import Node, from_plain, to_plain, walk
from xpm_config.origins import Origin
from xpm_config.references import relevant

HERE = Origin(text="here")


def kept(values: Any) -> Any:
    tree = from_plain(values, HERE)
    places = {path: node for path, node in walk(tree) if node.is_interpolation}
    return relevant(tree, places, lambda node: node.value)


def test_only_what_is_needed_is_kept() -> None:
    values = {"big": list(range(100)), "a": {"x": 1, "y": 2}, "l": [1, {"z": 2}, 3], "b": "${a.x}-${l.1.z}"}
    assert kept(values) == {"a": {"x": 1}, "l": [None, {"z": 2}, None], "b": "${a.x}-${l.1.z}"}
    assert kept({"a": {"x": 1, "y": 2}, "b": "${a}", "c": 1}) == {"a": {"x": 1, "y": 2}, "b": "${a}"}
    assert kept({"a": {"x": "${.y}", "y": 2, "z": 3}, "c": 1}) == {"a": {"x": "${.y}", "y": 2}}
    assert kept({"a": "${oc.env:HOME}", "c": 1}) == {"a": "${oc.env:HOME}"}


def test_everything_is_kept_when_in_doubt() -> None:
    for text in ("${mine:c}", "${${c}}", "${oc.select:c}", "\\${c}", "${'c'}", "${....c}"):
        values = {"a": text, "c": 1, "d": 2}
        assert kept(values) == values


_KEYS = st.sampled_from(["a", "b", "c"])
_REFERENCES = st.lists(st.sampled_from(["a", "b", "c", "0", "1", ".", ".."]), min_size=1, max_size=3).map(
    lambda parts: "${" + ".".join(parts).replace("...", ".") + "}"
)
_VALUES = st.recursive(
    st.integers(0, 9)
    | st.sampled_from(["x", "", None])
    | _REFERENCES
    | st.lists(_REFERENCES, min_size=2).map("".join),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(_KEYS, _VALUES, min_size=1))
def test_same_as_omegaconf(values: dict[str, Any]) -> None:
    expected: Any
    try:
        expected = OmegaConf.to_container(OmegaConf.create(values), resolve=True)
    except (OmegaConfBaseException, RecursionError):
        expected = None
    try:
        found = resolve(from_plain(values, HERE))
    except InterpolationError:
        assert expected is None
        return
    if expected is None:
        assert found.pending
    else:
        assert not found.pending and to_plain(found.tree) == expected


def test_nodes_are_shared_when_nothing_changes() -> None:
    tree = from_plain({"a": {"x": 1}, "b": "${a.x}", "l": [1, "${b}"], "m": [1]}, HERE)
    found: Node = resolve(tree).tree
    assert found.value["a"] is tree.value["a"] and found.value["m"] is tree.value["m"]
    assert to_plain(found) == {"a": {"x": 1}, "b": 1, "l": [1, 1], "m": [1]}
