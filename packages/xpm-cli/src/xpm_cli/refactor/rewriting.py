"""Rewrites old forms of default values in source code, and leaves every other byte alone. Imports nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

#: Annotations of parameters whose defaults have an old form.
_KINDS = frozenset({"Param", "Meta", "Option"})
_FIELD = "field"
#: What `field` is called in a file that means something else by that name.
_OTHER_NAME = "xpm_field"


#: What may be called in a default: `Model.C(...)`, and these. Other calls may give a `field` as well.
_PLAIN_CALLS = frozenset({"C", "Path", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"})


class Unreadable(Exception):
    """A file cannot be parsed, or not be changed without risk."""


class Rewritten(NamedTuple):
    """A module that was rewritten."""

    #: All of it.
    source: bytes
    #: How many defaults changed.
    number: int
    #: Lines of defaults that are calls of something unknown: they did not change.
    doubtful: list[int]


class _Edit(NamedTuple):
    """Bytes to put in the place of others."""

    start: int
    end: int
    text: bytes


class _Names(NamedTuple):
    """What a module calls things."""

    #: How to write `field`.
    field: str
    #: The statement that imports it, if there is none yet; goes after another one.
    imported: str
    after: ast.stmt | None


def rewrite(source: bytes) -> Rewritten:
    """Return a module with its defaults as `field(default=..., ignore_default=True)`.

    Args:
        source: of the module.

    Raises:
        Unreadable: it cannot be parsed, or is not UTF-8.
    """
    module = _parse(source)
    text = _Text(source)
    found = list(_old_defaults(module))
    doubtful = [value.lineno for _, value, keyword in found if keyword is None and _is_doubtful(value)]
    edits = []
    number = 0
    for kind, value, keyword in found:
        if keyword is None and _is_doubtful(value):
            continue
        number += 1
        names = _names(module, kind)
        if keyword is None:
            default = text.of(value)
            if isinstance(value, ast.Tuple) and not default.startswith(b"("):
                default = b"(" + default + b")"
            start, end = text.span(value)
            new = names.field.encode() + b"(default=" + default + b", ignore_default=True)"
        else:
            start, end = text.span(keyword)
            new = b"default=" + text.of(keyword.value) + b", ignore_default=True"
        edits.append(_Edit(start, end, new))
        if keyword is None and names.after is not None:
            edits.append(text.line_after(names.after, names.imported))
    return Rewritten(_checked(_apply(source, edits)), number, doubtful)


def _is_doubtful(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and _last_name(value.func) not in _PLAIN_CALLS


def _old_defaults(module: ast.Module) -> Iterator[tuple[ast.expr, ast.expr, ast.keyword | None]]:
    """The annotation's name, the value, and the keyword to change where it is a call of `field`."""
    fields = _names_of_field(module)
    classes = (node for node in ast.walk(module) if isinstance(node, ast.ClassDef))
    for statement in (statement for node in classes for statement in node.body):
        if not isinstance(statement, ast.AnnAssign) or statement.value is None:
            continue
        kind, value = _kind(statement.annotation), statement.value
        if kind is None:
            continue
        if not isinstance(value, ast.Call) or _last_name(value.func) not in fields:
            yield kind, value, None
            continue
        given = {keyword.arg: keyword for keyword in value.keywords}
        old = given.get("ignore_default")
        if old is not None and not given.keys() & {"default", "default_factory", None}:
            yield kind, value, old


def _names_of_field(module: ast.Module) -> set[str]:
    imports = (node for node in ast.walk(module) if isinstance(node, ast.ImportFrom))
    aliases = (alias for node in imports for alias in node.names if alias.name == _FIELD)
    return {_FIELD, *(alias.asname or alias.name for alias in aliases)}


def _kind(annotation: ast.expr) -> ast.expr | None:
    """`Param` in `Param[int]`, also in quotes."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return None
    if isinstance(annotation, ast.Subscript) and _last_name(annotation.value) in _KINDS:
        return annotation.value
    return None


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _names(module: ast.Module, kind: ast.expr) -> _Names:
    """How `field` is called where a parameter is called as in `kind`."""
    if isinstance(kind, ast.Attribute):
        return _Names(f"{ast.unparse(kind.value)}.{_FIELD}", "", None)
    source: ast.ImportFrom | None = None
    taken = False
    for node in ast.walk(module):
        if not isinstance(node, ast.ImportFrom):
            taken |= _binds(node, _FIELD)
            continue
        ours = node.level > 0 or (node.module or "").partition(".")[0] in ("experimaestro", "xpm_tasks")
        for alias in node.names:
            if ours and alias.name in (_FIELD, "*"):
                return _Names(alias.asname or _FIELD, "", None)
            if (alias.asname or alias.name) == _last_name(kind):
                source = node
            taken |= (alias.asname or alias.name) == _FIELD
    if source is None:
        raise Unreadable(f"it is not seen where {_last_name(kind)} comes from")
    called = _OTHER_NAME if taken else _FIELD
    origin = "experimaestro" if source.level else source.module
    imported = f"from {origin} import {_FIELD}" + (f" as {called}" if taken else "")
    return _Names(called, imported, source)


def _binds(node: ast.AST, name: str) -> bool:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return node.name == name
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == name


class _Text:
    """Finds the bytes of syntax nodes."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def span(self, node: ast.expr | ast.keyword) -> tuple[int, int]:
        """Where a node begins and ends."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return (
            self._starts[node.lineno - 1] + node.col_offset,
            self._starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def of(self, node: ast.expr) -> bytes:
        """The bytes of a node."""
        start, end = self.span(node)
        return self._source[start:end]

    def line_after(self, statement: ast.stmt, text: str) -> _Edit:
        """A new line after a statement, indented as it is."""
        assert statement.end_lineno is not None
        position = self._starts[min(statement.end_lineno, len(self._starts) - 1)]
        newline = b"\r\n" if self._source[:position].endswith(b"\r\n") else b"\n"
        return _Edit(position, position, b" " * statement.col_offset + text.encode() + newline)


def _apply(source: bytes, edits: list[_Edit]) -> bytes:
    for start, end, text in sorted(set(edits), reverse=True):
        source = source[:start] + text + source[end:]
    return source


def _parse(source: bytes) -> ast.Module:
    try:
        source.decode("utf-8")  # positions in the tree are those of UTF-8
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"it cannot be read: {error}") from error


def _checked(source: bytes) -> bytes:
    """What was made must be a module without old defaults: a mistake of ours must not reach the file."""
    if any(keyword or not _is_doubtful(value) for _, value, keyword in _old_defaults(_parse(source))):
        raise Unreadable("its defaults stand in a way that is not understood")
    return source
