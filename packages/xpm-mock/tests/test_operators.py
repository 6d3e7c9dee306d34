"""Operators never fail, whatever the operands."""

from __future__ import annotations

import importlib
import operator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xpm_mock import FakeModuleFinder

BINARY: list[Any] = [
    *(operator.add, operator.sub, operator.mul, operator.matmul, operator.truediv, operator.floordiv),
    *(operator.mod, divmod, pow, operator.lshift, operator.rshift, operator.and_, operator.xor, operator.or_),
    *(operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne),
    *(operator.iadd, operator.imul, operator.ior),
]
UNARY: list[Any] = [
    *(operator.neg, operator.pos, abs, operator.invert, round, bool, int, float, complex),
    *(len, list, hash, repr),
]
OPERANDS = st.one_of(
    *(st.integers(), st.floats(), st.none(), st.booleans(), st.binary(max_size=3), st.just(object())),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.sampled_from([int, list[int]]),
)


def _fakes() -> list[Any]:
    torch = importlib.import_module("torch")
    shape = torch.zeros(3).shape
    return [torch.Tensor, torch.zeros(3), shape, torch.Tensor[int], torch.FLAG, torch.nn.Module()]


@given(st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_operator_fails(mocks: FakeModuleFinder, data: st.DataObject) -> None:
    value = data.draw(st.sampled_from(_fakes()))
    for _ in range(data.draw(st.integers(1, 4))):
        kind = data.draw(st.sampled_from(["unary", "left", "right", "both"]))
        if kind == "unary":
            data.draw(st.sampled_from(UNARY))(value)
            continue
        function = data.draw(st.sampled_from(BINARY))
        other = data.draw(OPERANDS) if kind != "both" else data.draw(st.sampled_from(_fakes()))
        left, right = (value, other) if kind != "right" else (other, value)
        result = function(left, right)
        if type(result).__module__.startswith("xpm_mock"):
            value = result


@pytest.mark.parametrize("function", BINARY)
def test_instances_of_subclasses(mocks: FakeModuleFinder, function: Any) -> None:
    torch = importlib.import_module("torch")

    class Ours(torch.Tensor):  # type: ignore[name-defined,misc,unused-ignore]
        pass

    if function not in (operator.lt, operator.le, operator.gt, operator.ge, operator.or_, operator.ior):
        function(Ours(), 3)
        function(3, Ours())
        function(Ours(), Ours())


def test_comparisons_count_as_false_and_go_on(mocks: FakeModuleFinder) -> None:
    torch = importlib.import_module("torch")
    x = torch.zeros(3)
    assert not x < 3 and x == x and x != 3
    assert (x == 3).sum().item() and (x < 3).any()


def test_exceptions_pass_through_a_context(mocks: FakeModuleFinder) -> None:
    torch = importlib.import_module("torch")
    with pytest.raises(ZeroDivisionError), torch.no_grad():
        _ = 1 / 0


def test_unpacking_many(mocks: FakeModuleFinder) -> None:
    torch = importlib.import_module("torch")
    names = [f"x{index}" for index in range(300)]  # more than fits in one byte of an instruction
    namespace: dict[str, Any] = {"fake": torch.zeros(3)}
    exec(f"{', '.join(names)} = fake\nfirst, *others, last = fake", namespace)
    assert all(name in namespace for name in names)
    assert namespace["others"] == []
    exec(f"{', '.join(names[:3])}, *rest, {', '.join(names[3:270])} = fake", namespace)
    assert namespace["rest"] == []
