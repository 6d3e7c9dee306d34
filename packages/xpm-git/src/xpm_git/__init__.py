"""Git state of a project, dirty checks and environment capture for reproducible runs."""

from __future__ import annotations

from xpm_git.__about__ import __version__

TYPE_CHECKING = False  # `typing` costs more than this whole module; checkers understand the name
if TYPE_CHECKING:
    from xpm_git.actions import DirtyGitAction
    from xpm_git.check import check_dirty
    from xpm_git.environment import (
        EditablePackage,
        Environment,
        Project,
        RepositoryRecord,
        capture_environment,
    )
    from xpm_git.errors import DirtyGitError, XpmGitError
    from xpm_git.state import GitState, git_state

__all__ = [
    "__version__",
    "capture_environment",
    "check_dirty",
    "DirtyGitAction",
    "DirtyGitError",
    "EditablePackage",
    "Environment",
    "git_state",
    "GitState",
    "Project",
    "RepositoryRecord",
    "XpmGitError",
]

#: Public name -> the module that defines it, imported when the name is first asked for.
_HOMES = {
    "capture_environment": "environment",
    "check_dirty": "check",
    "DirtyGitAction": "actions",
    "DirtyGitError": "errors",
    "EditablePackage": "environment",
    "Environment": "environment",
    "git_state": "state",
    "GitState": "state",
    "Project": "environment",
    "RepositoryRecord": "environment",
    "XpmGitError": "errors",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return globals().setdefault(name, getattr(import_module(f"{__name__}.{home}"), name))


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
