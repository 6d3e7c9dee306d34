"""The merged configuration as a tree that knows where each value was written.

A `Node` is never changed once built: files share parts of their trees (YAML aliases, common parents).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from xpm_config.errors import ConfigurationError
from xpm_config.origins import Origin

#: A key in the tree: names for mappings, positions for lists.
Path = tuple["str | int", ...]

#: The text that stands for a value to be given later (as in OmegaConf).
MISSING = "???"


@dataclass(frozen=True, slots=True)
class Node:
    """One value with its origin."""

    #: `dict[str, Node]`, `list[Node]`, or any other object (a leaf).
    value: Any
    #: Where this value (for a mapping: its key) was written.
    origin: Origin
    #: The leaf as written in the YAML, so that a `str` field gets `1.10` and not `1.1`.
    text: str | None = None
    #: True when this value hides whatever earlier layers say (see `xpm_config.merge`).
    replaces: bool = False
    #: True for a value that the schema gives and that no layer wrote.
    default: bool = False
    #: The default object that this tree describes; None for what is written in YAML.
    instance: Any = None

    @property
    def is_interpolation(self) -> bool:
        """Whether the value has to go through OmegaConf (``${...}``, also escaped as ``\\${...}``)."""
        return isinstance(self.value, str) and "${" in self.value

    @property
    def is_untouched(self) -> bool:
        """Whether this is a default that no layer changed: the object can be used as it is."""
        return all(child.default and not child.is_missing for _, child in walk(self))

    @property
    def is_missing(self) -> bool:
        """Whether the value is still to be given (``???``)."""
        return isinstance(self.value, str) and self.value == MISSING


def from_plain(value: Any, origin: Origin, *, default: bool = False) -> Node:
    """Build a tree out of plain Python values, all with the same origin."""
    if isinstance(value, dict):
        items = {str(k): from_plain(v, origin, default=default) for k, v in value.items()}
        return Node(items, origin, default=default)
    if isinstance(value, list):
        return Node([from_plain(v, origin, default=default) for v in value], origin, default=default)
    return Node(value, origin, default=default)


def to_plain(node: Node, leaf: Callable[[Node], Any] = lambda node: node.value) -> Any:
    """Return the tree as plain Python values (`leaf` is applied to each node that is not a container)."""
    if isinstance(node.value, dict):
        return {key: to_plain(child, leaf) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [to_plain(child, leaf) for child in node.value]
    return leaf(node)


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Yield each node with its path, parents first."""
    yield path, node
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            yield from walk(child, (*path, key))
    elif isinstance(node.value, list):
        for index, child in enumerate(node.value):
            yield from walk(child, (*path, index))


def find(node: Node, path: Path) -> Node | None:
    """Return the node at `path`, or None."""
    for part in path:
        if isinstance(node.value, dict) and str(part) in node.value:
            node = node.value[str(part)]
        elif isinstance(node.value, list) and str(part).isdecimal() and int(part) < len(node.value):
            node = node.value[int(part)]
        else:
            return None
    return node


def check_size(node: Node, limit: int) -> None:
    """Refuse a tree of more than `limit` values (shared parts count each time)."""
    for count, (_, child) in enumerate(walk(node)):
        if count >= limit:
            raise ConfigurationError(
                f"the merged configuration has more than {limit} values",
                child.origin,
                hint="split it, or move the data to a file that the experiment reads",
            )


def dotted(path: Path) -> str:
    """Return a path as people write it: ``data.transforms.0.name``."""
    return ".".join(str(part) for part in path)
