"""Whatever a file holds, loading it gives an object or our own error."""

# ruff: noqa: E501 - documents are easier to read unbroken

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xpm_tasks import Config, LoadError, Param, Task, field, from_state_dict
from xpm_tasks.graphs import load_xp_info
from xpm_tasks.parameters import load_task


class Leaf(Config):
    x: Param[int] = field(default=1)


class Work(Task):
    leaf: Param[Leaf | None] = field(default=None)
    leaves: Param[list[Leaf]] = field(default_factory=list)
    path: Param[Path | None] = field(default=None)
    value: Param[Any] = field(default=None)


def document() -> dict[str, Any]:
    return {
        "workspace": "/workspace",
        "version": 3,
        "objects": [
            {"id": 1, "module": __name__, "type": "Leaf", "typename": "leaf", "identifier": "0" * 64, "fields": {"x": 2}},
            {
                "id": 2, "module": __name__, "type": "Work", "typename": "work", "init-tasks": [], "meta": None, "task": None,
                "fields": {
                    "leaf": {"type": "python", "value": 1},
                    "leaves": [{"type": "python", "value": 1}],
                    "path": {"type": "path", "value": "out/x", "base": "job"},
                    "value": {"type": "set", "items": [1, {"type": "enum", "module": "enum", "enum": "Enum", "value": "A"}]},
                },
            },
        ],
    }  # fmt: skip


json_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(
        ["python", "path", "path.serialized", "enum", "set", "tuple", "dict", "float", "job", "workspace", "..", "\0"]
    )),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.text(), st.sampled_from(
                ["type", "value", "items", "base", "module", "enum", "id", "fields", "init-tasks", "meta", "task",
                 "version", "objects", "generated", "data", "file"]
            )), inner, max_size=4
        ),
    ),
    max_leaves=8,
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a document where something can be replaced."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found.extend(places(item, (*path, key)))
    return found


PLACES = places(document())


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A good document where a few things were replaced or removed."""
    result: Any = document()
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(PLACES))
        holder = result
        try:
            for key in path[:-1]:
                holder = holder[key]
            if draw(st.booleans()):
                holder[path[-1]] = draw(json_values)
            else:
                del holder[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue
    return result


def check(load: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            load()
        except LoadError as error:
            assert str(error)


@given(st.one_of(damaged(), json_values))
@settings(max_examples=300, deadline=None)
def test_damaged_documents(value: Any) -> None:
    check(lambda: from_state_dict(value))
    check(lambda: from_state_dict(value, as_instance=True))


@given(damaged())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_parameters(tmp_path: Path, value: Any) -> None:
    path = tmp_path / "params.json"
    path.write_text(json.dumps(value))
    check(lambda: load_task(path))


@given(st.binary(max_size=200), st.integers(0, 600), st.integers(0, 600))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_bytes(tmp_path: Path, garbage: bytes, start: int, end: int) -> None:
    content = json.dumps(document()).encode()
    path = tmp_path / "params.json"
    path.write_bytes(content[:start] + garbage + content[end:])
    check(lambda: load_task(path))
    lines = b'{"version": 3}\n' + b"".join(
        json.dumps(item).encode() + b"\n" for item in document()["objects"]
    )
    path.write_bytes(lines[:start] + garbage + lines[end:])
    check(lambda: load_xp_info(path))


@pytest.mark.parametrize(
    "content",
    ["", "[" * 200_000, '{"a":' * 50_000, "null", "3", "{}", '{"version": 3}', '{"version": 1, "objects": [{}]}',
     '{"version": true}', '{"version": 3, "objects": []}', '{"version": 3, "objects": [3]}'],
)  # fmt: skip
def test_strange_files(tmp_path: Path, content: str) -> None:
    path = tmp_path / "params.json"
    path.write_text(content)
    with pytest.raises(LoadError, match=r"params\.json"):
        load_task(path)


def test_deep_values() -> None:
    value: Any = []
    for _ in range(900):
        value = [value]
    deep: dict[str, Any] = document()
    del deep["objects"][1]["fields"]["path"]
    deep["objects"][1]["fields"]["value"] = value
    check(lambda: from_state_dict(deep))
    for _ in range(100_000):
        value = [value]
    deep["objects"][1]["fields"]["value"] = value
    for as_instance in (False, True):
        with pytest.raises(LoadError, match="nested too deeply"):
            from_state_dict(deep, as_instance=as_instance)
    while value:  # freeing it all at once would recurse too
        value = value.pop()


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="No such file"):
        load_task(tmp_path / "nothing.json")


def test_paths_do_not_leave_the_folder(tmp_path: Path) -> None:
    for value in ("../x", "/etc/passwd"):
        wrong = document()
        wrong["objects"][1]["fields"]["path"] = {"type": "path.serialized", "value": value}
        with pytest.raises(LoadError, match="leaves the folder"):
            from_state_dict(wrong, tmp_path)


def test_modules_with_side_effects_are_not_classes() -> None:
    wrong = document()
    wrong["objects"][0]["type"] = "json.loads"
    with pytest.raises(LoadError, match="is not a configuration class"):
        from_state_dict(wrong)
