"""The help of parameters, from the documentation of their class."""

from __future__ import annotations

import ast
import re
import textwrap
from functools import cache
from typing import Any

_SECTION = re.compile(r"^\s*(Attributes|Args|Parameters)\s*:\s*$")
_ENTRY = re.compile(r"^(\s+)(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$")


def parameter_help(cls: type[Any], name: str) -> str:
    """What a class says of one of its parameters; "" when it says nothing."""
    return _docstring_help(cls.__doc__ or "").get(name) or _source_help(cls).get(name, "")  # type: ignore[arg-type]


@cache
def _docstring_help(text: str) -> dict[str, str]:
    """Read the "Attributes:" section of a docstring."""
    found: dict[str, str] = {}
    inside, current, indent = False, None, 0
    for line in _clean(text).splitlines():
        if _SECTION.match(line):
            inside, current = True, None
            continue
        if not inside:
            continue
        if line.strip() and not line.startswith(" "):
            inside = False
            continue
        entry = _ENTRY.match(line)
        if entry and (current is None or len(entry[1]) <= indent):
            indent, current = len(entry[1]), entry[2]
            found[current] = entry[3].strip()
        elif current is not None and line.strip():
            found[current] = f"{found[current]} {line.strip()}".strip()
    return found


def _clean(text: str) -> str:
    """A docstring without its indentation. (`inspect` takes long to import.)"""
    first, _, rest = text.expandtabs().partition("\n")
    return f"{first.lstrip()}\n{textwrap.dedent(rest)}"


@cache
def _source_help(cls: type[Any]) -> dict[str, str]:
    """Read the strings under the attributes, and the ``#:`` comments above them."""
    import inspect

    try:
        source = textwrap.dedent(inspect.getsource(cls))
        tree = ast.parse(source)
    except (OSError, TypeError, SyntaxError):
        return {}
    statements = tree.body[0].body if tree.body and isinstance(tree.body[0], ast.ClassDef) else []
    lines = source.splitlines()
    found = {}
    for statement, following in zip(statements, [*statements[1:], None], strict=True):
        if not (isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)):
            continue
        text = _string(following) or _comment_above(lines, statement.lineno - 1)
        if text:
            found[statement.target.id] = text
    return found


def _string(statement: ast.stmt | None) -> str:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        value = statement.value.value
        if isinstance(value, str):
            return " ".join(value.split())
    return ""


def _comment_above(lines: list[str], index: int) -> str:
    found: list[str] = []
    while index > 0 and lines[index - 1].strip().startswith("#:"):
        index -= 1
        found.insert(0, lines[index].strip()[2:].strip())
    return " ".join(found)
