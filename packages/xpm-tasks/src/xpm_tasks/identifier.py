"""Identifiers, scheme 2: which bytes a configuration is hashed from.

The format is frozen, byte for byte: it names the folders of years of results. What it could not encode has
new
tags (`TAG_BIG_INT` and after); no other tag may ever change. The rules are in ``docs/identifiers.md``.

The computation walks configurations with an explicit stack. A frame is one configuration whose bytes are
being
gathered; it is finished when the digests of all configurations it holds are known.
"""

from __future__ import annotations

from enum import Enum
from hashlib import sha256
from itertools import pairwise
from pathlib import PurePath
from struct import Struct
from typing import TYPE_CHECKING, Any, NamedTuple

from xpm_tasks.errors import IdentifierError, MissingParameterError
from xpm_tasks.fields import MISSING
from xpm_tasks.locations import at
from xpm_tasks.types.base import short
from xpm_tasks.walk import show_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xpm_tasks.arguments import Argument
    from xpm_tasks.information import ConfigInformation
    from xpm_tasks.partials import Partial

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

_int64 = Struct(">q").pack
_double = Struct(">d").pack

#: Deeper than any path.
_NO_LOOP = 1 << 62

#: (configuration, reached through a set)
Edge = tuple[Any, bool]


class ObjectIdentifier:
    """An identifier: 32 bytes, shown as 64 hexadecimal digits."""

    __slots__ = ("all",)

    def __init__(self, digest: bytes) -> None:
        #: The digest.
        self.all = digest

    def hex(self) -> str:
        """The 64 digits."""
        return self.all.hex()

    def __repr__(self) -> str:
        return self.all.hex()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectIdentifier) and self.all == other.all

    def __hash__(self) -> int:
        return hash(self.all)


# --- What a class gives ---


class Slot(NamedTuple):
    """One parameter, prepared for hashing."""

    #: The parameter.
    argument: Argument
    #: Its name in a ``__dict__``.
    name: str
    #: The bytes before its value.
    prefix: bytes
    #: Nothing special: not ignored, not constant, no default to compare with, no configuration inside.
    plain: bool


def make_plan(arguments: dict[str, Argument]) -> tuple[Slot, ...]:
    """Prepare the parameters of a class, sorted by name. Those that never count are left out."""
    slots = []
    for name in sorted(arguments):
        argument = arguments[name]
        if argument.generator is not None and not argument.holds_configs and argument.ignored:
            continue
        if argument.ignored and not argument.holds_configs:
            continue
        plain = not (
            argument.ignored
            or argument.constant
            or argument.holds_configs
            or argument.optional
            or argument.ignore_default
            or argument.ignore_generated
            or argument.generator
        )
        slots.append(Slot(argument, name, _encode_str(name) + TAG_NAME, plain))
    return tuple(slots)


# --- Values without configurations ---


def _encode_str(value: str) -> bytes:
    try:
        return TAG_STR + value.encode()
    except UnicodeEncodeError as error:
        raise IdentifierError(f"{short(value)} is not valid Unicode: {error.reason}") from None


def _encode_int(value: int) -> bytes:
    if -(1 << 63) <= value < 1 << 63:
        return TAG_INT + _int64(value)
    return TAG_BIG_INT + b"%d" % value


def _encode_enum(value: Enum) -> bytes:
    kind = type(value)
    return TAG_ENUM + f"{kind.__module__}.{kind.__qualname__}:{member_name(value)}".encode()


def member_name(value: Any) -> str:
    """The name of a member of an enumeration."""
    if value.name is not None:
        return str(value.name)
    # A combination of flags has no name in 3.10: the one it has in 3.11.
    return "|".join(str(member.name) for member in type(value) if member.value & value.value)


_SIMPLE: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda value: TAG_NONE,
    float: lambda value: TAG_FLOAT + _double(value),
    int: _encode_int,
    bool: _encode_int,
    str: _encode_str,
}


def _encode_other(value: Any) -> bytes:
    """Subclasses of plain types, in the order of the specification; enumerations; paths."""
    if isinstance(value, float):
        return TAG_FLOAT + _double(value)
    if isinstance(value, int):
        return _encode_int(int(value))
    if isinstance(value, str):
        return _encode_str(str.__str__(value))
    if isinstance(value, Enum):
        return _encode_enum(value)
    if isinstance(value, PurePath):
        return TAG_PATH + _encode_str(value.as_posix())[1:]
    raise IdentifierError(f"a value of type {type(value).__qualname__} has no identifier: {short(value)}")


