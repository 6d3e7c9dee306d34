from __future__ import annotations

import enum
import json
from pathlib import Path

from xpm_config.node import Node, from_plain
from xpm_config.origins import Origin
from xpm_config.show import document

HERE = Origin(text="here")


class Color(enum.Enum):
    RED = "red"


def test_plain_and_with_origins() -> None:
    tree = from_plain({"a": [1, {"b": None}], "c": {}, "d": []}, HERE)
    assert document(tree) == {"a": [1, {"b": None}], "c": {}, "d": []}
    assert document(tree, origin=True) == {
        "a": [{"value": 1, "origin": "here"}, {"b": {"value": None, "origin": "here"}}],
        "c": {},
        "d": [],
    }


def test_what_json_lacks() -> None:
    values = {"e": Color.RED, "p": Path("a"), "i": float("inf"), "m": -float("inf"), "n": float("nan")}
    found = document(from_plain(values, HERE))
    assert found == {"e": "red", "p": "a", "i": ".inf", "m": "-.inf", "n": ".nan"}
    json.dumps(found, allow_nan=False)


def test_a_single_value() -> None:
    assert document(Node(3, HERE), origin=True) == {"value": 3, "origin": "here"}
