"""``-c KEY=VALUE``: typed values, nested keys, items of lists by their index."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from xpm_config.errors import OverrideError, ReadError, shown
from xpm_config.merge import merge
from xpm_config.node import Node, Path, dotted
from xpm_config.origins import Origin
from xpm_config.yaml_reader import MAX_DEPTH, parse_yaml

#: `[0]` or `[name]`, the other way of OmegaConf to write a part of a key.
_BRACKET = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One ``-c KEY=VALUE``."""

    #: Parts of the key, as text (whether `0` is an index depends on what it is applied to).
    path: Path
    value: Node
    origin: Origin


def parse_override(text: str, *, option: str = "-c") -> Override:
    """Read ``KEY=VALUE``; VALUE is YAML, so that ``-c layers=[1,2]`` and ``-c name=null`` work.

    Raises:
        OverrideError: There is no ``=``, no key, or the value is not YAML.
    """
    origin = Origin(text=f"{option} {text}")
    key, equal, value = text.partition("=")
    if not equal:
        raise OverrideError("no '=' found", origin, hint="write KEY=VALUE")
    path = _split_key(key.strip(), origin)
    try:
        node = parse_yaml(value, origin)
    except ReadError as error:
        hint = error.hint or "quote the value as in YAML"
        raise OverrideError(error.problem, origin, key=dotted(path), hint=hint) from error
    return Override(path=path, value=node or Node(None, origin, text=""), origin=origin)


def _split_key(key: str, origin: Origin) -> Path:
    parts = _BRACKET.sub(r".\1", key).removeprefix("." if key.startswith("[") else "").split(".")
    if not all(part.strip() for part in parts):
        raise OverrideError(f"'{key}' is not a key", origin, hint="write KEY=VALUE, with KEY such as a.b.0.c")
    return tuple(parts)


def apply_override(tree: Node, override: Override) -> Node:
    """Return `tree` with the value changed (a mapping is merged, anything else replaced).

    Raises:
        OverrideError: An index outside a list, a key under something that has no keys, or a key without end.
    """
    if len(override.path) > MAX_DEPTH:
        raise OverrideError(f"the key has more than {MAX_DEPTH} parts", override.origin)
    return _apply(tree, override, 0)


def _apply(node: Node, override: Override, depth: int) -> Node:
    path, origin = override.path, override.origin
    if depth == len(path):
        return merge(node, override.value)
    part = str(path[depth])
    if isinstance(node.value, list):
        index = _index(node, part, override, depth)
        items = list(node.value)
        items[index] = _apply(items[index], override, depth + 1)
        return replace(node, value=items, default=False)
    if node.value is None or node.is_missing:
        return replace(_nested(override, depth), replaces=True)
    if not isinstance(node.value, dict):
        raise OverrideError(
            f"'{dotted(path[:depth])}' is {shown(node.value)} ({node.origin}): it has no key '{part}'",
            origin,
            key=dotted(path),
        )
    child = node.value.get(part)
    new = _nested(override, depth + 1) if child is None else _apply(child, override, depth + 1)
    return replace(node, value={**node.value, part: new}, default=False)


def _index(node: Node, part: str, override: Override, depth: int) -> int:
    where = dotted(override.path[:depth])
    size = len(node.value)
    valid = f"items are numbered from 0 to {size - 1}" if size else "it is empty"
    try:
        index = int(part)
    except ValueError:
        raise OverrideError(
            f"'{where}' is a list: '{part}' is not the number of an item", override.origin, hint=valid
        ) from None
    if not -size <= index < size:
        raise OverrideError(f"'{where}' has no item {part} ({node.origin})", override.origin, hint=valid)
    return index


def _nested(override: Override, depth: int) -> Node:
    """Return the value below the parts of the key that are still missing."""
    node = override.value
    for part in reversed(override.path[depth:]):
        node = Node({str(part): node}, override.origin)
    return node
