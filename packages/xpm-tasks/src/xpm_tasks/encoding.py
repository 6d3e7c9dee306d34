"""The bytes of a value in identifiers, scheme 2.

The format is frozen, byte for byte: it names the folders of years of results. What it could not encode has
new tags (`TAG_BIG_INT` and after); no other tag may ever change. The rules are in ``docs/identifiers.md``.
"""

from __future__ import annotations

from enum import Enum
from hashlib import sha256
from pathlib import PurePath
from struct import Struct
from struct import error as StructError
from typing import TYPE_CHECKING, Any

from xpm_tasks.errors import IdentifierError
from xpm_tasks.types.base import short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TAG_OBJECT = b"\x00"
TAG_INT = b"\x01"
TAG_FLOAT = b"\x02"
TAG_STR = b"\x03"
TAG_NAME = b"\x05"
TAG_NONE = b"\x06"
TAG_LIST = b"\x07"
TAG_TASK = b"\x08"
TAG_DICT = b"\x09"
TAG_ENUM = b"\x0a"
TAG_CYCLE = b"\x0b"
TAG_INIT_TASKS = b"\x0c"
TAG_INSTANCE = b"\x0d"
TAG_SET = b"\x0e"
# New in this project: scheme 2 had no bytes for these.
TAG_BIG_INT = b"\x0f"
TAG_TUPLE = b"\x10"
TAG_PATH = b"\x11"

int64 = Struct(">q").pack
_tagged_int64 = Struct(">cq").pack
_tagged_double = Struct(">cd").pack
_double = Struct(">d").pack

#: A configuration, and whether it is reached through a set.
Edge = tuple[Any, bool]


# --- Values without parts ---


def encode_str(value: str) -> bytes:
    """Encode a string."""
    try:
        return TAG_STR + value.encode()
    except UnicodeEncodeError as error:
        raise IdentifierError(f"{short(value)} is not valid Unicode: {error.reason}") from None


def _encode_int(value: int) -> bytes:
    try:
        return _tagged_int64(TAG_INT, value)
    except StructError:  # beyond 64 bits
        return TAG_BIG_INT + _decimal(value)


def _decimal(value: int) -> bytes:
    """The decimal digits of an integer, however long: Python refuses beyond a few thousand at once."""
    sign, rest = (b"-", -value) if value < 0 else (b"", value)
    base = 10**4000
    chunks = []
    while rest >= base:
        rest, chunk = divmod(rest, base)
        chunks.append(b"%04000d" % chunk)
    return sign + b"%d" % rest + b"".join(reversed(chunks))


def _encode_enum(value: Enum) -> bytes:
    kind = type(value)
    return TAG_ENUM + f"{kind.__module__}.{kind.__qualname__}:{member_name(value)}".encode()


def member_name(value: Any) -> str:
    """The name of a member of an enumeration."""
    if value.name is not None:
        return str(value.name)
    # A combination of flags has no name in 3.10: the one it has in 3.11.
    return "|".join(str(member.name) for member in type(value) if member.value & value.value)


#: How to encode the plain types; subclasses go through `_encode_other`.
SIMPLE: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda value: TAG_NONE,
    float: lambda value: _tagged_double(TAG_FLOAT, value),
    int: _encode_int,
    bool: _encode_int,
    str: encode_str,
}


def _encode_other(value: Any) -> bytes:
    """Subclasses of plain types, in the order of the specification; enumerations; paths."""
    if isinstance(value, float):
        return TAG_FLOAT + _double(value)
    if isinstance(value, int):
        return _encode_int(int(value))
    if isinstance(value, str):
        return encode_str(str.__str__(value))
    if isinstance(value, Enum):
        return _encode_enum(value)
    if isinstance(value, PurePath):
        return TAG_PATH + encode_str(value.as_posix())[1:]
    raise IdentifierError(f"a value of type {type(value).__qualname__} has no identifier: {short(value)}")


# --- Values with parts ---


def is_made(value: Any) -> bool:
    """Tell whether a value is a configuration object. (Every class of such objects says so itself.)"""
    return type(value).__dict__.get("__xpm_made__", False) is True