def _is_dropped(value: Any) -> bool:
    """An element that does not count: a configuration marked by ``setmeta(x, True)``."""
    return type(value).__dict__.get("__xpm_made__", False) and value.__xpm__.meta is True


def _dict_items(value: dict[Any, Any]) -> list[tuple[Any, Any]]:
    kept = [(key, item) for key, item in value.items() if not _is_dropped(item)]
    try:
        return sorted(kept, key=lambda pair: pair[0])
    except TypeError:  # keys of several types, or enumerations: their bytes have an order
        return sorted(kept, key=lambda pair: _Encoder.plain(pair[0]))


class _Encoder:
    """Turns a value into bytes; configurations are looked up in the frame that holds the value."""

    __slots__ = ("frame",)

    def __init__(self, frame: _Frame | None) -> None:
        self.frame = frame

    @classmethod
    def plain(cls, value: Any) -> bytes:
        """Encode a value that holds no configuration."""
        return cls(None).encode(value)

    def encode(self, value: Any, fresh: bool = False) -> bytes:
        simple = _SIMPLE.get(type(value))
        if simple is not None:
            return simple(value)
        if isinstance(value, list):
            return self._sequence(TAG_LIST, value, fresh)
        if isinstance(value, dict):
            return TAG_DICT + b"".join(
                self.encode(key) + self.encode(item, fresh) for key, item in _dict_items(value)
            )
        if isinstance(value, (set, frozenset)):
            return self._set(value)
        if type(value).__dict__.get("__xpm_made__", False):
            if self.frame is None:
                return TAG_OBJECT + compute(value)
            return self.frame.encode_config(value, fresh)
        if isinstance(value, tuple) and not isinstance(value, Enum):
            return self._sequence(TAG_TUPLE, value, fresh)
        return _encode_other(value)

    def _sequence(self, tag: bytes, value: Any, fresh: bool) -> bytes:
        kept = [self.encode(item, fresh) for item in value if not _is_dropped(item)]
        return tag + _double(len(kept)) + b"".join(kept)

    def _set(self, value: Any) -> bytes:
        kept = [self.encode(item, True) for item in value if not _is_dropped(item)]
        return TAG_SET + _double(len(kept)) + b"".join(sorted(kept, key=lambda item: sha256(item).digest()))


# --- Configurations ---


def _edges(value: Any, fresh: bool) -> Iterator[Edge]:
    """The configurations of a value whose digests are needed to encode it."""
    if type(value).__dict__.get("__xpm_made__", False):
        if value.__xpm__.meta is not True:
            yield value, fresh
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _edges(item, fresh)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _edges(item, fresh)
    elif isinstance(value, (set, frozenset)):
        for item in value:
            yield from _edges(item, True)


