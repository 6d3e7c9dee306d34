from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import pytest

from xpm_config.base import configuration
from xpm_config.errors import SchemaError
from xpm_config.fields import describe, is_structured


@dataclasses.dataclass
class Parent:
    a: int
    hidden: ClassVar[int] = 1


@dataclasses.dataclass
class Child(Parent):
    b: list[int] = dataclasses.field(default_factory=list)
    c: dataclasses.InitVar[str] = "c"
    d: float = dataclasses.field(init=False, default=0.0)


def test_dataclass() -> None:
    fields = describe(Child).fields
    assert list(fields) == ["a", "b", "c", "d"]
    assert [f.type for f in fields.values()] == [int, list[int], str, float]
    assert [f.required for f in fields.values()] == [True, False, False, False]
    assert [f.settable for f in fields.values()] == [True, True, True, False]
    make = fields["b"].make_default
    assert make is not None and make() == [] and make() is not make()


def test_attrs() -> None:
    attrs = pytest.importorskip("attrs")

    @attrs.define
    class Layer:
        a: int
        _b: str = "b"
        c: list[int] = attrs.Factory(list)
        d: int = attrs.Factory(lambda self: self.a, takes_self=True)
        e: int = attrs.field(init=False, default=3)

    fields = describe(Layer).fields
    assert {name: field.argument for name, field in fields.items()} == {
        "a": "a",
        "_b": "b",
        "c": "c",
        "d": "d",
        "e": "e",
    }
    assert [f.required for f in fields.values()] == [True, False, False, False, False]
    assert fields["d"].make_default is None and not fields["e"].settable


@pytest.mark.parametrize("kind", [int, dict, list[int], "text", None, Any])
def test_not_structured(kind: Any) -> None:
    assert not is_structured(kind)


def test_structured() -> None:
    assert is_structured(Parent) and not is_structured(Parent(a=1))


def test_annotations_that_mean_nothing() -> None:
    @configuration
    class Broken:
        a: nowhere.Thing = None  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(SchemaError) as caught:
        describe(Broken)
    assert (
        "Broken" in str(caught.value)
        and "'nowhere'" in str(caught.value)
        and "test_fields" in str(caught.value)
    )