def is_dropped(value: Any) -> bool:
    """An element that does not count: a configuration marked by ``setmeta(x, True)``."""
    return is_made(value) and value.__xpm__.meta is True


def without_dropped(value: Any) -> Any:
    """A value without the elements that do not count."""
    if isinstance(value, dict):
        return {key: without_dropped(item) for key, item in value.items() if not is_dropped(item)}
    if isinstance(value, (set, frozenset)):
        return {item for item in value if not is_dropped(item)}
    if isinstance(value, list):
        return [without_dropped(item) for item in value if not is_dropped(item)]
    if type(value) is tuple:
        return tuple(without_dropped(item) for item in value if not is_dropped(item))
    return value


class Encoder:
    """Turns values into bytes.

    Args:
        encode_config: Gives the bytes of a configuration inside a value, and is told whether it is in a set.
        set_key: Gives its place to an element of a set that holds configurations, before any is encoded.
    """

    __slots__ = ("_encode_config", "_set_key")

    def __init__(
        self, encode_config: Callable[[Any, bool], bytes], set_key: Callable[[Any], Any] | None = None
    ) -> None:
        self._encode_config = encode_config
        self._set_key = set_key

    def encode(self, value: Any, in_set: bool = False) -> bytes:
        """Encode a value. Recursive in its containers only."""
        simple = SIMPLE.get(type(value))
        if simple is not None:
            return simple(value)
        if isinstance(value, list):
            return self._sequence(TAG_LIST, value, in_set)
        if isinstance(value, dict):
            pairs = (self.encode(key) + self.encode(item, in_set) for key, item in _dict_items(value))
            return TAG_DICT + b"".join(pairs)
        if isinstance(value, (set, frozenset)):
            return self._set([item for item in value if not is_dropped(item)])
        if is_made(value):
            return self._encode_config(value, in_set)
        if isinstance(value, tuple) and not isinstance(value, Enum):
            return self._sequence(TAG_TUPLE, value, in_set)
        return _encode_other(value)

    def _set(self, items: list[Any]) -> bytes:
        if self._set_key is None or next(edges(items), None) is None:
            encoded = sorted((self.encode(item, True) for item in items), key=_digest)
        else:
            encoded = [self.encode(item, True) for item in sorted(items, key=self._set_key)]
        return TAG_SET + _double(len(items)) + b"".join(encoded)

    def _sequence(self, tag: bytes, value: Any, in_set: bool) -> bytes:
        kept = [self.encode(item, in_set) for item in value if not is_dropped(item)]
        return tag + _double(len(kept)) + b"".join(kept)


def _digest(data: bytes) -> bytes:
    return sha256(data).digest()


def _dict_items(value: dict[Any, Any]) -> list[tuple[Any, Any]]:
    kept = [(key, item) for key, item in value.items() if not is_dropped(item)]
    try:
        return sorted(kept, key=_key)
    except TypeError:  # keys of several types, or enumerations: their bytes have an order
        return sorted(kept, key=lambda pair: plain_encode(pair[0]))


def _key(pair: tuple[Any, Any]) -> Any:
    return pair[0]


def _encode_alone(config: Any, in_set: bool) -> bytes:
    from xpm_tasks.identifier import compute

    return TAG_OBJECT + compute(config)


#: Encodes a value by itself: the configurations it holds are encoded as if met first.
plain_encode = Encoder(_encode_alone).encode


def encoding_digest(value: Any) -> bytes:
    """The hash of the bytes of a value: gives the elements of sets their order."""
    return _digest(plain_encode(value))


def edges(value: Any, in_set: bool = False) -> Iterator[Edge]:
    """The configurations whose digests are needed to encode a value."""
    if is_made(value):
        if value.__xpm__.meta is not True:
            yield value, in_set
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from edges(item, in_set)
    elif isinstance(value, dict):
        for item in value.values():
            yield from edges(item, in_set)
    elif isinstance(value, (set, frozenset)):
        for item in value:
            yield from edges(item, True)
