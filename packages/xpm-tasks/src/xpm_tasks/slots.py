"""The parameters of a class, prepared for hashing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from xpm_tasks.encoding import TAG_NAME, encode_str

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
            or argument.holds_configs
            or argument.optional
            or argument.ignore_default
            or argument.ignore_generated
            or argument.generator is not None
        )
        slots.append(Slot(argument, name, encode_str(name) + TAG_NAME, not special))
    return tuple(slots)
