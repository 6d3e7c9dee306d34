"""Reading requirement strings.

    requirement := alternative ("|" alternative)*
    alternative := factor ("&" factor)*
    factor      := atom ("*" number)*
    atom        := "(" requirement ")" | "duration" "=" value | kind ["(" [arguments] ")"]
    kind        := "cpu" | "cuda" | "gpu" | "mps"
    arguments   := key "=" value ("," key "=" value)*

One method for each rule; `str` of a requirement writes what is read here.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from functools import partial
from operator import and_, mul
from typing import TypeVar

from xpm_scheduler.launcherfinder.errors import RequirementSyntaxError
from xpm_scheduler.launcherfinder.hardware import ACCELERATORS
from xpm_scheduler.launcherfinder.quantities import Duration, Memory, shortened
from xpm_scheduler.launcherfinder.specs import (
    CPUSpecification,
    HostRequirement,
    HostSimpleRequirement,
    RequirementUnion,
)

T = TypeVar("T")

_NAME = re.compile(r"[^\W\d]\w*")
_DIGITS = re.compile(r"[0-9]+")
_SPACE = re.compile(r"\s*")
_VALUE = re.compile(r"[^&|*(),=]*")
_KEYS = {"cpu": ("cores", "mem"), **dict.fromkeys(ACCELERATORS, ("mem",))}
_NAMES = ("duration", *_KEYS)
_NOTHING: HostRequirement = HostSimpleRequirement()
#: Parentheses in parentheses: far more than anybody needs, far from Python's limit.
_DEEPEST = 32


def parse(text: str) -> RequirementUnion:
    """Read a requirement such as `duration=2h & cuda(mem=8G) * 2 & cpu(cores=4, mem=16G) | mps`.

    `*` binds most, then `&`, then `|`.

    Args:
        text: the requirement; spaces and line breaks do not matter.

    Returns:
        Its alternatives, in order.

    Raises:
        RequirementSyntaxError: it cannot be understood; the message points at the column.
    """
    if not isinstance(text, str):
        raise TypeError(f"a requirement string is a text, not {type(text).__name__}")
    return _Parser(text).everything()


class _Parser:
    """A position in a text, and the rules that move it on."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._depth = 0

    # --- Rules

    def everything(self) -> RequirementUnion:
        requirement = self._requirement()
        if self._peek():
            hint = "parenthesis without its (" if self._peek() == ")" else "expected & or | or *"
            raise self._error(f"{hint}, found {self._found()}")
        return RequirementUnion([requirement])

    def _requirement(self) -> HostRequirement:
        start = self._skip_space()
        members = [self._alternative()]
        while self._take("|"):
            members.append(self._alternative())
        if len(members) == 1:
            return members[0]
        return self._checked(start, partial(RequirementUnion, members))

    def _alternative(self) -> HostRequirement:
        start = self._skip_space()
        whole, rest = self._factor(), _NOTHING
        while self._take("&"):
            start, factor = self._skip_space(), self._factor()
            if len(whole.alternatives) == 1 or len(factor.alternatives) > 1:
                whole = self._checked(start, partial(and_, whole, factor))
            else:
                # To each alternative only once, at the end: a long text would take seconds.
                rest = self._checked(start, partial(and_, rest, factor))
        return whole if rest is _NOTHING else self._checked(start, partial(and_, whole, rest))

    def _factor(self) -> HostRequirement:
        whole = self._atom()
        while self._take("*"):
            start, count = self._skip_space(), self._number()
            whole = self._checked(start, partial(mul, whole, count))
        return whole

    def _atom(self) -> HostRequirement:
        if self._take("("):
            return self._group()
        start = self._skip_space()
        name = self._name()
        if name == "duration":
            if not self._take("="):
                raise self._error("write it as duration=2h")
            return HostSimpleRequirement(duration=self._value(Duration))
        if name not in _KEYS:
            raise self._unknown(name, start)
        arguments = self._arguments(name) if self._take("(") else {}
        if self._peek() == "=":
            raise self._error(f"{name} takes no =; write {name}({_KEYS[name][0]}=...)")
        memory = Memory(arguments.get("mem", 0))
        if name == "cpu":
            return HostSimpleRequirement(cpu=CPUSpecification(memory, arguments.get("cores", 0)))
        return HostSimpleRequirement(accelerators=[ACCELERATORS[name](memory)])

    def _group(self) -> HostRequirement:
        if self._depth == _DEEPEST:
            raise self._error(f"more than {_DEEPEST} parentheses in one another", self._position - 1)
        self._depth += 1
        opened = self._position - 1
        requirement = self._requirement()
        if not self._take(")"):
            if self._peek():
                raise self._error(f"expected & or | or * or ), found {self._found()}")
            raise self._error("this parenthesis is never closed", opened)
        self._depth -= 1
        return requirement

    def _arguments(self, name: str) -> dict[str, int]:
        arguments: dict[str, int] = {}
        if self._take(")"):
            return arguments
        while True:
            start = self._skip_space()
            key = self._key(name)
            if key in arguments:
                raise self._error(f"{key} is given twice", start)
            arguments[key] = self._value(Memory if key == "mem" else _cores)
            if self._take(")"):
                return arguments
            if not self._take(","):
                raise self._error(f"expected , or ), found {self._found()}")

    # --- Words

    def _name(self) -> str:
        """Take the name at the start of an atom."""
        found = _NAME.match(self._text, self._position)
        if found is None:
            if not self._text.strip():
                raise self._error("the requirement is empty; write for example cuda(mem=8G) & cpu(cores=4)")
            hint = "; the number comes last, as in cuda * 2" if self._peek().isdigit() else ""
            raise self._error(f"expected {_either(_NAMES)}, found {self._found()}{hint}")
        self._position = found.end()
        return found.group()

    def _key(self, name: str) -> str:
        """Take the `key=` of an argument."""
        start, keys = self._position, _KEYS[name]
        found = _NAME.match(self._text, start)
        if found is None:
            raise self._error(f"expected {_either(f'{key}=' for key in keys)}, found {self._found()}")
        self._position = found.end()
        key = found.group()
        if key not in keys:
            raise self._error(f"{name} has no {shortened(key)}{_closest(key, keys)}", start)
        if not self._take("="):
            raise self._error(f"expected = after {key}, found {self._found()}")
        return key

    def _value(self, read: Callable[[str], T]) -> T:
        """Take the text up to the next sign, and read it."""
        start = self._skip_space()
        found = _VALUE.match(self._text, start)
        assert found is not None
        raw = found.group().rstrip()
        if not raw:
            raise self._error(f"expected a value, found {self._found()}")
        self._position = start + len(raw)
        if len(raw) > 2 and raw[0] == raw[-1] and raw[0] in "'\"":
            raw = raw[1:-1]
        return self._checked(start, partial(read, raw))

    def _number(self) -> int:
        found = _DIGITS.match(self._text, self._position)
        if found is None:
            raise self._error(f"expected a number after *, found {self._found()}")
        self._position = found.end()
        digits = found.group().lstrip("0") or "0"
        # Python refuses to read very long numbers: so do we, with a place.
        return int(digits[:9]) if len(digits) < 9 else 10**9

    # --- Signs

    def _skip_space(self) -> int:
        found = _SPACE.match(self._text, self._position)
        assert found is not None
        self._position = found.end()
        return self._position

    def _peek(self) -> str:
        position = self._skip_space()
        return self._text[position : position + 1]

    def _take(self, sign: str) -> bool:
        if self._peek() != sign:
            return False
        self._position += 1
        self._skip_space()
        return True

    # --- Mistakes

    def _found(self) -> str:
        name = _NAME.match(self._text, self._skip_space())
        return shortened(name.group() if name else self._peek()) if self._peek() else "the end"

    def _checked(self, start: int, make: Callable[[], T]) -> T:
        """Say where in the text a value that is refused comes from."""
        try:
            return make()
        except ValueError as error:
            raise self._error(str(error), start) from None

    def _unknown(self, name: str, start: int) -> RequirementSyntaxError:
        return self._error(f"there is no {shortened(name)}{_closest(name, _NAMES)}", start)

    def _error(self, reason: str, position: int | None = None) -> RequirementSyntaxError:
        return RequirementSyntaxError(reason, self._text, self._position if position is None else position)


def _cores(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError(f"{shortened(text)} is not a number of cores")
    return CPUSpecification(cores=int(text)).cores


def _closest(name: str, known: Iterable[str]) -> str:
    known = tuple(known)
    found = difflib.get_close_matches(name[:40].lower(), known, n=1)
    return f"; did you mean {found[0]}?" if found else f"; there is {_either(known)}"


def _either(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
