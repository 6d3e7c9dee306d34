"""Reads YAML text into a tree of nodes with their lines, within bounds.

The events of PyYAML are consumed one by one: nothing is built before it was counted, so that a "billion
laughs" document stops at the line that makes it too large.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from xpm_config.errors import ReadError, shown
from xpm_config.node import Node
from xpm_config.origins import Origin
from xpm_config.scalars import read_plain, read_tagged

#: Values in one document, aliases expanded.
MAX_NODES = 100_000
#: Mappings and lists inside each other.
MAX_DEPTH = 50

_MERGE = "<<"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml(text: str, origin: Origin, make_origin: Callable[[int], Origin] | None = None) -> Node | None:
    """Parse one YAML document.

    Args:
        text: The document.
        origin: Where it comes from, for the document as a whole.
        make_origin: Gives the origin of a line, counted from 1 (default: always `origin`).

    Returns:
        The tree, or None for a document that holds nothing.

    Raises:
        ReadError: Not valid YAML, a duplicate key, a tag or a key that is not supported, too large.
    """
    builder = _Builder(make_origin or (lambda _line: origin))
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.handle(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = builder.place(mark.line) if mark is not None else origin
        said = ", ".join(part for part in (error.context, error.problem) if part)
        raise ReadError(
            f"invalid YAML: {said}", where, hint=_yaml_hint(said, _character(text, mark))
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        # The reader of PyYAML refuses control characters, and gives a position instead of a line.
        position = getattr(error, "position", None)
        where = builder.place(text.count("\n", 0, position)) if isinstance(position, int) else origin
        said = getattr(error, "reason", None) or str(error)
        raise ReadError(f"invalid YAML: {said}", where) from error
    return builder.root


def _character(text: str, mark: Any) -> str:
    """Return the character that the parser stopped at."""
    lines = text.splitlines()
    if mark is None or mark.line >= len(lines):
        return ""
    line: str = lines[mark.line]
    return line[mark.column : mark.column + 1]


def _yaml_hint(said: str, character: str) -> str | None:
    if character == "\t":
        return "indent with spaces, not with tabs"
    if "mapping values are not allowed" in said:
        return "quote the value if it holds ': ', or check the indentation"
    if "cannot start any token" in said:
        return "quote the value"
    if "expected key" in said or "expected <block end>" in said:
        return "each line has to be `key: value`, with the same indentation as its neighbours"
    return None


@dataclass
class _Open:
    """A mapping or a list whose end was not reached yet."""

    origin: Origin
    anchor: str | None
    is_mapping: bool
    #: Values so far, with aliases expanded.
    size: int = 1
    entries: dict[str, Node] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    #: Mappings brought by `<<`, the first one wins.
    merged: list[Node] = field(default_factory=list)
    key: str | None = None
    key_origin: Origin | None = None
    #: Where each key was written (a node merged by `<<` keeps its own origin).
    seen: dict[str, Origin] = field(default_factory=dict)


class _Builder:
    """Builds the tree from the events."""

    def __init__(self, make_origin: Callable[[int], Origin]) -> None:
        self._make_origin = make_origin
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int] | None] = {}
        self._documents = 0
        self.root: Node | None = None

    def place(self, line: int) -> Origin:
        return self._make_origin(line + 1)

    def _at(self, event: yaml.Event) -> Origin:
        assert event.start_mark is not None  # the parser always gives it
        return self.place(event.start_mark.line)

    def handle(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._open(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._close()
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise ReadError(
                    "the file holds several YAML documents (`---`)",
                    self._at(event),
                    hint="keep one document per file",
                )

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        origin = self._at(event)
        top = self._stack[-1] if self._stack else None
        if top is not None and top.is_mapping and top.key is None:
            self._begin_key(top, event, origin)
            return
        plain = not event.style and event.tag is None
        if plain:
            node = Node(read_plain(event.value), origin, text=event.value)
        elif event.tag is None:
            node = Node(event.value, origin)
        else:
            node = Node(_tagged(event.tag, event.value, origin), origin)
        if self._documents == 1 and top is None and plain and event.value == "":
            return  # an empty document
        self._add(node, 1, event.anchor)

    def _begin_key(self, top: _Open, event: yaml.ScalarEvent, origin: Origin) -> None:
        name = event.value
        if event.anchor is not None:
            self._anchors[event.anchor] = (Node(name, origin), 1)
        if name == "" and not event.style:
            raise ReadError("a key is missing before ':'", origin)
        if event.tag is not None and event.tag not in ("!", "tag:yaml.org,2002:str"):
            raise ReadError(f"the key '{name}' has the tag {event.tag}: keys are text", origin)
        if name == _MERGE and not event.style:
            top.key, top.key_origin = _MERGE, None
            return
        if name in top.seen:
            raise ReadError(
                f"the key '{name}' appears twice (first at {top.seen[name]})",
                origin,
                hint="remove one of them",
            )
        top.seen[name] = origin
        top.key, top.key_origin = name, origin

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        origin = self._at(event)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        self._refuse_as_key(origin)
        standard = "tag:yaml.org,2002:map" if is_mapping else "tag:yaml.org,2002:seq"
        if event.tag is not None and event.tag not in ("!", standard):
            raise _unsupported_tag(event.tag, origin)
        if len(self._stack) >= MAX_DEPTH:
            raise ReadError(f"more than {MAX_DEPTH} mappings and lists inside each other", origin)
        if event.anchor is not None:
            self._anchors[event.anchor] = None  # not finished: an alias to it would be a cycle
        self._stack.append(_Open(origin, event.anchor, is_mapping))

    def _close(self) -> None:
        top = self._stack.pop()
        value: Any = top.items
        if top.is_mapping:
            value = {}
            for mapping in reversed(top.merged):
                value.update(mapping.value)
            value.update(top.entries)
        self._add(Node(value, top.origin), top.size, top.anchor)

    def _alias(self, event: yaml.AliasEvent) -> None:
        origin = self._at(event)
        self._refuse_as_key(origin)
        if event.anchor not in self._anchors:
            raise ReadError(
                f"invalid YAML: no anchor &{event.anchor} before the alias *{event.anchor}", origin
            )
        target = self._anchors[event.anchor]
        if target is None:
            raise ReadError(f"invalid YAML: the alias *{event.anchor} is inside what it stands for", origin)
        self._add(target[0], target[1], None, origin)

    def _refuse_as_key(self, origin: Origin) -> None:
        if self._stack and self._stack[-1].is_mapping and self._stack[-1].key is None:
            raise ReadError("a key has to be text", origin, hint="quote the key if it starts with [ { or *")

    def _add(self, node: Node, size: int, anchor: str | None, at: Origin | None = None) -> None:
        """Put a finished value into what holds it (`at`: where an alias was written)."""
        if anchor is not None:
            self._anchors[anchor] = (node, size)
        if not self._stack:
            self.root = node
            return
        top = self._stack[-1]
        top.size += size
        if sum(opened.size for opened in self._stack) > MAX_NODES:
            raise ReadError(
                f"more than {MAX_NODES} values (aliases count each time)",
                at or node.origin,
                hint="move the data to a file that the experiment reads",
            )
        if not top.is_mapping:
            top.items.append(node)
            return
        key, top.key = top.key, None
        assert key is not None
        if key == _MERGE and top.key_origin is None:
            top.merged.extend(self._to_merge(node, at or node.origin))
            return
        assert top.key_origin is not None
        top.entries[key] = Node(node.value, top.key_origin, text=node.text)

    def _to_merge(self, node: Node, origin: Origin) -> list[Node]:
        mappings = node.value if isinstance(node.value, list) else [node]
        if not all(isinstance(mapping.value, dict) for mapping in mappings):
            raise ReadError(f"'<<' needs a mapping, or a list of mappings, not {_kind(node)}", origin)
        return mappings


def _tagged(tag: str, text: str, origin: Origin) -> Any:
    try:
        return read_tagged(tag, text)
    except ValueError as error:
        raise ReadError(f"invalid YAML: {error}", origin) from error
    except KeyError:
        raise _unsupported_tag(tag, origin) from None


def _unsupported_tag(tag: str, origin: Origin) -> ReadError:
    short = tag.replace("tag:yaml.org,2002:", "!!")
    return ReadError(f"the YAML tag {short} is not supported", origin, hint="write a plain value")


def _kind(node: Node) -> str:
    return "a list" if isinstance(node.value, list) else shown(node.value)
