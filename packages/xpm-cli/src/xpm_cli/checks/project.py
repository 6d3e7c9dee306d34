"""Checks of git and of the repository of the current folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

from xpm_cli.checks.result import OK, WARNING, Result


def check_git() -> Iterator[Result]:
    """Check that git can tell the state of the project in the current folder."""
    from xpm_git import git_state

    command = shutil.which("git")
    if command is None:
        yield Result(
            "git", WARNING, "there is no git command: the code of a run is not recorded", "install git"
        )
        return
    state = git_state(os.getcwd())
    if state is None:
        yield Result("git", OK, f"{command}; the current folder is in no repository")
    elif state.problem is not None:
        yield Result(
            "git",
            WARNING,
            f"git refuses to read {state.root}: {state.problem}",
            f"git config --global --add safe.directory '{state.root}', if you trust it",
        )
    else:
        commit = (state.commit or "no commit yet")[:12]
        changes = f", {state.modified} modified, {state.untracked} untracked" if state.dirty else ""
        yield Result("git", OK, f"{state.root}: {state.branch or 'detached'} {commit}{changes}")
