"""The uncommitted changes of a repository as a patch that `git apply` takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xpm_git.process import run_git
from xpm_git.state import GitState

#: Most bytes of diff that are kept for one repository.
MAX_DIFF_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Diff:
    """What is not committed."""

    #: The patch.
    text: str
    #: It was longer than allowed: the rest is missing.
    truncated: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the diff as JSON values."""
        return {"text": self.text, "truncated": self.truncated}


def uncommitted_diff(state: GitState, max_bytes: int = MAX_DIFF_BYTES) -> Diff:
    """Return what differs from the commit."""
    asked = run_git(
        ["diff", "--no-ext-diff", "--no-textconv", "--no-color", "--binary", "HEAD"],
        state.root,
        limit=max_bytes,
    )
    return Diff(text=asked.stdout.decode("utf-8", "backslashreplace"), truncated=asked.truncated)
