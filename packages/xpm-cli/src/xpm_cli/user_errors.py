"""What the user's code raises, as one line and the user's own frames."""

from __future__ import annotations

import sysconfig
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from xpm_cli import exit_codes

#: Top-level packages whose frames say nothing to the author of an experiment.
_NOT_THE_USERS = frozenset(
    (
        "click",
        "experimaestro",
        "importlib",
        "xpm_cli",
        "xpm_config",
        "xpm_git",
        "xpm_mock",
        "xpm_scheduler",
        "xpm_tasks",
        "xpm_workspace",
    )
)


class UserCodeError(Exception):
    """The user's code is wrong: it raised, or `run` is not there or not as expected.

    Attributes:
        frames: where, in the user's own files only; empty when the place is in the message.
        exit_code: what the command exits with.
    """

    def __init__(self, message: str, *, frames: str = "", exit_code: int = exit_codes.WRONG_USE) -> None:
        super().__init__(message)
        self.frames = frames
        self.exit_code = exit_code


@contextmanager
def guarded(
    what: str,
    *,
    exit_code: int = exit_codes.WRONG_USE,
    passing: tuple[type[BaseException], ...] = (),
    hint: Callable[[BaseException], str] = lambda error: "",
) -> Iterator[None]:
    """Turn whatever the user's code raises into one line and the user's own frames.

    Args:
        what: the code, for the message.
        exit_code: what the command exits with.
        passing: exceptions that mean something else than a mistake.
        hint: says what to do, at the end of the message.

    Raises:
        UserCodeError: the code raised.
    """
    try:
        yield
    except (KeyboardInterrupt, UserCodeError):
        raise
    except passing:
        raise
    except SystemExit as error:
        raise UserCodeError(f"{what} called sys.exit({error.code!r})", exit_code=exit_code) from error
    except BaseException as error:
        message = f"{what} failed: {describe(error)}{hint(error)}"
        raise UserCodeError(message, frames=user_frames(error), exit_code=exit_code) from error


def describe(error: BaseException) -> str:
    """Say in one line what was raised, and why where the code says so (`raise ... from`)."""
    text = _one_line(error)
    return text if error.__cause__ is None else f"{text}, because of {_one_line(error.__cause__)}"


def user_frames(error: BaseException) -> str:
    """Format where an error comes from, in the user's own files only.

    Frames of libraries are shown when there are no others: the experiment may be installed as one.
    """
    frames = [
        (frame, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).partition(".")[0] not in _NOT_THE_USERS
        and not frame.f_code.co_filename.startswith("<frozen ")
    ]
    libraries = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    own = [pair for pair in frames if not pair[0].f_code.co_filename.startswith(libraries)]
    lines = traceback.StackSummary.extract(iter(own or frames)).format()
    if isinstance(error, SyntaxError):
        lines += traceback.format_exception_only(type(error), error)[:-1]
    return "".join(lines)


def _one_line(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - the error is the user's, and so is its `__str__`
        text = "(its message cannot be shown)"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
