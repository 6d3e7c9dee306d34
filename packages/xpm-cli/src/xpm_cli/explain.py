"""What a person reads when something goes wrong, and the exit code that goes with it."""

from __future__ import annotations

import sys
import traceback as tracebacks

from xpm_cli import exit_codes

#: Errors that a person can mend: module and class. A class whose module is not loaded was not raised: nothing
#: is imported to tell.
_WRONG_USE = (
    ("xpm_config.errors", "ConfigurationError"),
    ("xpm_git.errors", "DirtyGitError"),
    ("xpm_workspace.errors", "WorkspaceError"),
    ("xpm_tasks.errors", "XpmTasksError"),
    ("xpm_cli.helper", "UnexpectedArguments"),
    ("xpm_web.errors", "WebError"),
    ("xpm_scheduler.errors", "LauncherNotFound"),
    ("xpm_scheduler.errors", "NoExperiment"),
    ("xpm_scheduler.launcherfinder.errors", "RequirementSyntaxError"),
    ("xpm_scheduler.launcherfinder.errors", "LaunchersFileError"),
    ("xpm_scheduler.launcherfinder.errors", "BrokenLauncher"),
)

#: What to do about some of them, where the message does not say it.
_HINTS = (
    ("xpm_workspace.errors", "UnknownJob", "see `experimaestro jobs list`"),
    ("xpm_workspace.errors", "AmbiguousJob", "give more of its id"),
    (
        "xpm_workspace.errors",
        "UnknownExperiment",
        "see `experimaestro experiments list` and `experiments runs`",
    ),
    (
        "xpm_workspace.errors",
        "NotAWorkspace",
        "give the folder of one with --workdir, or run an experiment there",
    ),
    ("xpm_workspace.errors", "InvalidName", "use letters, digits, dots, dashes and underscores"),
)


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
    if _is(error, "xpm_scheduler.errors", "FailedExperiment"):
        return f"error: {error}", exit_codes.FAILED
    if _is(error, "xpm_cli.user_errors", "UserCodeError"):
        return f"{getattr(error, 'frames', '')}error: {error}", getattr(error, "exit_code", exit_codes.FAILED)
    if _is(error, "xpm_scheduler.errors", "WorkspaceFailed"):  # an OSError, but not of this command's line
        return f"error: {getattr(error, 'strerror', None) or error}", exit_codes.FAILED
    if any(_is(error, *known) for known in _WRONG_USE):
        return f"error: {error}{_hint(error)}", exit_codes.WRONG_USE
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        return f"error: {error.strerror or error}{where}", exit_codes.WRONG_USE
    return f"internal error: {type(error).__name__}: {error}; please report it", exit_codes.INTERNAL


def _hint(error: Exception) -> str:
    if ";" in str(error):  # it says so itself
        return ""
    return next((f"; {hint}" for module, name, hint in _HINTS if _is(error, module, name)), "")


def _is(error: Exception, module: str, name: str) -> bool:
    known = getattr(sys.modules.get(module), name, None)
    return known is not None and isinstance(error, known)
