"""The filter language: which jobs to show.

    filter     = term { "or" term }
    term       = factor { "and" factor }
    factor     = "not" factor | "(" filter ")" | test
    test       = subject ( "=" | "!=" | "~" ) value
               | subject [ "not" ] "in" "[" [ value { "," value } ] "]"
    subject    = "@" field | tag, bare or quoted
    value      = text in single or double quotes | number | bare word

Logic has two values: a job without the tag does not equal anything, so `!=` and `not in` hold for it. A value
equals a tag that has the same text, or the same number. `~` searches a regular expression (Python's).

Here are the parser and an interpreter over records; `filter_sql` compiles the same to SQL.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Union

import msgspec

from xpm_workspace.errors import FilterError
from xpm_workspace.records import JobRecord

#: Fields of a job that can be tested, with how a record gives them.
FIELDS: dict[str, Callable[[JobRecord], str | None]] = {
    "state": lambda job: job.status.state.value,
    "reason": lambda job: job.status.reason.value if job.status.reason else None,
    "name": lambda job: job.name,
    "task": lambda job: job.task_id,
    "id": lambda job: job.job_id,
    "host": lambda job: job.host,
    "launcher": lambda job: job.launcher,
    "transient": lambda job: job.transient if job.run_id is not None else None,
    "experiment": lambda job: job.experiment_id,
    "run": lambda job: job.run_id,
}

#: Fields whose values are upper-case names; they are compared without regard to case.
UPPER_CASE = frozenset({"state", "reason", "transient"})

#: Longest filter, so that neither this parser nor SQLite's is overwhelmed.
MAX_TOKENS = 1000
MAX_DEPTH = 60

_TOKENS = re.compile(
    r"""\s*(?:
    (?P<text> "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' )
  | (?P<field> @\w* )
  | (?P<word> [^\s"'()\[\],=!~@<>]+ )
  | (?P<sign> != | [=~()\[\],] )
  | (?P<wrong> . )
)""",
    re.VERBOSE | re.DOTALL,
)
_KEYWORDS = frozenset({"and", "or", "not", "in"})


class Value(msgspec.Struct, frozen=True):
    """A value of a filter, as text and, if it reads as one, as a number."""

    #: As it was written, without quotes.
    text: str
    #: The same as a number.
    number: int | float | None


class Test(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A comparison of a field or tag."""

    #: Field, or empty for a tag.
    field: str = ""
    #: Tag, or empty for a field.
    tag_name: str = ""
    #: `in` or `~`; `=` is `in` with one value, the negative ones are within a `Not`.
    operator: str
    #: What it is compared with.
    values: tuple[Value, ...]


class Not(msgspec.Struct, frozen=True, tag=True):
    """The contrary."""

    inner: Node


class Both(msgspec.Struct, frozen=True, tag=True):
    """All of them."""

    parts: tuple[Node, ...]


class Either(msgspec.Struct, frozen=True, tag=True):
    """At least one of them."""

    parts: tuple[Node, ...]


Node = Union[Test, Not, Both, Either]  # noqa: UP007  needed at run time on 3.10


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


def parse_filter(text: str) -> Node:
    """Parse a filter.

    Raises:
        FilterError: it makes no sense; points at the column.
    """
    return _Parser(text).parse()


def matches(node: Node, job: JobRecord) -> bool:
    """Whether a filter holds for a record."""
    if isinstance(node, Not):
        return not matches(node.inner, job)
    if isinstance(node, Both):
        return all(matches(part, job) for part in node.parts)
    if isinstance(node, Either):
        return any(matches(part, job) for part in node.parts)
    present = FIELDS[node.field](job) if node.field else tag_value(job.tags.get(node.tag_name))
    if present is None:
        return False
    if node.operator == "~":
        return search(node.values[0].text, present)
    return any(equal(value, present) for value in node.values)


def equal(value: Value, present: int | float | str) -> bool:
    """Whether a value of a filter equals a present one."""
    if isinstance(present, str):
        return present == value.text
    return value.number is not None and present == value.number


def search(pattern: str, present: int | float | str | None) -> bool:
    """Whether a regular expression is found in a present value; the SQL function `xpm_search`."""
    if present is None:
        return False
    text = present if isinstance(present, str) else json.dumps(present)
    return _compiled(pattern).search(text) is not None


def tag_value(value: Any) -> int | float | str | None:
    """Return a tag's value as filters see it: a number, or text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else _approximate(value)
    if value is None or isinstance(value, (float, str)):
        return value
    return json.dumps(value, ensure_ascii=False)


def _approximate(value: int) -> float | str:
    try:
        return float(value)
    except OverflowError:
        return str(value)


@functools.lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.position = 0
        self.depth = 0
        if len(self.tokens) > MAX_TOKENS:
            raise FilterError("the filter is too long", text[:200], 0)

    @property
    def token(self) -> _Token:
        return self.tokens[self.position]

    def parse(self) -> Node:
        node = self.either()
        if self.token.kind != "end":
            raise self.error("'and' or 'or' is expected here")
        return node

    def either(self) -> Node:
        parts = [self.both()]
        while self.take("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def both(self) -> Node:
        parts = [self.factor()]
        while self.take("and"):
            parts.append(self.factor())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def factor(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error("the filter is nested too deeply")
        try:
            if self.take("not"):
                return Not(self.factor())
            if self.take("("):
                node = self.either()
                self.need(")", "')' is expected here")
                return node
            return self.test()
        finally:
            self.depth -= 1

    def test(self) -> Node:
        subject = self.token
        names = self.subject()
        if self.take("="):
            return Test(**names, operator="in", values=(self.value(names["field"]),))
        if self.take("!="):
            return Not(Test(**names, operator="in", values=(self.value(names["field"]),)))
        if self.take("~"):
            return Test(**names, operator="~", values=(self.pattern(),))
        negative = self.take("not")
        if not self.take("in"):
            raise self.error(f"'=', '!=', '~', 'in' or 'not in' is expected after {subject.text!r}")
        test = Test(**names, operator="in", values=self.values(names["field"]))
        return Not(test) if negative else test

    def subject(self) -> dict[str, str]:
        token = self.token
        if token.kind == "field":
            name = token.text[1:]
            if name not in FIELDS:
                raise self.error(
                    f"there is no field {token.text!r}; one of {', '.join('@' + f for f in FIELDS)}"
                )
            self.position += 1
            return {"field": name, "tag_name": ""}
        if token.kind == "text" or (token.kind == "word" and token.text not in _KEYWORDS):
            name = _unquoted(token)
            if not name:
                raise self.error("the name of a tag is empty")
            self.position += 1
            return {"field": "", "tag_name": name}
        raise self.error("a field (@state), a tag, 'not' or '(' is expected here")

    def values(self, field: str) -> tuple[Value, ...]:
        self.need("[", "'[' is expected here")
        values: list[Value] = []
        while not self.take("]"):
            if values:
                self.need(",", "',' or ']' is expected here")
            values.append(self.value(field))
        return tuple(values)

    def value(self, field: str) -> Value:
        token = self.token
        if token.kind not in ("text", "word") or (token.kind == "word" and token.text in _KEYWORDS):
            raise self.error("a value is expected here")
        self.position += 1
        text = _unquoted(token)
        return Value(text.upper() if field in UPPER_CASE else text, _number(text))

    def pattern(self) -> Value:
        column = self.token.column
        value = self.value("")
        try:
            _compiled(value.text)
        except (re.error, RecursionError, OverflowError) as error:
            raise FilterError(f"this is no regular expression ({error})", self.text, column) from error
        return value

    def take(self, text: str) -> bool:
        if self.token.kind in ("word", "sign") and self.token.text == text:
            self.position += 1
            return True
        return False

    def need(self, text: str, problem: str) -> None:
        if not self.take(text):
            raise self.error(problem)

    def error(self, problem: str) -> FilterError:
        return FilterError(problem, self.text, self.token.column)


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    end = len(text.rstrip())
    while found := _TOKENS.match(text, position, end):
        kind = str(found.lastgroup)
        column = found.start(kind)
        if kind == "wrong":
            wrong = found[kind]
            problem = "this quote is never closed" if wrong in "\"'" else f"{wrong!r} means nothing here"
            raise FilterError(problem, text, column)
        yield _Token(kind, found[kind], column)
        position = found.end()
    yield _Token("end", "", end)


def _unquoted(token: _Token) -> str:
    if token.kind != "text":
        return token.text
    quote, inner = token.text[0], token.text[1:-1]
    # Only the quote and the backslash itself are escaped: other backslashes belong to a regular expression.
    return re.sub(r"\\([\\" + quote + r"])", lambda found: str(found[1]), inner)


def _number(text: str) -> int | float | None:
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII):
        return None
    if re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
        return int(text)
    number = float(text)
    return number if math.isfinite(number) else None
