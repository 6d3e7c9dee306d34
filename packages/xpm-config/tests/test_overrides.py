from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xpm_config.errors import OverrideError
from xpm_config.node import find, from_plain, to_plain
from xpm_config.origins import Origin
from xpm_config.overrides import apply_override, parse_override

TREE: dict[str, Any] = {
    "lr": 0.1,
    "model": {"size": 3, "layers": [1, 2]},
    "data": {"transforms": [{"name": "crop", "size": 3}, {"name": "flip"}]},
    "nothing": None,
    "gap": "???",
}


def changed(*texts: str) -> Any:
    tree = from_plain(TREE, Origin(text="file"))
    for text in texts:
        tree = apply_override(tree, parse_override(text))
    return to_plain(tree)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lr=1e-5", {"lr": 1e-5}),
        ("lr=", {"lr": None}),
        ("lr=null", {"lr": None}),
        ("lr='1'", {"lr": "1"}),
        ("lr=a=b", {"lr": "a=b"}),
        ("lr=http://x", {"lr": "http://x"}),
        (" lr =3", {"lr": 3}),
        ("lr=[1, {a: 2}]", {"lr": [1, {"a": 2}]}),
        ("model.size=true", {"model": {"size": True, "layers": [1, 2]}}),
        ("model[size]=4", {"model": {"size": 4, "layers": [1, 2]}}),
        ("model.layers.1=7", {"model": {"size": 3, "layers": [1, 7]}}),
        ("model.layers[0]=7", {"model": {"size": 3, "layers": [7, 2]}}),
        ("model.layers.-1=7", {"model": {"size": 3, "layers": [1, 7]}}),
        ("model.layers=[5]", {"model": {"size": 3, "layers": [5]}}),
        ("model={size: 4}", {"model": {"size": 4, "layers": [1, 2]}}),
        ("model=3", {"model": 3}),
        ("nothing.a.b=1", {"nothing": {"a": {"b": 1}}}),
        ("gap.a=1", {"gap": {"a": 1}}),
        ("new.key=1", {"new": {"key": 1}}),
        (
            "data.transforms.0.name=resize",
            {"data": {"transforms": [{"name": "resize", "size": 3}, {"name": "flip"}]}},
        ),
        (
            "data.transforms[1]={size: 9}",
            {"data": {"transforms": [{"name": "crop", "size": 3}, {"name": "flip", "size": 9}]}},
        ),
    ],
)
def test_changes(text: str, expected: dict[str, Any]) -> None:
    assert changed(text) == {**TREE, **expected}


def test_later_wins() -> None:
    assert changed("model.size=1", "model.size=2", "model={size: 3}")["model"]["size"] == 3


def test_origins() -> None:
    tree = apply_override(
        from_plain(TREE, Origin(text="file")), parse_override("data.transforms.0.name=resize")
    )
    for path, origin in {
        ("data", "transforms", 0, "name"): "-c data.transforms.0.name=resize",
        ("data", "transforms", 0, "size"): "file",
        ("data", "transforms", 1, "name"): "file",
        ("data",): "file",
    }.items():
        node = find(tree, path)
        assert node is not None and str(node.origin) == origin


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lr", "no '='"),
        ("=1", "is not a key"),
        ("a..b=1", "is not a key"),
        (".a=1", "is not a key"),
        ("model.layers.2=1", "no item 2"),
        ("model.layers.-3=1", "no item -3"),
        ("model.layers.x=1", "not the number of an item"),
        ("lr.a=1", "'lr' is 0.1"),
        ("lr=*a", "no anchor &a"),
        ("lr=[", "invalid YAML"),
        (".".join("a" * 60) + "=1", "more than 50 parts"),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    with pytest.raises(OverrideError) as caught:
        changed(text)
    assert message in str(caught.value) and f"-c {text}" in str(caught.value)


_KEYS = st.lists(st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_-]{0,5}", fullmatch=True), min_size=1, max_size=4)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(_KEYS, _VALUES)
def test_an_override_reads_back_as_given(keys: list[str], value: Any) -> None:
    # JSON is YAML; a lone surrogate or an escaped pair is not.
    text = json.dumps(value, ensure_ascii=False)
    if not all(c.isprintable() for c in text):
        text = json.dumps(value)
    if "\\ud" in text:
        return
    override = parse_override(f"{'.'.join(keys)}={text}")
    found: Any = to_plain(apply_override(from_plain({}, Origin(text="")), override))
    for key in keys:
        found = found[key]
    assert found == value


@settings(deadline=None)
@given(st.integers(0, 3), st.integers())
def test_only_the_item_changes(index: int, value: int) -> None:
    before = [{"a": i, "b": i} for i in range(4)]
    tree = from_plain({"items": before}, Origin(text=""))
    after = to_plain(apply_override(tree, parse_override(f"items.{index}.a={value}")))["items"]
    assert after[index] == {"a": value, "b": index}
    assert after[:index] + after[index + 1 :] == before[:index] + before[index + 1 :]
    assert to_plain(tree) == {"items": before}
