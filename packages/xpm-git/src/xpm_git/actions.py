"""What to do about uncommitted changes."""

from __future__ import annotations

from enum import Enum


class DirtyGitAction(str, Enum):
    """What to do when a repository of the project has uncommitted changes.

    Made from a value or a name in any case: ``DirtyGitAction("Error") is DirtyGitAction.ERROR``.
    """

    #: Do not look.
    IGNORE = "ignore"
    #: Log a warning.
    WARN = "warn"
    #: Raise `DirtyGitError`.
    ERROR = "error"

    # A `str` in every respect, so that it equals (and hashes like) the same action of another package.
    __hash__ = str.__hash__

    def __str__(self) -> str:
        return self.value

    @classmethod
    def _missing_(cls, value: object) -> DirtyGitAction | None:
        # The text of a `str`, not `str(value)`: another package's enum may print as `Action.ERROR`.
        text = str.__str__(value).strip().lower() if isinstance(value, str) else None
        return next((member for member in cls if member.value == text), None)
