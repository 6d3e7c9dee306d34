"""What can go wrong in a workspace.

    WorkspaceError                 root of all of them
    ├── InvalidName                an id that cannot be a file name here (also ValueError)
    ├── NotAWorkspace              the folder is missing, or is not a workspace
    ├── LocksUnsupported           this file system refuses locks
    ├── JournalReplaced            a journal is shorter than what was read of it
    ├── UnknownJob                 no such job (also KeyError)
    ├── AmbiguousJob               a prefix that several jobs share
    ├── UnknownExperiment          no such experiment or run (also KeyError)
    ├── FilterError                a filter that cannot be understood; points at the column
    ├── SettingsError              the settings file is wrong, or lacks what was asked
    ├── NoFrontend                 no installed package has the monitor that is asked for
    ├── ServiceUnavailable         a service cannot be made again from what is stored
    └── UnsafePath                 an operation would have left the workspace

Light on purpose: the job process imports it.
"""

from __future__ import annotations


class WorkspaceError(Exception):
    """Root of the errors of this package."""


class InvalidName(WorkspaceError, ValueError):
    """An experiment, run, task or job id cannot be used as a file name.

    Ids become folder names, so they are refused when they could lead out of the workspace. Choose letters,
    digits, dots, dashes and underscores.
    """

    def __init__(self, kind: str, value: object, why: str) -> None:
        super().__init__(f"{kind} {value!r} {why}")
        self.kind = kind
        self.value = value


class NotAWorkspace(WorkspaceError):
    """The folder does not exist, or holds no workspace. Check the path, or run an experiment there first."""


class LocksUnsupported(WorkspaceError):
    """The file system refuses file locks, so that two processes could run the same job.

    Move the workspace to a file system with locks (a local disk, NFS with its lock service), or mount it with
    locks.
    """


class JournalReplaced(WorkspaceError):
    """A journal is shorter than what was already read of it: read it again from the start."""


class UnknownJob(WorkspaceError, KeyError):
    """The workspace has no such job."""

    def __str__(self) -> str:  # KeyError would show the repr of the message
        return str(self.args[0])


class AmbiguousJob(WorkspaceError):
    """A prefix was given that several jobs share; give more characters."""


class UnknownExperiment(WorkspaceError, KeyError):
    """The workspace has no such experiment, or the experiment no such run."""

    def __str__(self) -> str:
        return str(self.args[0])


class FilterError(WorkspaceError, ValueError):
    """A filter expression cannot be understood.

    Attributes:
        text: the whole expression.
        column: where it stops making sense, from 0.
        problem: what is wrong, without the position.
    """

    def __init__(self, problem: str, text: str, column: int) -> None:
        super().__init__(f"filter, column {column + 1}: {problem}\n  {text}\n  {' ' * column}^")
        self.problem = problem
        self.text = text
        self.column = column


class SettingsError(WorkspaceError):
    """The settings file cannot be read, or has no such workspace. The message names the file and the key."""


class NoFrontend(WorkspaceError):
    """No installed package has the monitor that is asked for, or it cannot do what is asked."""


class ServiceUnavailable(WorkspaceError):
    """A service of a run cannot be made again from what is stored of it. The message says why."""


class UnsafePath(WorkspaceError):
    """An operation was stopped because it would have touched something outside the workspace."""
