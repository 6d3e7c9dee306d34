from __future__ import annotations

import signal

import pytest

from xpm_scheduler.outcome import Exit, conclude
from xpm_workspace.lifecycle import FailureReason
from xpm_workspace.markers import Marker


@pytest.mark.parametrize("exit", [Exit(code=0), Exit(code=1), Exit(signal=9), Exit()])
def test_the_marker_decides_whatever_the_exit(exit: Exit) -> None:
    assert conclude("j", Marker("DONE"), exit).event.reason is None
    outcome = conclude("j", Marker("ERROR", "MEMORY", 1, "too big"), exit)
    assert (outcome.event.reason, outcome.message) == (FailureReason.MEMORY, "too big")


def test_a_task_that_asked_to_be_resumed() -> None:
    marker = Marker("ERROR", "TIMEOUT", 75, "checkpointed", extra={"resume": True})
    assert conclude("j", marker, Exit(code=75)).event.interrupted


@pytest.mark.parametrize(
    ("exit", "reason", "message"),
    [
        (Exit(code=1), FailureReason.FAILED, "exit code 1"),
        (Exit(code=0), FailureReason.LOST, "exit code 0"),
        (Exit(), FailureReason.LOST, "process gone"),
        (Exit(signal=signal.SIGKILL), FailureReason.LOST, "killed by SIGKILL"),
        (Exit(signal=signal.SIGTERM), FailureReason.CANCELLED, "killed by SIGTERM"),
        (Exit(signal=signal.SIGSEGV), FailureReason.FAILED, "killed by SIGSEGV"),
        (Exit(signal=signal.SIGXCPU), FailureReason.TIMEOUT, "killed by SIGXCPU"),
        (Exit(signal=63), FailureReason.FAILED, "killed by"),
        (Exit(code=74), FailureReason.FAILED, "it could not write why it failed: the disk may be full"),
        (Exit(signal=9, memory_was_short=True), FailureReason.MEMORY, "killed by SIGKILL, while the kernel"),
        (Exit(memory_was_short=True), FailureReason.MEMORY, "process gone, while the kernel"),
        (Exit(folder_gone=True), FailureReason.LOST, "its folder was removed"),
    ],
)
def test_without_a_marker_the_process_tells(exit: Exit, reason: FailureReason, message: str) -> None:
    outcome = conclude("j", None, exit)
    assert outcome.event.reason is reason
    assert outcome.message.startswith(message)


def test_return_codes_of_subprocess() -> None:
    assert Exit.of_returncode(-9) == Exit(signal=9)
    assert Exit.of_returncode(3) == Exit(code=3)


def test_a_marker_without_a_word_is_one_that_had_no_space() -> None:
    assert "the disk may be full" in conclude("j", Marker("ERROR", "FAILED"), Exit(code=1)).message
