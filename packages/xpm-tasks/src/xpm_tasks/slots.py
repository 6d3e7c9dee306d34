"""The parameters of a class, prepared for hashing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from xpm_tasks.encoding import SIMPLE, TAG_NAME, encode_str
from xpm_tasks.errors import IdentifierError

if TYPE_CHECKING:
    from xpm_tasks.arguments import Argument


class Slot(NamedTuple):
    """One parameter, prepared for hashing."""

    #: The parameter.
    argument: Argument
    #: Its name, as in a ``__dict__``.
    name: str
    #: The bytes before its value.
    prefix: bytes
    #: There is nothing to decide: its value counts, and holds no configuration.
    plain: bool
    #: There is nothing to decide: its value counts (unless it is a configuration that is marked).
    counts: bool
    #: What is hashed when it has no value of its own, if it is always the same.
    unset: bytes | None


def make_plan(arguments: dict[str, Argument]) -> tuple[Slot, ...]:
    """Prepare the parameters of a class, sorted by name. Those that never count are left out."""
    slots = []
    for name in sorted(arguments):
        argument = arguments[name]
        if argument.ignored and not argument.holds_configs:
            continue
        special = (
            argument.ignored
            or argument.constant
            or argument.optional
            or argument.ignore_default
            or argument.ignore_generated
            or argument.generator is not None
        )
        prefix = encode_str(name) + TAG_NAME
        plain = not special and not argument.holds_configs
        slots.append(Slot(argument, name, prefix, plain, not special, _unset(argument, prefix)))
    return tuple(slots)


def _unset(argument: Argument, prefix: bytes) -> bytes | None:
    """What is hashed for a parameter without value: nothing, or its default when nobody can change it."""
    if argument.generator is not None or argument.ignore_generated:
        return b""
    if argument.ignored and argument.required:
        return b""
    if argument.ignore_default and not argument.constant:
        return b""
    if not argument.shared_default:
        return None
    if argument.ignored or (argument.optional and not argument.constant and argument.default is None):
        return b""
    simple = SIMPLE.get(type(argument.default))
    try:
        return prefix + simple(argument.default) if simple is not None else None
    except IdentifierError:  # what it is for will be told by the object that lacks a value
        return None
