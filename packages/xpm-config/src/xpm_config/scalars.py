"""How a plain YAML scalar is read: the rules of OmegaConf, but for two traps.

As OmegaConf does, ``1e-4`` is a float (YAML 1.1 says string), and ``2024-01-01`` stays a string. Unlike it:

* ``12:30:00`` stays a string: YAML 1.1 and OmegaConf read it as the integer 45000;
* ``-.5`` and ``.5e3`` are floats: OmegaConf reads them as strings.
"""

from __future__ import annotations

import re
from typing import Any

_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE = {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"}
_FALSE = {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"}

_INT = re.compile(
    r"[-+]?0b[0-1_]+ | [-+]?0x[0-9a-fA-F_]+ | [-+]?0[0-7_]+ | [-+]?(?:0|[1-9][0-9_]*)",
    re.X,
)
_FLOAT = re.compile(
    r"""[-+]?[0-9]+(?:_[0-9]+)*\.[0-9_]*(?:[eE][-+]?[0-9]+)?
      | [-+]?[0-9]+(?:_[0-9]+)*[eE][-+]?[0-9]+
      | [-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?
      | [-+]?\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?
      | [-+]?\.(?:inf|Inf|INF)
      | \.(?:nan|NaN|NAN)""",
    re.X,
)
#: Python refuses to read longer integers, and nobody writes one.
_MAX_INT_DIGITS = 4000

_TYPES: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
}

_ARTICLES = {"null": "null", "bool": "true or false", "int": "an integer", "float": "a number"}

_TAG = "tag:yaml.org,2002:"


def read_plain(text: str) -> Any:
    """Return the value of an unquoted scalar."""
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if text[0] in "-+.0123456789" and len(text) <= _MAX_INT_DIGITS:
        if _INT.fullmatch(text):
            return _read_int(text)
        if _FLOAT.fullmatch(text):
            return _read_float(text)
    return text


def read_tagged(tag: str, text: str) -> Any:
    """Return the value of a scalar with an explicit tag such as ``!!float``.

    Raises:
        ValueError: The text is not a value of this type.
        KeyError: This tag is not supported.
    """
    name = tag.removeprefix(_TAG) if tag.startswith(_TAG) else tag
    if name in ("str", "!"):
        return text
    types = _TYPES[name]
    value: Any = read_plain(text)
    if type(value) not in types:
        raise ValueError(f"{text!r} is not {_ARTICLES[name]}")
    return float(value) if name == "float" else value


def _read_int(text: str) -> Any:
    digits = text.replace("_", "")
    sign = -1 if digits[0] == "-" else 1
    digits = digits.lstrip("+-")
    try:
        if digits[:2] in ("0b", "0x"):
            return sign * int(digits, 0)
        if len(digits) > 1 and digits[0] == "0":
            return sign * int(digits, 8)
        return sign * int(digits)
    except ValueError:  # `0x_`: looks like a number, is not
        return text


def _read_float(text: str) -> Any:
    number = text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan")
    try:
        return float(number)
    except ValueError:
        return text
