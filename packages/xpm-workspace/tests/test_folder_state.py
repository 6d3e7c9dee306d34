"""`JobState` as 2.x asked it, and what a job folder says by itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.lifecycle import JobState
from xpm_workspace.locks import FileLock
from xpm_workspace.markers import write_done, write_failed
from xpm_workspace.process import ProcessRecord


@pytest.fixture
def job(tmp_path: Path) -> JobLayout:
    layout = WorkspaceLayout(tmp_path / 'a "strange" pl àce').job("pkg.learn", "ab" * 32)
    layout.create()
    return layout


def state(job: JobLayout) -> JobState:
    return JobState.from_path(job.path, job.name)


@pytest.mark.parametrize("each", JobState)
def test_a_state_is_not_started_or_running_or_finished(each: JobState) -> None:
    assert [each.notstarted(), each.running(), each.finished()].count(True) == 1
    assert each.is_error() == (each is JobState.ERROR)
    assert each.finished() or not each.is_error()


def test_a_folder_that_is_absent_or_empty(job: JobLayout, tmp_path: Path) -> None:
    assert JobState.from_path(str(tmp_path / "absent"), "learn") is JobState.UNSCHEDULED
    assert state(job) is JobState.UNSCHEDULED


def test_markers_decide(job: JobLayout) -> None:
    write_failed(job, "FAILED", 1, "no")
    assert state(job) is JobState.ERROR
    write_done(job)
    assert state(job) is JobState.DONE


def test_empty_markers_of_2x(tmp_path: Path) -> None:
    (tmp_path / "learn.done").touch()
    assert JobState.from_path(tmp_path, "learn") is JobState.DONE
    assert JobState.from_path(tmp_path, "other") is JobState.UNSCHEDULED


def test_a_live_process_and_a_dead_one(job: JobLayout) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    ProcessRecord.of(process.pid).write(job.pid)
    assert state(job) is JobState.RUNNING
    process.communicate(b"\n")
    assert state(job) is JobState.ERROR


def test_a_process_elsewhere_is_taken_for_live(job: JobLayout) -> None:
    ProcessRecord(pid=1, host="another-machine").write(job.pid)
    assert state(job) is JobState.RUNNING


def test_a_held_lock_is_a_running_job(job: JobLayout) -> None:
    with FileLock(job.lock):
        assert state(job) is JobState.RUNNING