class _Frame:
    """One configuration whose bytes are being gathered."""

    __slots__ = (
        "config",
        "depth",
        "edges",
        "found",
        "info",
        "is_partial",
        "kept",
        "key",
        "low",
        "path",
        "pieces",
        "seen_instances",
    )

    def __init__(
        self, config: Any, key: int, path: dict[int, int], run: _Run, partial: Partial | None = None
    ) -> None:
        self.config = config
        #: Identifies it in the frame below: the id of the configuration it stands for.
        self.key = key
        self.is_partial = partial is not None
        self.info: ConfigInformation = config.__dict__["__xpm__"]
        #: Position of each configuration of the current path, by id.
        self.path = path
        self.depth = len(path)
        #: The shallowest configuration of the path that something below refers back to.
        self.low = _NO_LOOP
        #: Digests found for this frame only (they depend on the path): by edge.
        self.found: dict[tuple[int, bool], bytes] = {}
        #: For `InstanceConfig`: the objects met with each digest.
        self.seen_instances: dict[bytes, list[int]] = {}
        #: Bytes, or values still to be encoded.
        self.pieces: list[Any] = []
        #: Keeps values made on the way alive, so that their ids stay theirs.
        self.kept: list[Any] = []
        needed: list[Edge] = []
        self._gather(needed, partial, run)
        self.edges = iter(needed)

    def _gather(self, needed: list[Edge], partial: Partial | None, run: _Run) -> None:
        info = self.info
        pieces = self.pieces
        pieces.append(TAG_OBJECT)
        if info.output_of is not None:
            pieces.append(TAG_TASK)
            self._defer(info.output_of, needed)
        type_ = info.type
        pieces.append(type_.identifier.encode())
        values = self.config.__dict__
        for slot in type_.plan:
            if partial is not None and partial.excludes(slot.argument.groups):
                continue
            value = values.get(slot.name, MISSING)
            if slot.plain and value is not MISSING:
                simple = _SIMPLE.get(type(value))
                pieces.append(slot.prefix)
                pieces.append(simple(value) if simple else self._plain(slot, value))
            else:
                self._special(slot, value, needed, run)
        if info.init_tasks:
            pieces.append(TAG_INIT_TASKS)
            for task in info.init_tasks:
                self._defer(task, needed)

    def _plain(self, slot: Slot, value: Any) -> bytes:
        try:
            return _Encoder.plain(value)
        except IdentifierError as error:
            raise IdentifierError(
                f"{self.info.type.name}.{slot.name}: {error}{at(self.info.location)}"
            ) from None

    def _defer(self, value: Any, needed: list[Edge]) -> None:
        self.pieces.append(_Deferred(value, None, MISSING))
        needed.append((value, False))

    def _special(self, slot: Slot, value: Any, needed: list[Edge], run: _Run) -> None:
        """A parameter with something to decide: apply the rules in the order of the specification."""
        argument, info = slot.argument, self.info
        made = value is MISSING or slot.name in info.defaulted
        if argument.generator is not None and (made or slot.name in info.generated):
            return
        if made and argument.ignore_generated:
            return
        if value is MISSING:
            if argument.ignore_default and not argument.constant:
                return
            value = self._default(argument, run)
        meta = value.__xpm__.meta if type(value).__dict__.get("__xpm_made__", False) else None
        if argument.ignored and meta is not False:
            return
        default = MISSING
        if not argument.constant:
            if argument.optional and value is None:
                return
            if meta is True:
                return
            if argument.ignore_default:
                default = argument.fresh_default() if argument.generator is None else MISSING
                self.kept.append(default)
        if not argument.holds_configs:
            if default is MISSING or not _same(value, default):
                self.pieces.append(slot.prefix)
                self.pieces.append(self._plain(slot, value))
            return
        self.kept.append(value)
        found = list(_edges(value, False))
        wanted = list(_edges(default, False))
        needed.extend(found)
        needed.extend(wanted)
        self.pieces.append(_Deferred(value, slot, default))

    def _default(self, argument: Argument, run: _Run) -> Any:
        if argument.required:
            steps = run.steps_to(self)
            where = at(self.info.location)
            raise MissingParameterError(
                f"{show_path(run.frames[0].config if run.frames else self.config, steps)} has no value "
                f"for {argument.name!r} ({argument.type}): its {self.info.type.name} was made without "
                f"it{where}"
            )
        return self.info.materialize(argument) if argument.factory is not None else argument.default

    def encode_config(self, config: Any, fresh: bool) -> bytes:
        """Encode a configuration inside a value of this one."""
        digest = self.found.get((id(config), fresh))
        if digest is None:
            info = config.__dict__["__xpm__"]
            digest = info.digest
            if digest is None:
                # On the path: a loop. (Positions start at 1, and holding oneself is a distance of 1.)
                return TAG_OBJECT + TAG_CYCLE + _int64(self.depth + 2 - self.path[id(config)])
        encoded = TAG_OBJECT + digest
        if config.__xpm_instance__:
            met = self.seen_instances.setdefault(digest, [])
            if id(config) not in met:
                met.append(id(config))
            position = met.index(id(config))
            if position:
                encoded += TAG_INSTANCE + _int64(position)
        return encoded

    def finish(self) -> bytes:
        """All digests are known: hash."""
        encoder = _Encoder(self)
        pieces: list[bytes] = []
        for piece in self.pieces:
            if type(piece) is bytes:
                pieces.append(piece)
            else:
                pieces.extend(piece.encode(encoder, self))
        return sha256(b"".join(pieces)).digest()


class _Deferred:
    """A value that waits for the digests of the configurations it holds."""

    __slots__ = ("default", "slot", "value")

    def __init__(self, value: Any, slot: Slot | None, default: Any) -> None:
        self.value = value
        self.slot = slot
        #: Left out when its bytes are those of the default.
        self.default = default

    def encode(self, encoder: _Encoder, frame: _Frame) -> tuple[bytes, ...]:
        if self.slot is None:
            return (encoder.encode(self.value),)
        if self.default is not MISSING and self._is_default(frame):
            return ()
        try:
            return (self.slot.prefix, encoder.encode(self.value))
        except IdentifierError as error:
            info = frame.info
            raise IdentifierError(f"{info.type.name}.{self.slot.name}: {error}{at(info.location)}") from None

    def _is_default(self, frame: _Frame) -> bool:
        if next(_edges([self.value, self.default], False), None) is None:
            return _same(self.value, self.default)
        if type(self.value) is not type(self.default):
            return False
        # Comparing must not count as meeting instances.
        met, frame.seen_instances = frame.seen_instances, {}
        try:
            return _Encoder(frame).encode(self.value) == _Encoder(frame).encode(self.default)
        finally:
            frame.seen_instances = met


