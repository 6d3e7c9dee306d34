from __future__ import annotations

import dataclasses
import enum
from typing import Annotated, Any, NewType

from xpm_config.base import configuration
from xpm_config.defaults import default_node, lay_defaults
from xpm_config.node import from_plain, to_plain
from xpm_config.origins import Origin

HERE = Origin(text="here")


class Color(enum.Enum):
    RED = "red"


@configuration
class Leaf:
    x: int = 1
    y: int = 2


@dataclasses.dataclass
class Tree:
    required: int
    leaf: Leaf = dataclasses.field(default_factory=lambda: Leaf(x=5))
    maybe: Leaf | None = None
    noted: Annotated[Leaf | None, "note"] = None
    either: Leaf | int = 3
    pair: tuple[Leaf, int] = dataclasses.field(default_factory=lambda: (Leaf(), 1))
    table: dict[Color, Leaf] = dataclasses.field(default_factory=dict)


Named = NewType("Named", Leaf)


def laid(values: Any, kind: Any) -> Any:
    return to_plain(lay_defaults(from_plain(values, HERE), kind))


def test_everything_is_laid() -> None:
    assert laid({}, Tree) == {
        "leaf": {"x": 5, "y": 2},
        "maybe": None,
        "noted": None,
        "either": 3,
        "pair": [{"x": 1, "y": 2}, 1],
        "table": {},
    }


def test_inside_what_is_written() -> None:
    found = laid(
        {"maybe": {"x": 3}, "noted": {}, "either": {"y": 1}, "pair": [{}, 2], "table": {"red": {}}}, Tree
    )
    assert found["maybe"] == {"x": 3, "y": 2}
    assert found["noted"] == found["table"]["red"] == found["pair"][0] == {"x": 1, "y": 2}
    assert found["either"] == {"x": 1, "y": 1}


def test_through_names_and_lists() -> None:
    assert laid({"x": 4}, Named) == {"x": 4, "y": 2}
    assert laid([{}], list[Leaf]) == [{"x": 1, "y": 2}]
    assert laid([{}], Any) == [{}]
    assert laid({"a": 1, "unknown": 2}, Leaf) == {"a": 1, "unknown": 2, "x": 1, "y": 2}


def test_laying_twice_changes_nothing() -> None:
    once = lay_defaults(from_plain({"leaf": {"y": 3}}, HERE), Tree)
    assert to_plain(lay_defaults(once, Tree)) == to_plain(once)


def test_what_is_untouched() -> None:
    tree = lay_defaults(from_plain({"leaf": {"y": 3}}, HERE), Tree)
    assert not tree.is_untouched and not tree.value["leaf"].is_untouched
    assert tree.value["pair"].is_untouched and tree.value["leaf"].value["x"].is_untouched
    assert default_node(Leaf(), HERE).instance == Leaf()
    assert not default_node({"a": "???"}, HERE).is_untouched
    assert list(default_node({Color.RED: 1, 2: 3}, HERE).value) == ["red", "2"]
