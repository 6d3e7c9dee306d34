"""What can go wrong with services.

ServiceError                   root of all of them (also WorkspaceError)
├── ServiceFailed              it did not start, or ended by itself
├── NotStorable                an argument of its constructor cannot be stored
└── CannotMake                 it cannot be made again from what is stored (also ServiceUnavailable)
"""

from __future__ import annotations

from xpm_workspace.errors import ServiceUnavailable, WorkspaceError


class ServiceError(WorkspaceError):
    """Root of the errors of this package."""


class ServiceFailed(ServiceError):
    """A service did not start, does not stop, or ended by itself. Its message has the end of the log."""


class NotStorable(ServiceError, TypeError):
    """A value in the `state_dict` of a service is of a type that is not stored.

    Give text, numbers, booleans, `None`, paths, and lists, tuples and dictionaries of them; or define
    `state_dict` for a service that can be made from less.
    """


class CannotMake(ServiceError, ServiceUnavailable):
    """A service cannot be made again: its class is not found, or its arguments are not stored."""
