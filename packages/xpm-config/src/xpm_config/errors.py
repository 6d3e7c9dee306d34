"""Everything that can be wrong with a configuration.

::

    ConfigurationError
    ├── ReadError            a YAML file cannot be read, or is not valid YAML
    │   └── InheritanceError `parent`/`imports`: a missing file, a cycle, a chain without end
    ├── OverrideError        a `-c KEY=VALUE` of the command line cannot be applied
    ├── OptionError          an option of Experimaestro itself (`id`, `file`, `dirty_git`, ...)
    ├── InterpolationError   `${...}` cannot be resolved
    ├── SchemaError          the merged YAML does not fit the configuration class
    │   ├── UnknownKeyError  a key that the class does not have
    │   └── MissingKeyError  a key that the class needs and that nothing gives
    └── GridError            a grid search that cannot be expanded

All of them are mistakes of the person who wrote the configuration (or the class): print ``str(error)``,
which is one line, and no traceback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xpm_config.origins import Origin


class ConfigurationError(Exception):
    """The configuration is wrong: correct the place that the message names, and start again.

    ``str(error)`` is always a single line: ``place: key: what is wrong; what to do``.

    Attributes:
        problem: What is wrong, without the place.
        origin: Where it is written (file and line, or command-line option), when known.
        key: Dotted key in the configuration, when there is one.
        hint: What to do next, when there is something better to say than the problem itself.
    """

    def __init__(
        self,
        problem: str,
        origin: Origin | None = None,
        *,
        key: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.problem = one_line(problem)
        self.origin = origin
        self.key = key
        self.hint = one_line(hint) if hint else None
        super().__init__(problem)

    def __str__(self) -> str:
        # Computed when read: the place of a file depends on the current folder.
        parts = [_clip(str(self.origin))] if self.origin is not None else []
        if self.key:
            parts.append(_clip(self.key))
        text = one_line(": ".join([*parts, _clip(self.problem)]))
        return f"{text}; {self.hint}" if self.hint else text


class ReadError(ConfigurationError):
    """A YAML file cannot be read: correct it at the line given."""


class InheritanceError(ReadError):
    """The chain made by ``parent`` and ``imports`` is broken: correct the file at the end of the chain."""


class OverrideError(ConfigurationError):
    """A ``-c KEY=VALUE`` cannot be applied: correct the command line."""


class OptionError(ConfigurationError):
    """An option of Experimaestro has a wrong value: correct the YAML file or the command line."""


class InterpolationError(ConfigurationError):
    """A ``${...}`` cannot be resolved: correct it, or define the key it refers to."""


class SchemaError(ConfigurationError):
    """A value does not fit its field in the configuration class: correct the value (or the class)."""


class UnknownKeyError(SchemaError):
    """A key that the configuration class does not have: correct its name, or add the field."""


class MissingKeyError(SchemaError):
    """A field without default that nothing sets: add it to the YAML file or with ``-c``."""


class GridError(ConfigurationError):
    """A grid search cannot be expanded: correct its description."""


def one_line(text: str) -> str:
    """Return `text` on one line, without control characters (a file name may hold any of them)."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))


def shown(value: object, limit: int = 60) -> str:
    """Return `value` for a message: its repr, cut in the middle when long."""
    return _clip(repr(value), limit)


def _clip(text: str, limit: int = 400) -> str:
    if len(text) <= limit:
        return text
    half = (limit - 3) // 2
    return f"{text[:half]}...{text[-half:]}"
