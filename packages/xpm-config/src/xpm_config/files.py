"""Reads a YAML file with all that it inherits from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from xpm_config.errors import InheritanceError, ReadError
from xpm_config.leaves import describe_value
from xpm_config.merge import merge_all
from xpm_config.node import Node
from xpm_config.origins import Origin, display_path
from xpm_config.suggest import closest
from xpm_config.yaml_reader import parse_yaml

#: A configuration is written by hand: more is a data file, or a mistake.
MAX_FILE_BYTES = 4 * 1024 * 1024
#: Files above each other through `parent` or `imports`.
MAX_CHAIN = 50

_SUFFIXES = (".yaml", ".yml")
#: Keys that say what a file inherits from: they concern the file alone, and are not inherited.
INHERITANCE_KEYS = ("parent", "imports")


def find_yaml(path: str | os.PathLike[str]) -> Path:
    """Return the absolute path of a YAML file; the suffix ``.yaml`` (or ``.yml``) may be left out.

    Raises:
        ReadError: There is no such file (the closest name of the folder is suggested).
    """
    try:
        # `os.path` here and below: unlike `pathlib`, it does not raise for a folder that may not be entered.
        given = Path(os.path.abspath(os.path.expanduser(path)))
    except OSError as error:
        raise ReadError(
            f"the current folder is gone: {error.strerror}", hint="change to another one"
        ) from error
    if os.path.isfile(given):
        return given
    if given.suffix not in _SUFFIXES:
        for suffix in _SUFFIXES:
            candidate = given.with_name(given.name + suffix)
            if given.name and os.path.isfile(candidate):
                return candidate
    if os.path.isdir(given):
        raise ReadError(f"{display_path(given)} is a folder", hint="give a YAML file")
    if os.path.exists(given):
        return given  # a pipe, a device: reading it says what is wrong
    if os.path.islink(given):
        raise ReadError(f"{display_path(given)} is a link to {os.readlink(given)}, which does not exist")
    raise ReadError(f"the file {display_path(given)} does not exist", hint=_sibling_hint(given))


def _sibling_hint(path: Path, chain: tuple[Path, ...] = ()) -> str | None:
    """Suggest another file of the folder, but not one that already inherits from this one."""
    try:
        names = [p.name for p in path.parent.iterdir() if p.suffix in _SUFFIXES and p not in chain]
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return f"the folder {display_path(path.parent)} does not exist or cannot be read"
    best = closest(path.name, names)
    return f"did you mean '{best}'?" if best else None


def read_file(path: Path) -> Node:
    """Read one YAML file, without what it inherits from.

    Raises:
        ReadError: The file cannot be read, is empty, is not YAML, or its root is not a mapping.
    """
    origin = Origin(file=path)
    node = parse_yaml(_read_text(path, origin), origin, lambda line: Origin(file=path, line=line))
    if node is None:
        raise ReadError("the file is empty", origin, hint="write at least `id: NAME`")
    if not isinstance(node.value, dict):
        raise ReadError(f"expected `key: value` lines, found {describe_value(node)}", node.origin)
    return node


def _read_text(path: Path, origin: Origin) -> str:
    try:
        if not os.path.isfile(path):
            raise ReadError("not a regular file", origin)  # reading a pipe could block for ever
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise ReadError(f"the file cannot be read: {reason}", origin) from error
    if len(data) > MAX_FILE_BYTES:
        raise ReadError(f"the file is larger than {MAX_FILE_BYTES // 1024**2} MiB", origin)
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ReadError(
            "the file is not UTF-8 text", Origin(file=path, line=line), hint="save it as UTF-8"
        ) from error
    if "\0" in text:
        raise ReadError("the file is binary, not YAML text", origin)
    return text


class FileLayers:
    """Reads files with their parents; each file is read once, however many others inherit from it."""

    def __init__(self) -> None:
        self._merged: dict[Path, Node] = {}
        #: Files in merge order (a file comes after all that it inherits from).
        self.files: list[Path] = []
        #: What each file says under `parent` and `imports`.
        self.inheritance: dict[Path, dict[str, Node]] = {}

    def load(self, path: Path) -> Node:
        """Return the tree of `path` laid over all that it inherits from.

        Raises:
            InheritanceError: Missing parent, cycle, both ``parent`` and ``imports``.
            ReadError: One of the files cannot be read.
        """
        return self._load(path, ())

    def _load(self, path: Path, chain: tuple[Path, ...]) -> Node:
        if path in self._merged:
            return self._merged[path]
        try:
            own = read_file(path)
        except ReadError as error:
            if chain:
                error.problem = f"{error.problem} ({_chain_names((*chain, path))})"
            raise
        own_inheritance = {key: own.value[key] for key in INHERITANCE_KEYS if key in own.value}
        rest = {key: child for key, child in own.value.items() if key not in INHERITANCE_KEYS}
        layers = []
        for parent, origin, key in _parents(path, own_inheritance):
            self._check_chain((*chain, path), parent, origin, key)
            layers.append(self._load(parent, (*chain, path)))
        merged = merge_all([*layers, Node(rest, own.origin)])
        self._merged[path] = merged
        self.inheritance[path] = own_inheritance
        self.files.append(path)
        return merged

    def _check_chain(self, chain: tuple[Path, ...], parent: Path, origin: Origin, key: str) -> None:
        names = _chain_names((*chain, parent))
        if any(os.path.realpath(p) == os.path.realpath(parent) for p in chain):
            raise InheritanceError(
                f"the file inherits from itself ({names})", origin, key=key, hint="break the cycle"
            )
        if len(chain) >= MAX_CHAIN:
            raise InheritanceError(f"more than {MAX_CHAIN} files inherit from each other", origin, key=key)
        if not os.path.isfile(parent):
            what = "is a folder" if os.path.isdir(parent) else "does not exist"
            via = f" ({names})" if len(chain) > 1 else ""
            raise InheritanceError(
                f"the file {display_path(parent)} {what}{via}",
                origin,
                key=key,
                hint=_sibling_hint(parent, chain),
            )


def _chain_names(chain: tuple[Path, ...]) -> str:
    return " -> ".join(display_path(p) for p in chain)


def _parents(path: Path, inheritance: dict[str, Node]) -> Iterable[tuple[Path, Origin, str]]:
    """Return the files that `path` names, with where and under which key, the weakest first."""
    given = {key: node for key, node in inheritance.items() if node.value is not None}
    if len(given) > 1:
        raise InheritanceError(
            "both `parent` and `imports` are given", given["imports"].origin, hint="keep one of them"
        )
    found = []
    for key, node in given.items():
        entries = [node] if key == "parent" else node.value
        if not isinstance(entries, list) or not all(_is_name(entry) for entry in entries):
            expected = "the path of a YAML file" if key == "parent" else "a list of paths of YAML files"
            many = key == "parent" and isinstance(node.value, list)
            hint = "use `imports` for several files" if many else None
            raise InheritanceError(
                f"expected {expected}, found {describe_value(node)}", node.origin, key=key, hint=hint
            )
        for entry in entries:
            found.append((_parent_path(path, entry.value), entry.origin, key))
    return found


def _is_name(node: Node) -> bool:
    return isinstance(node.value, str) and node.value.strip() != ""


def _parent_path(path: Path, name: str) -> Path:
    target = Path(os.path.abspath(path.parent / os.path.expanduser(name)))
    if not os.path.exists(target) and target.suffix not in _SUFFIXES:
        for suffix in _SUFFIXES:
            candidate = target.with_name(target.name + suffix)
            if os.path.isfile(candidate):
                return candidate
    return target
