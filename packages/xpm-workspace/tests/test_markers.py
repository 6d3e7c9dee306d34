from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_workspace import markers
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.lifecycle import FailureReason, JobState, Status
from xpm_workspace.markers import clear_markers, read_marker, write_done, write_failed
from xpm_workspace.testing import IDENTIFIER, fill_disk


def test_no_marker(job: JobLayout) -> None:
    assert read_marker(job) is None
    clear_markers(job)


def test_done(job: JobLayout) -> None:
    write_done(job, exit_code=0, cpu_time_s=1.5)
    marker = read_marker(job)
    assert marker is not None
    assert (marker.state, marker.reason, marker.exit_code) == ("DONE", None, 0)
    assert marker.extra == {"cpu_time_s": 1.5}
    assert marker.at is not None and marker.at.endswith("Z")
    assert marker.status == Status(state=JobState.DONE)


def test_only_a_failure_waits_for_the_disk(job: JobLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[int] = []
    monkeypatch.setattr(os, "fsync", waits.append)
    write_failed(job, "FAILED")
    assert len(waits) == 1, "its reason must survive a power cut"
    write_done(job)
    assert len(waits) == 1, "an empty marker would say the same"


def test_failed(job: JobLayout) -> None:
    assert write_failed(job, FailureReason.TIMEOUT, -15, "été\nlate", attempt=2)
    assert json.loads(job.failed.read_text(encoding="utf-8"))["reason"] == "TIMEOUT"
    marker = read_marker(job)
    assert marker is not None
    assert marker.status == Status(state=JobState.ERROR, reason=FailureReason.TIMEOUT)
    assert (marker.exit_code, marker.message, marker.extra) == (-15, "été\nlate", {"attempt": 2})
    assert repr(marker).startswith("Marker(")
    clear_markers(job)
    assert read_marker(job) is None


def test_the_reasons_are_those_of_the_life_cycle(job: JobLayout) -> None:
    assert tuple(reason.value for reason in FailureReason) == markers.REASONS
    with pytest.raises(ValueError, match="unknown reason"):
        write_failed(job, "SADNESS")


def test_done_wins(job: JobLayout) -> None:
    write_failed(job, "FAILED", 1)
    write_done(job)
    assert not job.failed.exists()
    assert not write_failed(job, "CANCELLED")
    marker = read_marker(job)
    assert marker is not None and marker.state == "DONE"


def test_no_temporary_file_stays(job: JobLayout) -> None:
    write_done(job)
    assert os.listdir(job.path) == [".experimaestro", "learn.done"] or set(os.listdir(job.path)) == {
        ".experimaestro",
        "learn.done",
    }


def test_markers_of_version_2(job: JobLayout) -> None:
    job.failed.write_text("137")
    os.utime(job.failed, (1000, 1000))
    marker = read_marker(job)
    assert marker is not None
    assert (marker.state, marker.reason, marker.exit_code) == ("ERROR", "FAILED", 137)
    assert marker.at == "1970-01-01T00:16:40.000000Z"
    job.done.touch()
    marker = read_marker(job)
    assert marker is not None and marker.state == "DONE" and marker.exit_code is None


@given(st.binary(max_size=60))
def test_any_content_still_marks(content: bytes) -> None:
    assert markers.parse_done(content, 0).status.state is JobState.DONE
    assert markers.parse_failed(content, 0).status.state is JobState.ERROR


@given(st.integers(0, 120))
def test_a_marker_cut_anywhere_never_changes_its_outcome(cut: int) -> None:
    whole = b'{"reason": "MEMORY", "code": -9, "message": "killed", "at": "2026-01-01T00:00:00Z", "x": [1]}'
    marker = markers.parse_failed(whole[:cut], 0)
    assert marker.state == "ERROR"
    assert marker.reason in ("FAILED", "MEMORY")


def test_a_full_disk_still_gets_its_marker(small_disk: Path) -> None:
    layout = WorkspaceLayout(small_disk)
    good, bad = layout.job("t", IDENTIFIER), layout.job("t", "f" * 64)
    good.create()
    bad.create()
    fill_disk(small_disk)
    write_done(good, exit_code=0)
    write_failed(bad, "FAILED", 1, "no space left")
    assert good.done.read_bytes() == b""
    first, second = read_marker(good), read_marker(bad)
    assert first is not None and first.state == "DONE"
    assert second is not None and second.status == Status(state=JobState.ERROR, reason=FailureReason.FAILED)
    assert {entry.name for entry in good.path.iterdir()} == {".experimaestro", "t.done"}


def test_the_final_marker(job: JobLayout) -> None:
    assert markers.read_final_marker(job) is None
    mode = job.path.stat().st_mode
    write_done(job)
    marker = markers.read_final_marker(job)
    assert marker is not None and marker.state == "DONE"
    assert job.path.stat().st_mode == mode


def test_other_errors_are_not_hidden(workspace: WorkspaceLayout) -> None:
    missing = workspace.job("no.folder", IDENTIFIER)
    with pytest.raises(FileNotFoundError):
        write_done(missing)


def test_what_does_not_fit_into_a_database(job: JobLayout) -> None:
    job.failed.write_text(f'{{"code": {2**70}, "message": "no \\ud800 text", "reason": "LOST"}}')
    marker = read_marker(job)
    assert marker is not None
    assert (marker.exit_code, marker.message, marker.reason) == (None, "no ? text", "LOST")
