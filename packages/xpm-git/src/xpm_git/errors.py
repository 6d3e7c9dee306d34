"""What can go wrong when git is asked about a project.

XpmGitError
 └── DirtyGitError     uncommitted changes, and the person asked for an error
"""

from __future__ import annotations


class XpmGitError(Exception):
    """Root of the errors of this package."""


class DirtyGitError(XpmGitError):
    """A repository has uncommitted changes, or git could not say. Commit them, or change `dirty_git`."""
