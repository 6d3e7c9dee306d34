"""The bytes of values: one test for each row of the table in ``docs/identifiers.md``."""

from __future__ import annotations

import enum
import struct
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_tasks import Config, IdentifierError, Param, setmeta
from xpm_tasks.encoding import encoding_digest, plain_encode


class Color(enum.Enum):
    RED = 1


class Number(enum.IntEnum):
    ONE = 1


class Text(str, enum.Enum):
    A = "a"


class Permission(enum.Flag):
    READ = 1
    WRITE = 2


class Leaf(Config):
    __xpmid__ = "enc.leaf"
    x: Param[int]


def int64(value: int) -> bytes:
    return struct.pack(">q", value)


def double(value: float) -> bytes:
    return struct.pack(">d", value)


def digest(config: Config) -> bytes:
    return config.__identifier__().all


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, b"\x06"),
        (1.5, b"\x02" + double(1.5)),
        (-0.0, b"\x02" + double(-0.0)),
        (float("inf"), b"\x02" + double(float("inf"))),
        (3, b"\x01" + int64(3)),
        (-1, b"\x01" + int64(-1)),
        (True, b"\x01" + int64(1)),
        (False, b"\x01" + int64(0)),
        (2**63 - 1, b"\x01" + int64(2**63 - 1)),
        (-(2**63), b"\x01" + int64(-(2**63))),
        (2**63, b"\x0f9223372036854775808"),
        (-(2**63) - 1, b"\x0f-9223372036854775809"),
        ("", b"\x03"),
        ("é\n", b"\x03" + "é\n".encode()),
        ([], b"\x07" + double(0)),
        ([1, "a"], b"\x07" + double(2) + b"\x01" + int64(1) + b"\x03a"),
        ([[1]], b"\x07" + double(1) + b"\x07" + double(1) + b"\x01" + int64(1)),
        ({}, b"\x09"),
        ({"b": 1, "a": 2}, b"\x09\x03a\x01" + int64(2) + b"\x03b\x01" + int64(1)),
        ({2: "x", 10: "y"}, b"\x09\x01" + int64(2) + b"\x03x\x01" + int64(10) + b"\x03y"),
        (set(), b"\x0e" + double(0)),
        ({7}, b"\x0e" + double(1) + b"\x01" + int64(7)),
        (Number.ONE, b"\x01" + int64(1)),
        (Text.A, b"\x03a"),
        (Color.RED, b"\x0a" + f"{__name__}.Color:RED".encode()),
        (Permission.READ, b"\x0a" + f"{__name__}.Permission:READ".encode()),
        (Permission.READ | Permission.WRITE, b"\x0a" + f"{__name__}.Permission:READ|WRITE".encode()),
        ((1, 2), b"\x10" + double(2) + b"\x01" + int64(1) + b"\x01" + int64(2)),
        (Path("a/b"), b"\x11a/b"),
        (PurePosixPath("/x"), b"\x11/x"),
    ],
)
def test_value(value: Any, expected: bytes) -> None:
    assert plain_encode(value) == expected


def test_set_is_sorted_by_the_hash_of_its_elements() -> None:
    one, two = b"\x01" + int64(1), b"\x01" + int64(2)
    first, second = sorted([one, two], key=lambda item: sha256(item).digest())
    assert plain_encode({1, 2}) == plain_encode(frozenset({2, 1})) == b"\x0e" + double(2) + first + second


def test_configuration_in_a_value() -> None:
    leaf = Leaf.C(x=1)
    assert plain_encode([leaf]) == b"\x07" + double(1) + b"\x00" + digest(leaf)
    assert plain_encode({"k": leaf}) == b"\x09\x03k\x00" + digest(leaf)


def test_meta_elements_are_left_out() -> None:
    kept, left_out = Leaf.C(x=1), setmeta(Leaf.C(x=2), True)
    assert plain_encode([left_out, kept]) == plain_encode([kept])
    assert plain_encode({kept, left_out}) == plain_encode({kept})
    assert plain_encode({"a": left_out, "b": kept}) == plain_encode({"b": kept})
    assert plain_encode((left_out, kept)) == plain_encode((kept,))


def test_keys_of_several_types() -> None:
    assert plain_encode({1: "a", "b": 2}) == plain_encode({"b": 2, 1: "a"})


@pytest.mark.parametrize("value", [object(), b"bytes", 1j, range(3), "\ud800", {"a": object()}, [object()]])
def test_without_identifier(value: Any) -> None:
    with pytest.raises(IdentifierError):
        plain_encode(value)


def test_integer_of_ten_thousand_digits() -> None:
    value = 7 * 10**9999 + 1
    encoded = plain_encode(-value)
    assert encoded[:3] == b"\x0f-7" and len(encoded) == 2 + 10_000 and encoded.endswith(b"01")


@given(st.integers(min_value=2**63, max_value=2**9000))
def test_big_integers_are_their_decimal_digits(value: int) -> None:
    assert int(plain_encode(value)[1:]) == value
    assert plain_encode(-value) == b"\x0f-" + plain_encode(value)[1:] or value == 2**63


@given(st.dictionaries(st.text(), st.integers()))
def test_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert plain_encode(dict(reversed(value.items()))) == plain_encode(value)


@given(st.sets(st.one_of(st.integers(), st.text(), st.none())))
def test_order_of_sets_does_not_matter(value: set[Any]) -> None:
    again: set[Any] = set()
    for item in sorted(value, key=repr, reverse=True):
        again.add(item)
    assert plain_encode(again) == plain_encode(value)
    assert len(encoding_digest(value)) == 32
