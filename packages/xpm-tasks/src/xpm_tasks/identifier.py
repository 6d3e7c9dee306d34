"""Identifiers of configurations, scheme 2: which parameters count, and what is hashed.

The computation walks configurations with an explicit stack. A frame is one configuration whose bytes are
being gathered; it is finished when the digests of all the configurations it holds are known.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from xpm_tasks.encoding import (
    SIMPLE,
    TAG_CYCLE,
    TAG_INIT_TASKS,
    TAG_INSTANCE,
    TAG_OBJECT,
    TAG_TASK,
    Edge,
    Encoder,
    edges,
    int64,
    is_made,
    plain_encode,
    without_dropped,
)
from xpm_tasks.errors import IdentifierError, MissingParameterError
from xpm_tasks.fields import MISSING
from xpm_tasks.locations import at
from xpm_tasks.walk import children, show_path

if TYPE_CHECKING:
    from xpm_tasks.arguments import Argument
    from xpm_tasks.information import ConfigInformation
    from xpm_tasks.partials import Partial
    from xpm_tasks.slots import Slot

#: Deeper than any path.
_NO_LOOP = 1 << 62


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


# --- One configuration ---


class _Deferred(NamedTuple):
    """A value that waits for the digests of the configurations it holds."""

    value: Any
    #: The parameter; None for a task.
    slot: Slot | None
    #: The value is left out when it equals this one.
    default: Any


class _Frame:
    """One configuration whose bytes are being gathered."""

    __slots__ = (
        "config",
        "deferred",
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
        self, config: Any, key: int, path: dict[int, int], run: _Run, partial: Partial | None
    ) -> None:
        self.config = config
        #: What the holder knows it by: the id of the object that stands there (see `_Run.stands_for`).
        self.key = key
        self.is_partial = partial is not None
        self.info: ConfigInformation = config.__dict__["__xpm__"]
        #: Position of each configuration of the current path, by id; the first is 1.
        self.path = path
        self.depth = len(path) + 1
        #: The least position that something below refers back to.
        self.low = _NO_LOOP
        #: Digests of what it holds, by edge.
        self.found: dict[tuple[int, bool], bytes] = {}
        #: For `InstanceConfig`: the objects met with each digest.
        self.seen_instances: dict[bytes, list[int]] = {}
        #: Bytes, or values still to be encoded.
        self.pieces: list[bytes | _Deferred] = [TAG_OBJECT]
        #: Some piece is a value.
        self.deferred = False
        #: Values made on the way: while they live, their ids are theirs.
        self.kept: list[Any] = []
        needed: list[Edge] = []
        self._gather(needed, partial, run)
        self.edges = iter(needed)

    def _gather(self, needed: list[Edge], partial: Partial | None, run: _Run) -> None:
        info = self.info
        pieces = self.pieces
        if info.output_of is not None:
            pieces.append(TAG_TASK)
            self._defer(info.output_of, needed)
        pieces.append((info.type.original_identifier if run.original else info.type.identifier).encode())
        plan = info.type.plan
        if partial is not None:
            plan = tuple(slot for slot in plan if not partial.excludes(slot.argument.groups))
        values = self.config.__dict__
        for slot in plan:
            _, name, prefix, plain, counts, unset = slot
            value = values.get(name, MISSING)
            if value is MISSING:
                if unset is None:
                    self._special(slot, value, needed, run)
                else:
                    pieces.append(unset)
            elif plain:
                try:
                    pieces.append(prefix + SIMPLE.get(type(value), plain_encode)(value))
                except IdentifierError as error:
                    raise self._failure(slot, error) from None
            elif counts and is_made(value):
                if value.__dict__["__xpm__"].meta is not True:
                    pieces.append(_Deferred(value, slot, MISSING))
                    needed.append((value, False))
                    self.deferred = True
            else:
                self._special(slot, value, needed, run)
        if info.init_tasks:
            pieces.append(TAG_INIT_TASKS)
            for task in info.init_tasks:
                self._defer(task, needed)

    def _plain(self, slot: Slot, value: Any) -> bytes:
        simple = SIMPLE.get(type(value), plain_encode)
        try:
            return simple(value)
        except IdentifierError as error:
            raise self._failure(slot, error) from None

    def _failure(self, slot: Slot, error: IdentifierError) -> IdentifierError:
        return IdentifierError(f"{self.info.type.name}.{slot.name}: {error}{at(self.info.location)}")

    def _defer(self, task: Any, needed: list[Edge]) -> None:
        self.deferred = True
        self.pieces.append(_Deferred(task, None, MISSING))
        needed.append((task, False))

    def _special(self, slot: Slot, value: Any, needed: list[Edge], run: _Run) -> None:
        """Apply the rules that leave parameters out, in the order of the specification."""
        argument, info = slot.argument, self.info
        made = value is MISSING or slot.name in info.defaulted
        if argument.generator is not None and (value is MISSING or slot.name in info.generated):
            return
        if made and argument.ignore_generated:
            return
        if value is MISSING and argument.ignore_default and not argument.constant:
            return
        if value is MISSING:
            value = self._default(argument, run)
        meta = value.__xpm__.meta if is_made(value) else None
        if argument.ignored and meta is not False:
            return
        default = MISSING
        if not argument.constant:
            if meta is True or (argument.optional and value is None):
                return
            if argument.ignore_default and argument.generator is None:
                default = argument.fresh_default()
        self._keep(slot, value, default, needed)

    def _keep(self, slot: Slot, value: Any, default: Any, needed: list[Edge]) -> None:
        """The parameter counts, unless it equals the default given."""
        if not slot.argument.holds_configs:
            if default is MISSING or not _same(value, default):
                self.pieces.append(slot.prefix + self._plain(slot, value))
            return
        self.deferred = True
        self.kept.append((value, default))
        for side in (value, default):  # whatever its mark, a default is compared
            needed.extend([(side, False)] if is_made(side) else edges(side))
        self.pieces.append(_Deferred(value, slot, default))

    def _default(self, argument: Argument, run: _Run) -> Any:
        if argument.required:
            chain = [frame.config for frame in run.frames] + [self.config]
            raise MissingParameterError(
                f"{show_path(chain[0], _steps(chain))} has no value for {argument.name!r} ({argument.type}): "
                f"this {self.info.type.name} was made without it{at(self.info.location)}"
            )
        return argument.default if argument.shared_default else self.info.materialize(argument)

    def _encode_config(self, config: Any, in_set: bool) -> bytes:
        """Encode a configuration inside a value of this one."""
        digest = self.found.get((id(config), in_set))
        if digest is None:  # on the path: a loop; holding oneself is a distance of 1
            return TAG_OBJECT + TAG_CYCLE + int64(self.depth - self.path[id(config)] + 1)
        encoded = TAG_OBJECT + digest
        if config.__xpm_instance__:
            met = self.seen_instances.setdefault(digest, [])
            if id(config) not in met:
                met.append(id(config))
            position = met.index(id(config))
            if position:
                encoded += TAG_INSTANCE + int64(position)
        return encoded

    def finish(self) -> bytes:
        """All digests are known: hash."""
        if not self.deferred:
            return sha256(b"".join(self.pieces)).digest()  # type: ignore[arg-type]
        encoder = Encoder(self._encode_config, lambda item: self._set_key(item, encoder))
        return sha256(b"".join([self._bytes_of(piece, encoder) for piece in self.pieces])).digest()

    def _bytes_of(self, piece: bytes | _Deferred, encoder: Encoder) -> bytes:
        if type(piece) is bytes:
            return piece
        assert type(piece) is _Deferred
        if piece.default is not MISSING and self._is_default(piece, encoder):
            return b""
        slot = piece.slot
        if is_made(piece.value):
            return (slot.prefix if slot else b"") + self._encode_config(piece.value, False)
        assert slot is not None
        try:
            return slot.prefix + encoder.encode(piece.value)
        except IdentifierError as error:
            raise self._failure(slot, error) from None

    def _is_default(self, piece: _Deferred, encoder: Encoder) -> bool:
        value, default = piece.value, piece.default
        if next(edges([value, default]), None) is None:
            return _same(without_dropped(value), without_dropped(default))
        # Configurations are the same when their bytes are.
        return self._encode_apart(value, encoder) == self._encode_apart(default, encoder)

    def _encode_apart(self, value: Any, encoder: Encoder, in_set: bool = False) -> bytes:
        """Encode a value without counting as meeting its instances."""
        met, self.seen_instances = self.seen_instances, {}
        try:
            return encoder.encode(value, in_set)
        finally:
            self.seen_instances = met

    def _set_key(self, item: Any, encoder: Encoder) -> tuple[bytes, int, int]:
        """The place of an element of a set. Equal instances: those met before, then as they were made."""
        digest = sha256(self._encode_apart(item, encoder, True)).digest()
        if not (is_made(item) and item.__xpm_instance__):
            return digest, 0, 0
        met = self.seen_instances.get(self.found[id(item), True], [])
        position = met.index(id(item)) if id(item) in met else len(met)
        return digest, position, item.__xpm__.serial


def _same(value: Any, default: Any) -> bool:
    try:
        return bool(value == default) or (isinstance(value, float) and value != value and default != default)
    except (TypeError, ValueError):
        return False


def _steps(chain: list[Any]) -> tuple[str, ...]:
    """How each configuration of a chain is reached from the one before."""
    steps: list[str] = []
    for holder, held in pairwise(chain):
        steps.extend(next((way for way, child in children(holder) if child is held), ("?",)))
    return tuple(steps)


# --- Many configurations ---


class _Run:
    """One computation: the stack of frames, and the digests found so far.

    Args:
        memo: Receives the digests that do not depend on the path, by id of the configuration.
        original: Use the names that deprecated classes had.
    """

    __slots__ = ("converted", "frames", "kept", "memo", "open", "original")

    def __init__(self, memo: dict[int, bytes], original: bool = False) -> None:
        self.frames: list[_Frame] = []
        self.memo = memo
        self.original = original
        #: The configurations whose frames are open, by id.
        self.open: set[int] = set()
        #: What the configurations of deprecated classes stand for, by id.
        self.converted: dict[int, Any] = {}
        self.kept: list[Any] = []

    def stands_for(self, config: Any) -> Any:
        """What a configuration of a deprecated class stands for; itself otherwise."""
        deprecation = config.__dict__["__xpm__"].type.deprecation
        if deprecation is None or not deprecation.converts or self.original:
            return config
        if id(config) not in self.converted:
            *_, self.converted[id(config)] = deprecation.conversions(config)
        return self.converted[id(config)]

    def push(self, config: Any, path: dict[int, int], partial: Partial | None = None) -> None:
        """Open the frame of a configuration."""
        key = id(config)
        frame = _Frame(self.stands_for(config), key, path, self, partial)
        path[key] = frame.depth
        self.open.add(key)
        self.frames.append(frame)

    def digest(self, root: Any, partial: Partial | None = None) -> bytes:
        """Compute the digest of a configuration and of those below."""
        self.push(root, {}, partial)
        while True:
            frame = self.frames[-1]
            edge = next(frame.edges, None)
            if edge is not None:
                self._visit(frame, *edge)
            else:
                digest = self._close(frame)
                if not self.frames:
                    return digest

    def _visit(self, frame: _Frame, config: Any, in_set: bool) -> None:
        """See that the digest of a configuration is known before its holder is finished."""
        key = id(config)
        if (key, in_set) in frame.found:
            return
        info: ConfigInformation = config.__dict__["__xpm__"]
        digest = None if self.original else info.digest
        if digest is None:
            digest = self.memo.get(key)
        if digest is not None:
            frame.found[key, in_set] = digest
        elif not in_set and key in frame.path:
            frame.low = min(frame.low, frame.path[key])
        elif key in self.open:
            raise IdentifierError(
                f"{info.type.name} holds itself through a set{at(info.location)}: it has no identifier"
            )
        else:
            # The elements of a set have a path of their own.
            self.push(config, {} if in_set else frame.path)

    def _close(self, frame: _Frame) -> bytes:
        """Hash a frame, and hand its digest to its holder."""
        digest = frame.finish()
        self.frames.pop()
        del frame.path[frame.key]
        self.open.discard(frame.key)
        if frame.low > frame.depth and not frame.is_partial:
            # No loop goes through it: the digest is the same wherever it is met.
            self.memo[frame.key] = digest
            self.kept.append(frame.config)
            if frame.info.sealed and frame.key == id(frame.config) and not self.original:
                frame.info.digest = digest
        if self.frames:
            holder = self.frames[-1]
            in_set = holder.path is not frame.path
            if not in_set:
                holder.low = min(holder.low, frame.low)
            holder.found[frame.key, in_set] = digest
        return digest


def compute(config: Any, *, partial: Partial | None = None, memo: dict[int, bytes] | None = None) -> bytes:
    """Compute the identifier of a configuration.

    Args:
        config: The configuration.
        partial: Leave out the parameters that it excludes, at the top level only.
        memo: Receives the digests of what is below, when they do not depend on where it is met, by id.

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
    digest = _Run({} if memo is None else memo).digest(config)
    if info.sealed and info.digest is None:
        info.loop_digest = digest
    return digest


def compute_original(config: Any) -> bytes:
    """Compute the identifier that a configuration had before any class was deprecated."""
    return _Run({}, original=True).digest(config)
