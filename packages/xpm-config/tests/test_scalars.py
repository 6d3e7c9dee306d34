from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from xpm_config.scalars import read_plain, read_tagged


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-3", -3),
        ("1_000", 1000),
        ("0x1F", 31),
        ("0b101", 5),
        ("010", 8),
        ("1e-4", 1e-4),
        ("1E5", 1e5),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.5", -0.5),
        (".5e3", 500.0),
        ("1_0.5", 10.5),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("yes", True),
        ("Off", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("2024-01-31", "2024-01-31"),
        ("12:30:00", "12:30:00"),
        ("1.2.3", "1.2.3"),
        ("0x_", "0x_"),
        ("0x", "0x"),
        ("-", "-"),
        ("1e", "1e"),
        ("y", "y"),
        ("nan", "nan"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_plain(text: str, value: Any) -> None:
    found = read_plain(text)
    assert found == value and type(found) is type(value)


def test_not_a_number() -> None:
    assert math.isnan(read_plain(".nan"))


# Read differently: `12:30`, and `-.5` or `.5e3`, texts for OmegaConf. Its versions disagree about `_`.
@settings(deadline=None)
@given(st.text(alphabet="0123456789+-.eExXabfnoyNYesulTr~", min_size=1, max_size=8))
def test_same_as_omegaconf(text: str) -> None:
    expected: Any
    try:
        expected = OmegaConf.to_container(OmegaConf.create(f"a: {text}"))["a"]  # type: ignore[call-overload,index]
    except Exception:  # noqa: BLE001 - whatever OmegaConf cannot read
        return
    if re.fullmatch(r"[-+]?\.[0-9].*", text) and isinstance(expected, str):
        return
    found = read_plain(text)
    assert found == expected or (found != found and expected != expected)
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("tag", "text", "value"),
    [("str", "1", "1"), ("float", "1", 1.0), ("int", "0x10", 16), ("bool", "on", True), ("null", "", None)],
)
def test_tagged(tag: str, text: str, value: Any) -> None:
    found = read_tagged(f"tag:yaml.org,2002:{tag}", text)
    assert found == value and type(found) is type(value)


def test_wrong_tag() -> None:
    with pytest.raises(ValueError, match="'yes' is not an integer"):
        read_tagged("tag:yaml.org,2002:int", "yes")
    with pytest.raises(KeyError):
        read_tagged("!mine", "yes")
