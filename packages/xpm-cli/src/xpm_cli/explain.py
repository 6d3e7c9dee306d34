"""What a person reads when something goes wrong, and the exit code that goes with it."""

from __future__ import annotations

import traceback as tracebacks

from xpm_cli import exit_codes


def explain(error: Exception, *, traceback: bool = False) -> tuple[str, int]:
    """Return the text for standard error and the exit code.

    Args:
        error: what was raised.
        traceback: show where it comes from as well.
    """
    text, code = _explain(error)
    if traceback or code == exit_codes.INTERNAL:
        text = "".join(tracebacks.format_exception(error)) + text
    return text, code


def _explain(error: Exception) -> tuple[str, int]:
    from xpm_cli.helper import UnexpectedArguments
    from xpm_cli.user_code import UserCodeError
    from xpm_config import ConfigurationError
    from xpm_git import DirtyGitError
    from xpm_scheduler.errors import FailedExperiment
    from xpm_tasks.errors import XpmTasksError
    from xpm_workspace.errors import WorkspaceError

    wrong_use = (ConfigurationError, DirtyGitError, WorkspaceError, XpmTasksError, UnexpectedArguments)
    if isinstance(error, FailedExperiment):
        return f"error: {error}", exit_codes.FAILED
    if isinstance(error, UserCodeError):
        return f"{error.frames}error: {error}", error.exit_code
    if isinstance(error, wrong_use):
        return f"error: {error}", exit_codes.WRONG_USE
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        return f"error: {error.strerror or error}{where}", exit_codes.WRONG_USE
    return f"internal error: {type(error).__name__}: {error}; please report it", exit_codes.INTERNAL
