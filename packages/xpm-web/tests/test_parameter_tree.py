from __future__ import annotations

from typing import Any

from xpm_web.answers import ParameterNode
from xpm_web.parameter_tree import parameter_tree
from xpm_workspace.parameters import parse_parameters


def to(number: int) -> dict[str, Any]:
    return {"type": "python", "value": number}


def tree(nodes: list[ParameterNode]) -> dict[str, Any]:
    return {n.name: {"": n.value, **tree(n.children)} if n.children else n.value for n in nodes}


def test_what_is_within_what() -> None:
    objects = [
        {"id": 1, "typename": "a.Inner", "fields": {"x": 1, "y": "text"}},
        {"id": 2, "typename": "a.Middle", "fields": {"inner": to(1), "inners": 3}},
        {
            "id": 3,
            "typename": "a.Task",
            "fields": {"m": to(2), "mm": 4, "list": [to(1), to(2)], "map": {"k": to(1)}, "plain": [1, 2]},
        },
    ]
    found = parameter_tree(parse_parameters({"version": 3, "objects": objects}, "it"))
    assert found.type == "a.Task"
    assert tree(found.children) == {
        "m": {"": "Middle", "inner": {"": "Inner", "x": "1", "y": '"text"'}, "inners": "3"},
        "mm": "4",
        "list[0]": "Inner, as m.inner",
        "list[1]": "Middle, as m",
        'map["k"]': "Inner, as m.inner",
        "plain": "[1, 2]",
    }
