"""Refuse, or say, that code about to run is not committed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xpm_git.actions import DirtyGitAction
from xpm_git.errors import DirtyGitError

if TYPE_CHECKING:
    from pathlib import Path

    from xpm_git.state import GitState

#: How many changed files a message names.
SHOWN_FILES = 3


def check_dirty(
    paths: Sequence[Path | str], action: DirtyGitAction | str, *, ignore: Sequence[Path | str] = ()
) -> None:
    """Check the repositories that hold the paths for uncommitted changes.

    A path that no repository holds is fine. A repository that git cannot read (it belongs to another user, it
    is damaged, there is no git command) is reported like one with changes: it is not known to be clean.

    Args:
        paths: Files or folders of the project.
        action: Do nothing, log one warning for each repository (logger `xpm.git`), or raise.
        ignore: Files or folders whose changes do not count, such as the folder of the results.

    Raises:
        DirtyGitError: With `DirtyGitAction.ERROR`, naming the repositories and the first changed files.
        ValueError: The action is none of these.
    """
    action = DirtyGitAction(action)
    if action is DirtyGitAction.IGNORE:
        return
    from pathlib import Path  # with what follows: only a check that looks pays for it

    from xpm_git.process import Deadline
    from xpm_git.repository import Finder
    from xpm_git.state import read_state

    deadline = Deadline()
    finder = Finder(deadline)
    for path in paths:
        finder.find(Path(path))
    ignored = [Path(path) for path in ignore]
    states = [read_state(repository, deadline, ignore=ignored) for repository in finder.found]
    complaints = [describe(state) for state in states if state.dirty]
    if not complaints:
        return
    if action is DirtyGitAction.ERROR:
        raise DirtyGitError("; ".join(complaints) + " (commit first, or set dirty_git to warn or ignore)")
    import logging

    for complaint in complaints:
        logging.getLogger("xpm.git").warning("%s", complaint)


def describe(state: GitState) -> str:
    """Say in one line what is not committed in a repository."""
    root = _printable(str(state.root))
    if state.problem is not None:
        problem = _printable(state.problem)
        return f"the git repository {root} cannot be checked for uncommitted changes: {problem}"
    count = state.modified + state.untracked
    shown = [_printable(name) for name in state.changed[:SHOWN_FILES]]
    if count > len(shown):
        shown.append(f"and {count - len(shown)} more")
    changes = "an uncommitted change" if count == 1 else f"{count} uncommitted changes"
    return f"the git repository {root} has {changes}: {', '.join(shown)}"


def _printable(text: str) -> str:
    # A file may be called anything, also two lines, or bytes that no terminal shows.
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
