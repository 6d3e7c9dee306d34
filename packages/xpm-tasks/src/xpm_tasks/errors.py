"""What can go wrong, in one tree.

XpmTasksError ├── DeclarationError (TypeError)              a class is declared in a way that cannot work │
└── DirectCallError                       ``Model(...)`` instead of ``Model.C(...)`` ├── ConfigurationError
(ValueError)           a configuration object does not hold what it should │   ├── ParameterValueError
           a value is not of the declared type │   ├── UnknownParameterError (AttributeError) │   ├──
MissingParameterError (AttributeError, KeyError) │   ├── ReadOnlyError (AttributeError)        a sealed
configuration, or a constant, was changed │   ├── GeneratedValueError                   a configuration with
generated paths is put into another one │   └── ValidationError                       ``__validate__``
refused ├── IdentifierError (ValueError)              a value has no identifier ├── SubmissionError
                a task cannot be submitted here ├── NotAnInstanceError (AttributeError)       asked of a
configuration what only an instance can do, or the reverse ├── LoadError (ValueError)                    a
file cannot be loaded │   ├── VersionError                          written by a newer version │   └──
MissingClassError                     the class it names is not where it was └── GracefulTimeout
             raised by a task that wants to be resumed

TaskCancelled is raised *into* the task by the job process. It derives from ``BaseException``, as
``KeyboardInterrupt`` does: a loop with ``except Exception`` must not swallow it.
"""

from __future__ import annotations

__all__ = [
    "ConfigurationError",
    "DeclarationError",
    "DirectCallError",
    "GeneratedValueError",
    "GracefulTimeout",
    "IdentifierError",
    "LoadError",
    "MissingClassError",
    "MissingParameterError",
    "NotAnInstanceError",
    "ParameterValueError",
    "ReadOnlyError",
    "SubmissionError",
    "TaskCancelled",
    "UnknownParameterError",
    "ValidationError",
    "VersionError",
    "XpmTasksError",
]


class XpmTasksError(Exception):
    """The root: catch it to catch everything this package raises."""

    def __str__(self) -> str:
        # KeyError shows the repr of its message: every error here shows the message itself.
        return str(self.args[0]) if self.args else ""


class DeclarationError(XpmTasksError, TypeError):
    """A configuration class cannot be declared like this. Change the class."""


class DirectCallError(DeclarationError):
    """A configuration class was called. Write ``Model.C(...)``."""


class ConfigurationError(XpmTasksError, ValueError):
    """A configuration object does not hold what its class declares. Change the values given."""


class ParameterValueError(ConfigurationError):
    """The value is not of the declared type. Give another value, or declare another type."""


class UnknownParameterError(ConfigurationError, AttributeError):
    """The class has no such parameter. Check the spelling."""


class MissingParameterError(ConfigurationError, AttributeError, KeyError):
    """A parameter without default has no value. Give it one."""


class ReadOnlyError(ConfigurationError, AttributeError):
    """What was set cannot be set any more, or never could. Work on a copy (``copyconfig``)."""


class GeneratedValueError(ConfigurationError):
    """The configuration holds paths inside the folder of one task. Make another one for the other task."""


class ValidationError(ConfigurationError):
    """``__validate__`` refused the configuration. The cause is chained."""


class IdentifierError(XpmTasksError, ValueError):
    """The value has no identifier: it is of no known type, or holds itself through a set."""


class SubmissionError(XpmTasksError):
    """The task cannot be submitted here."""


class NotAnInstanceError(XpmTasksError, AttributeError):
    """A configuration cannot be executed, an instance cannot be submitted. Use the other one."""


class LoadError(XpmTasksError, ValueError):
    """The file cannot be loaded. The message says which part, and what was expected."""


class VersionError(LoadError):
    """The file was written by a newer version. Upgrade."""


class MissingClassError(LoadError):
    """The file names a class that is not where it was. Move it back, or deprecate the old name."""


class GracefulTimeout(XpmTasksError):
    """Raise it from ``execute`` when time is nearly over: the task is resumed later, in the same folder."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)


class TaskCancelled(BaseException):
    """The job was asked to stop (SIGTERM, SIGINT). Save what can be saved, then let it pass.

    Attributes:
        remaining_time: Seconds before the job is killed, or None when nobody knows.
    """

    def __init__(self, message: str = "", *, remaining_time: float | None = None) -> None:
        super().__init__(message)
        self.remaining_time = remaining_time
