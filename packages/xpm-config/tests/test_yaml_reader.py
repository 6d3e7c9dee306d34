from __future__ import annotations

import string
import time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from xpm_config import yaml_reader
from xpm_config.errors import ReadError
from xpm_config.node import to_plain, walk
from xpm_config.origins import Origin
from xpm_config.scalars import read_plain
from xpm_config.yaml_reader import parse_yaml

HERE = Origin(text="here")


@pytest.fixture(params=["C", "Python"], autouse=True)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML may be built without its C parser: both have to do."""
    if request.param == "C" and not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    if request.param == "Python":
        monkeypatch.setattr(yaml_reader, "_Loader", yaml.SafeLoader)


def parse(text: str) -> Any:
    node = parse_yaml(text, HERE)
    assert node is not None
    return to_plain(node)


def lines(text: str) -> dict[str, str]:
    node = parse_yaml(text, HERE, lambda line: Origin(text=str(line)))
    assert node is not None
    return {".".join(map(str, path)): str(child.origin) for path, child in walk(node) if path}


def test_values() -> None:
    assert parse("a: 1e-3\nb: [x, 'y', \"z\", '1', ~]\nc: {d: yes}\ne: |\n  text\n") == {
        "a": 1e-3,
        "b": ["x", "y", "z", "1", None],
        "c": {"d": True},
        "e": "text\n",
    }


def test_lines_are_those_of_the_keys() -> None:
    assert lines("a: 1\nb:\n  c:\n  - x\n  - d: |\n      long\n      text\ne: 3\n") == {
        "a": "1",
        "b": "2",
        "b.c": "3",
        "b.c.0": "4",
        "b.c.1": "5",
        "b.c.1.d": "5",
        "e": "8",
    }


def test_keys_are_text_as_written() -> None:
    assert parse("1: a\non: b\n1.50: c\nnull: d\n'': e\n") == {
        "1": "a",
        "on": "b",
        "1.50": "c",
        "null": "d",
        "": "e",
    }


def test_aliases_and_merge_keys() -> None:
    text = "base: &b {x: 1, y: 2}\nother: &o {x: 5, z: 6}\none: {<<: *b, y: 3}\n"
    text += "two:\n  y: 4\n  <<: [*b, *o]\nl: *b\n"
    found = parse(text)
    assert found["one"] == {"x": 1, "y": 3}
    assert found["two"] == {"x": 1, "y": 4, "z": 6}
    assert found["l"] == found["base"]


def test_anchored_key_and_quoted_merge_key() -> None:
    assert parse("&k a: 1\nb: *k\n'<<': 3\n") == {"a": 1, "b": "a", "<<": 3}


def test_alias_keeps_the_text() -> None:
    node = parse_yaml("a: &v 1.10\nb: *v\n", HERE)
    assert node is not None and node.value["b"].text == "1.10"


@pytest.mark.parametrize("text", ["", "   \n", "# only\n", "---\n", "---\n...\n"])
def test_nothing(text: str) -> None:
    assert parse_yaml(text, HERE) is None


def test_explicit_null_is_not_nothing() -> None:
    assert parse("~") is None


@pytest.mark.parametrize(
    "text",
    [
        "!!set {a}",
        "!!timestamp 2024-01-01",
        "!!binary aa",
        "!!omap [a: 1]",
        "!x {a: 1}",
        "!x [1]",
        "!!python/name:os.x",
    ],
)
def test_tags_that_are_refused(text: str) -> None:
    with pytest.raises(ReadError, match="not supported"):
        parse_yaml(text, HERE)


@pytest.mark.parametrize("text", ["!!map {a: 1}", "!!seq [1]", "! [1]", "!!str 3"])
def test_tags_that_say_nothing_new(text: str) -> None:
    parse(text)


@pytest.mark.parametrize("text", ["? [a]\n: 1", "? {a: 1}\n: 1", "a: &x 1\n*x : 2", "!!int 3: 2"])
def test_keys_that_are_refused(text: str) -> None:
    with pytest.raises(ReadError, match="text"):
        parse_yaml(text, HERE)


def test_a_bomb_stops_at_once() -> None:
    text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1]\n"
    text += "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 8)}]\n" for i in range(1, 60))
    start = time.perf_counter()
    with pytest.raises(ReadError, match="more than 100000 values"):
        parse_yaml(text, HERE)
    assert time.perf_counter() - start < 5


def test_a_bomb_of_merge_keys() -> None:
    keys = ", ".join(f"k{i}: 1" for i in range(1000))
    text = f"a: &a {{{keys}}}\n" + "".join(f"b{i}: {{<<: *a}}\n" for i in range(200))
    with pytest.raises(ReadError, match="more than 100000 values"):
        parse_yaml(text, HERE)


_KEYS = st.text(string.ascii_letters + "é_- ", min_size=1, max_size=6)
# PyYAML does not quote the text `1e5`, which it takes for a text: here it is a number, as for OmegaConf.
_TEXTS = st.text(max_size=20).filter(
    lambda text: isinstance(read_plain(text), str) or "'" in yaml.safe_dump(text)
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(_VALUES)
def test_what_pyyaml_writes_is_read_back(value: Any) -> None:
    text = yaml.safe_dump(value)
    node = parse_yaml(text, HERE)
    assert (to_plain(node) if node is not None else None) == value


@settings(deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="ab:-[]{}&*!|>'\"%@`#, \n\t<?", max_size=40))
def test_any_text_gives_a_tree_or_a_read_error(text: str) -> None:
    try:
        parse_yaml(text, HERE)
    except ReadError as error:
        assert "\n" not in str(error)
