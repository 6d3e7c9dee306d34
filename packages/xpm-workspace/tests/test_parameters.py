"""Parameters shown and compared without the user's code, whatever the file holds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_tasks.errors import LoadError
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.parameters import (
    ABSENT,
    Difference,
    Parameters,
    compare,
    lines,
    parse_parameters,
    read_parameters,
    text,
)


def to(number: int) -> dict[str, Any]:
    return {"type": "python", "value": number}


def config(
    number: int, name: str = "m.Model", /, identifier: str | None = None, **more: Any
) -> dict[str, Any]:
    fields = more.pop("fields", {})
    if "init_tasks" in more:
        more["init-tasks"] = more.pop("init_tasks")
    written = {"id": number, "typename": name, "fields": fields, **more}
    return written if identifier is None else {**written, "identifier": identifier}


def parameters(*objects: dict[str, Any]) -> Parameters:
    return parse_parameters({"version": 3, "objects": list(objects)}, "params.json")


def shown(*objects: dict[str, Any]) -> dict[str, str]:
    return {line.path: line.value for line in lines(parameters(*objects))}


def differences(a: Parameters, b: Parameters) -> dict[str, tuple[str, str, bool | None]]:
    return {d.path: (d.a, d.b, d.in_identifier) for d in compare(a, b)}


# --- reading


def test_a_file(job: JobLayout) -> None:
    document = {"version": 3, "objects": [config(1, fields={"x": 1}), config(2, "m.Task", "ab")]}
    job.params.write_text(json.dumps(document))
    read = read_parameters(job)
    assert (read.task.type, read.task.short, read.task.identifier) == ("m.Task", "Task", "ab")
    assert read.objects[1].fields == {"x": 1}


def test_version_2_is_read_as_well() -> None:
    document = {"version": 2, "objects": [{"id": 7, "type": "Model", "module": "m", "fields": {"p": "/abs"}}]}
    assert parse_parameters(document, "f").task.type == "m.Model"


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"version": 99, "objects": [{}]}', '{"version": 3, "objects": []}', "[" * 100_000],
)
def test_a_file_that_cannot_be_understood(job: JobLayout, content: str) -> None:
    job.params.write_text(content)
    with pytest.raises(LoadError, match=r"params\.json"):
        read_parameters(job)


def test_no_file(workspace: WorkspaceLayout) -> None:
    with pytest.raises(LoadError, match=r"params\.json"):
        read_parameters(workspace.job("my.task", "0" * 64))


def test_nested_too_deeply() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(LoadError):
        parameters(config(1, fields={"x": deep}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 4) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "value", "items", "id", "a", "fields", "task", "init-tasks", "base"]),
            inner | st.sampled_from(["python", "path", "set", "dict", "tuple", "enum", "float"]),
            max_size=4,
        )
    ),
    max_leaves=20,
)
OBJECTS = st.lists(
    st.fixed_dictionaries(
        {"id": st.integers(1, 4), "fields": st.dictionaries(st.sampled_from("abc"), JSON)},
        optional={
            "typename": JSON,
            "identifier": JSON,
            "task": JSON,
            "init-tasks": JSON,
            "meta": JSON,
        },
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda item: item["id"],
)


@given(OBJECTS, OBJECTS)
def test_any_document_is_shown_and_compared_or_refused(
    a: list[dict[str, Any]], b: list[dict[str, Any]]
) -> None:
    try:
        read = [parse_parameters({"version": 3, "objects": objects}, "f") for objects in (a, b)]
    except LoadError:
        return
    for one in read:
        assert all(isinstance(line.value, str) for line in lines(one))
        assert compare(one, one) == []
    there, back = compare(read[0], read[1]), compare(read[1], read[0])
    assert {d.path for d in there} == {d.path for d in back}


# --- showing


def test_values() -> None:
    values = {
        "int": 1,
        "none": None,
        "text": "é\n",
        "list": [1, [2]],
        "path": {"type": "path", "value": "out/x", "base": "job"},
        "abs": {"type": "path", "value": "/x"},
        "enum": {"type": "enum", "module": "m", "enum": "Outer.Colour", "value": "RED"},
        "set": {"type": "set", "items": ["a"]},
        "tuple": {"type": "tuple", "items": [1, "a"]},
        "dict": {"a": 1},
        "odd": {"type": "dict", "items": [[1, 2]]},
        "float": {"type": "float", "value": "inf"},
    }
    assert shown(config(1, fields=values)) == {
        "int": "1",
        "none": "null",
        "text": '"é\\n"',
        "list": "[1, [2]]",
        "path": "out/x (in the job folder)",
        "abs": "/x",
        "enum": "Colour.RED",
        "set": '{"a"}',
        "tuple": '(1, "a")',
        "dict": "{a: 1}",
        "odd": "{1: 2}",
        "float": "inf",
    }


def test_configurations_in_configurations() -> None:
    inner = config(1, "m.Layer", fields={"size": 8})
    found = shown(inner, config(2, "m.Net", fields={"first": to(1), "rest": [to(1)], "by": {"k": to(1)}}))
    assert found == {
        "first": "Layer",
        "first.size": "8",
        "rest[0]": "Layer, as first",
        'by["k"]': "Layer, as first",
    }


def test_what_other_tasks_made_is_not_opened() -> None:
    maker = config(1, "m.Prepare", "ab" * 32, fields={"seed": 1})
    found = shown(
        maker, config(2, "m.Data", task=1, fields={"x": 1}), config(3, "m.Learn", fields={"d": to(2)})
    )
    assert found == {"d": "Data, made by m.prepare/abababab"}


def test_init_tasks() -> None:
    found = shown(config(1, "m.Load", fields={"x": 1}), config(2, "m.Learn", init_tasks=[1]))
    assert found == {"<init task 0>": "Load", "<init task 0>.x": "1"}


def test_a_cycle() -> None:
    assert shown(config(1, "m.A", fields={"b": to(2)}), config(2, "m.B", fields={"a": to(1)})) == {
        "a": "A",
        "a.b": "B, as the task",
    }


def test_references_to_nothing() -> None:
    assert shown(config(1, fields={"x": to(9)})) == {"x": '{type: "python", value: 9}'}


# --- comparing


def learn(identifier: str, **fields: Any) -> Parameters:
    return parameters(config(1, "m.Learn", identifier, fields=fields))


def test_a_single_difference_counts() -> None:
    assert differences(learn("a", x=1, y=2), learn("b", x=1, y=3)) == {"y": ("2", "3", True)}


def test_of_several_the_file_does_not_tell_which_count() -> None:
    assert differences(learn("a", x=1, y=2), learn("b", x=2, y=3)) == {
        "x": ("1", "2", None),
        "y": ("2", "3", None),
    }


def test_under_the_same_identifier_nothing_counts() -> None:
    assert differences(learn("a", note="x"), learn("a", note="y")) == {"note": ('"x"', '"y"', False)}


def test_a_parameter_that_only_one_has() -> None:
    assert differences(learn("a", x=None), learn("b")) == {"x": ("null", ABSENT, True)}


def test_within_parts() -> None:
    def net(identifier: str, inner: str, size: int, note: str) -> Parameters:
        layer = config(1, "m.Layer", inner, fields={"size": size})
        other = config(2, "m.Log", "same", fields={"note": note})
        return parameters(
            layer, other, config(3, "m.Net", identifier, fields={"layers": [to(1)], "log": to(2)})
        )

    assert differences(net("a", "i", 1, "x"), net("b", "j", 2, "y")) == {
        "layers[0].size": ("1", "2", True),
        "log.note": ('"x"', '"y"', False),
    }


def test_what_is_marked_as_meta_does_not_count() -> None:
    def net(identifier: str, size: int, inner: str) -> Parameters:
        layer = config(1, "m.Layer", inner, meta=True, fields={"size": size})
        return parameters(layer, config(2, "m.Net", identifier, fields={"layer": to(1), "x": size}))

    assert differences(net("a", 1, "i"), net("b", 2, "j")) == {
        "layer.size": ("1", "2", False),
        "x": ("1", "2", True),
    }


def test_another_class() -> None:
    a = parameters(config(1, "m.Adam", "i"), config(2, "m.Learn", "a", fields={"by": to(1)}))
    b = parameters(config(1, "m.Sgd", "j"), config(2, "m.Learn", "b", fields={"by": to(1)}))
    assert differences(a, b) == {"by": ("m.Adam", "m.Sgd", True)}


def test_a_configuration_instead_of_a_value() -> None:
    a = parameters(config(1, "m.Adam", "i"), config(2, "m.Learn", "a", fields={"by": to(1)}))
    assert differences(a, learn("b", by="adam")) == {"by": ("m.Adam", '"adam"', True)}


def test_the_task_that_made_a_part() -> None:
    def evaluate(identifier: str, seed: int, made: str) -> Parameters:
        maker = config(1, "m.Prepare", made, fields={"seed": seed})
        data = config(2, "m.Data", f"data-{made}", task=1)
        return parameters(maker, data, config(3, "m.Evaluate", identifier, fields={"data": to(2)}))

    assert differences(evaluate("a", 1, "i"), evaluate("b", 2, "j")) == {
        "data<made by>.seed": ("1", "2", True)
    }


def test_init_tasks_differ() -> None:
    a = parameters(config(1, "m.Load", "i"), config(2, "m.Learn", "a", init_tasks=[1]))
    assert differences(a, learn("b")) == {"<init task 0>": ("m.Load", ABSENT, True)}


def test_containers() -> None:
    a = learn(
        "a", l=[1, 2], d={"k": 1}, s={"type": "set", "items": [1]}, m={"type": "dict", "items": [[1, 2]]}
    )
    b = learn("b", l=[1], d={"k": 2}, s={"type": "set", "items": [2]}, m={"type": "dict", "items": [[1, 3]]})
    assert differences(a, b) == {
        "l[1]": ("2", ABSENT, None),
        'd["k"]': ("1", "2", None),
        "s[0]": ("1", "2", None),
        "m[1]": ("2", "3", None),
    }


def test_cycles_end() -> None:
    a = parameters(config(1, "m.A", fields={"b": to(2)}), config(2, "m.B", fields={"a": to(1), "x": 1}))
    b = parameters(config(1, "m.A", fields={"b": to(2)}), config(2, "m.B", fields={"a": to(1), "x": 2}))
    assert compare(a, b) == [Difference(path="x", a="1", b="2", in_identifier=True)]


def test_a_long_chain() -> None:
    def chain(size: int, end: int) -> Parameters:
        objects = [config(1, fields={"x": end})]
        objects += [config(number, fields={"next": to(number - 1)}) for number in range(2, size)]
        return parameters(*objects)

    assert len(list(lines(chain(2000, 1)))) > 50
    compare(chain(2000, 1), chain(2000, 2))
    assert text([1]) == "[1]"
