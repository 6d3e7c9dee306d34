"""What a person reads when something goes wrong, and the exit code."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from xpm_cli import exit_codes
from xpm_cli.explain import explain
from xpm_cli.helper import UnexpectedArguments
from xpm_cli.user_errors import UserCodeError
from xpm_config.errors import ConfigurationError
from xpm_git import DirtyGitError
from xpm_scheduler.errors import (
    FailedExperiment,
    LauncherNotFound,
    NoExperiment,
    SchedulerCrash,
    WorkspaceFailed,
)
from xpm_tasks.errors import LoadError
from xpm_workspace.errors import FilterError, InvalidName, NotAWorkspace, UnknownExperiment, UnknownJob


@pytest.mark.parametrize(
    "error",
    [
        ConfigurationError("wrong value"),
        LauncherNotFound("no launcher 'x'"),
        NoExperiment("no experiment"),
        LoadError("not JSON"),
        UnknownExperiment("there is no experiment 'x'; did you mean 'y'?"),
        UnexpectedArguments(["x"]),
        UserCodeError("the file raised"),
    ],
)
def test_what_a_person_can_mend(error: Exception) -> None:
    assert explain(error) == (f"error: {error}", exit_codes.WRONG_USE)


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (NotAWorkspace("/x is no workspace"), "; give the folder of one with --workdir, "),
        (UnknownJob("there is no job 'x'"), "; see `experimaestro jobs list`"),
        (UnknownExperiment("there is no experiment 'x'"), "; see `experimaestro experiments list`"),
        (InvalidName("job id", "..", "starts with a dot"), "; use letters"),
    ],
)
def test_what_to_do_is_said(error: Exception, end: str) -> None:
    text, code = explain(error)
    assert text.startswith(f"error: {error}{end}") and code == exit_codes.WRONG_USE


def test_jobs_that_failed() -> None:
    text, code = explain(FailedExperiment("xp", [], 0))
    assert (code, text.splitlines()[0]) == (exit_codes.FAILED, "error: experiment xp: 0 jobs failed")


def test_the_frames_of_the_user_come_first() -> None:
    error = UserCodeError("run failed", frames='  File "a.py", line 1\n', exit_code=1)
    assert explain(error) == ('  File "a.py", line 1\nerror: run failed', 1)


def test_an_error_of_the_system_names_the_file() -> None:
    assert explain(OSError(errno.EACCES, "Permission denied", "/x")) == ("error: Permission denied: /x", 2)
    assert explain(OSError("something")) == ("error: something", 2)


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "make room on that disk"),
        (errno.EROFS, "make that disk writable"),
        (errno.EIO, "mend this"),
    ],
)
def test_a_workspace_that_cannot_be_written_any_more(number: int, advice: str) -> None:
    """It is not the command that was wrong; what to do is said."""
    cause = OSError(number, os.strerror(number), "/w/xp/journal.jsonl")
    text, code = explain(WorkspaceFailed.of(cause, Path("/w")))
    assert code == exit_codes.FAILED
    assert text == (
        f"error: the scheduler stopped: {os.strerror(number)}: /w/xp/journal.jsonl; "
        f"running jobs go on: {advice}, then run again to follow them"
    )


@pytest.mark.parametrize("error", [ZeroDivisionError("division by zero"), SchedulerCrash("it stopped")])
def test_a_defect_of_ours_comes_with_its_traceback(error: Exception) -> None:
    text, code = explain(error)
    assert code == exit_codes.INTERNAL
    assert text.endswith(f"internal error: {type(error).__name__}: {error}; please report it")
    assert type(error).__name__ in text.splitlines()[0]


def test_the_traceback_is_shown_when_asked_for() -> None:
    try:
        raise FilterError("')' is expected here", "(a", 2)
    except FilterError as error:
        plain, shown = explain(error)[0], explain(error, traceback=True)[0]
    assert "Traceback" not in plain and plain in shown and "Traceback" in shown


def test_a_dirty_repository() -> None:
    error = DirtyGitError.__new__(DirtyGitError)
    Exception.__init__(error, "not committed")
    assert explain(error)[1] == exit_codes.WRONG_USE