def _same(value: Any, default: Any) -> bool:
    try:
        return bool(value == default)
    except (TypeError, ValueError):
        return False


class _Run:
    """One computation: the stack of frames, and the digests found so far."""

    __slots__ = ("frames", "kept", "memo", "open")

    def __init__(self, memo: dict[int, bytes]) -> None:
        self.frames: list[_Frame] = []
        #: Digests that do not depend on the path, by id of the configuration.
        self.memo = memo
        #: How many frames are open for each configuration.
        self.open: set[int] = set()
        self.kept: list[Any] = []

    def steps_to(self, frame: _Frame) -> tuple[str, ...]:
        """How the configuration of a frame that is being made is reached from the root."""
        from xpm_tasks.walk import children

        chain = [item.config for item in self.frames] + [frame.config]
        steps: list[str] = []
        for holder, held in pairwise(chain):
            steps.extend(next((way for way, child in children(holder) if child is held), ("?",)))
        return tuple(steps)

    def push(self, config: Any, key: int, path: dict[int, int], partial: Partial | None = None) -> None:
        frame = _Frame(config, key, path, self, partial)
        path[key] = frame.depth + 1
        self.open.add(key)
        self.frames.append(frame)

    def digest(self, root: Any, partial: Partial | None) -> bytes:
        """Compute the digest of a configuration and of those below."""
        self.push(_converted(root), id(root), {}, partial)
        while True:
            frame = self.frames[-1]
            edge = next(frame.edges, None)
            if edge is not None:
                self._visit(frame, *edge)
            else:
                digest = self._close(frame)
                if not self.frames:
                    return digest

    def _visit(self, frame: _Frame, config: Any, fresh: bool) -> None:
        """See that the digest of a configuration is known before its holder is finished."""
        key = id(config)
        if (key, fresh) in frame.found:
            return
        info = config.__dict__["__xpm__"]
        digest = info.digest if info.digest is not None else self.memo.get(key)
        if digest is not None:
            frame.found[key, fresh] = digest
        elif not fresh and key in frame.path:
            frame.low = min(frame.low, frame.path[key])
        elif key in self.open:
            raise IdentifierError(
                f"{info.type.name} holds itself through a set{at(info.location)}: it has no identifier"
            )
        else:
            self.push(_converted(config), key, {} if fresh else frame.path)

    def _close(self, frame: _Frame) -> bytes:
        """Hash a frame, and hand its digest to the one below."""
        digest = frame.finish()
        self.frames.pop()
        del frame.path[frame.key]
        self.open.discard(frame.key)
        if frame.low > frame.depth + 1 and not frame.is_partial:
            # No loop is open through it: the digest is the same wherever it is met.
            self.memo[frame.key] = digest
            self.kept.append(frame.config)
            if frame.info.sealed and frame.key == id(frame.config):
                frame.info.digest = digest
        if self.frames:
            parent = self.frames[-1]
            same_path = parent.path is frame.path
            if same_path:
                parent.low = min(parent.low, frame.low)
            parent.found[frame.key, not same_path] = digest
        return digest


def _converted(config: Any) -> Any:
    """What a configuration of a deprecated class stands for; itself otherwise."""
    deprecation = type(config).__xpmtype__.deprecation
    return deprecation.convert(config) if deprecation is not None and deprecation.converts else config


def compute(config: Any, *, partial: Partial | None = None, memo: dict[int, bytes] | None = None) -> bytes:
    """Compute the identifier of a configuration.

    Args:
        config: The configuration.
        partial: Leave out the parameters that it excludes, at the top level only.
        memo: Receives the digests of the configurations below that do not depend on where they are met, by
            id.

    Raises:
        IdentifierError: a value has no identifier.
        MissingParameterError: a parameter has no value.
    """
    info: ConfigInformation = config.__dict__["__xpm__"]
    if partial is not None:
        return _Run({}).digest(config, partial)
    known = info.digest if info.digest is not None else info.loop_digest
    if known is not None:
        return known
    digest = _Run({} if memo is None else memo).digest(config, None)
    if info.sealed and info.digest is None:
        info.loop_digest = digest
    return digest


def encoding_digest(value: Any) -> bytes:
    """The hash of the bytes of a value: gives the elements of sets their order."""
    return sha256(_Encoder.plain(value)).digest()
