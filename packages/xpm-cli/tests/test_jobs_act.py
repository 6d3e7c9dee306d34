"""`jobs kill`, `clean` and `retry`: nothing happens without `--perform`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.locks import FileLock
from xpm_workspace.markers import read_marker
from xpm_workspace.process import ProcessRecord
from xpm_workspace.runs import ExperimentLock, create_run
from xpm_workspace.testing import make_job

if TYPE_CHECKING:
    from conftest import Command, Sample

ACTIONS = ["kill", "clean", "retry"]


def snapshot(folder: Path) -> dict[Path, bytes | None]:
    """All files but our own bookkeeping."""
    return {
        path: path.read_bytes() if path.is_file() and not path.is_symlink() else None
        for path in folder.rglob("*")
        if path.parent != folder / ".experimaestro"
    }


@pytest.fixture
def running(workspace: WorkspaceLayout) -> Iterator[tuple[JobLayout, subprocess.Popen[bytes]]]:
    """A job whose process sleeps."""
    job = make_job(workspace, "my.slow", "7" * 64, marker=None)
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    ProcessRecord.of(process.pid).write(job.pid)
    yield job, process
    process.kill()
    process.wait()


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "choice", [["--experiment", "my-experiment"], ["--filter", "lr ~ ."], ["0101", "0202"]]
)
def test_nothing_happens_without_perform(
    sample: Sample, command: Command, action: str, choice: list[str]
) -> None:
    before = snapshot(sample.layout.root)
    result = command("jobs", action, "--workdir", sample.layout.root, *choice)
    assert result.code == 0
    assert snapshot(sample.layout.root) == before


@pytest.mark.parametrize("action", ACTIONS)
def test_all_jobs_are_never_meant_by_saying_nothing(sample: Sample, command: Command, action: str) -> None:
    result = command("jobs", action, "--workdir", sample.layout.root, "--perform")
    assert result == (2, "", "error: which jobs? give JOBID, --filter or --experiment\n")


# --- kill


def test_kill(
    running: tuple[JobLayout, subprocess.Popen[bytes]], workspace: WorkspaceLayout, command: Command
) -> None:
    job, process = running
    start = ["jobs", "kill", "--workdir", workspace.root, "my.slow"]
    assert command(*start).rows == [[job.job_id, f"would stop process {process.pid}"]]
    assert process.poll() is None
    result = command(*start, "--perform")
    assert result.code == 0 and result.rows == [[job.job_id, f"done: stop process {process.pid}"]]
    assert process.wait() == -signal.SIGTERM
    assert dict(command("jobs", "why", "--workdir", workspace.root, job.job_id).rows)["state"] == (
        "ERROR(CANCELLED)"
    )


def test_kill_by_filter_means_those_that_run(
    running: tuple[JobLayout, subprocess.Popen[bytes]], workspace: WorkspaceLayout, command: Command
) -> None:
    make_job(workspace, "my.slow", "8" * 64)
    result = command("jobs", "kill", "--workdir", workspace.root, "--filter", "@name = slow", "--json")
    assert [outcome["id"] for outcome in result.json] == [running[0].job_id]


def test_killing_what_does_not_run(sample: Sample, command: Command) -> None:
    result = command("jobs", "kill", "--workdir", sample.layout.root, "0101", "--perform")
    assert result.code == 1
    assert result.rows == [[sample.done.job_id, "left alone: it does not run"]]


def test_a_recycled_pid_is_not_killed(workspace: WorkspaceLayout, command: Command) -> None:
    job = make_job(workspace, "my.slow", "7" * 64, marker=None)
    record = ProcessRecord.of()
    record.start_time = 1
    record.write(job.pid)
    result = command("jobs", "kill", "--workdir", workspace.root, "my.slow", "--perform")
    assert result.code == 1 and "left alone" in result.out


def test_a_job_that_waits_is_withdrawn_by_its_scheduler(workspace: WorkspaceLayout, command: Command) -> None:
    job = workspace.job("my.slow", "7" * 64)
    with ExperimentLock(workspace.experiment("xp")):
        run = create_run(workspace, "xp")
        run.record_jobs([{"job": job.job_id}])
        run.record_states([{"job": job.job_id, "state": "WAITING"}])
        result = command("jobs", "kill", "--workdir", workspace.root, "--experiment", "xp", "--perform")
        assert result.rows == [[job.job_id, "done: ask its scheduler to stop it"]]
        assert len(list(run.layout.requests.iterdir())) == 1
        run.close()


# --- clean


def test_clean(sample: Sample, command: Command) -> None:
    start = ["jobs", "clean", "--workdir", sample.layout.root, "--filter", "@state = ERROR"]
    assert command(*start).rows == [[sample.failed.job_id, f"would remove {sample.failed.path}"]]
    assert command(*start, "--perform").rows == [[sample.failed.job_id, f"done: remove {sample.failed.path}"]]
    assert not sample.failed.path.exists() and sample.done.path.exists()


def test_a_job_that_runs_is_not_cleaned(sample: Sample, command: Command) -> None:
    with FileLock(sample.done.lock):
        result = command("jobs", "clean", "--workdir", sample.layout.root, "0101", "--perform")
    assert result.code == 1 and "it runs; kill it first" in result.out
    assert sample.done.done.exists()


def test_a_link_is_removed_not_what_it_leads_to(sample: Sample, command: Command, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    os.rename(sample.done.path, elsewhere)
    os.symlink(elsewhere, sample.done.path)
    inside = sample.failed.path / "link"
    os.symlink(elsewhere, inside)
    for job in (sample.done, sample.failed):
        result = command("jobs", "clean", "--workdir", sample.layout.root, job.job_id, "--perform")
        assert result.code == 0, result
    assert not sample.done.path.is_symlink() and not sample.failed.path.exists()
    assert (elsewhere / "learn.done").exists()


def test_a_task_folder_that_leads_out_of_the_workspace(
    sample: Sample, command: Command, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    os.rename(sample.done.path.parent, elsewhere)
    os.symlink(elsewhere, sample.done.path.parent)
    before = snapshot(elsewhere)
    start = ["jobs", "clean", "--workdir", sample.layout.root]
    result = command(*start, sample.done.job_id, "--perform")
    assert result.code == 1 and "symbolic link" in result.out
    result = command(*start, "--experiment", "my-experiment", "--perform")
    assert result.code == 1
    assert snapshot(elsewhere) == before


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "text", ["../../etc", "..", "/etc/passwd", "my.lib.learn/..", "my.lib.learn/../../.."]
)
def test_ids_lead_nowhere_else(sample: Sample, command: Command, action: str, text: str) -> None:
    before = snapshot(sample.layout.root)
    result = command("jobs", action, "--workdir", sample.layout.root, "--perform", text)
    assert result.code == 2 and result.out == ""
    assert snapshot(sample.layout.root) == before


# --- retry


def test_retry(sample: Sample, command: Command) -> None:
    start = ["jobs", "retry", "--workdir", sample.layout.root]
    [[job_id, what]] = command(*start, "--experiment", "my-experiment").rows
    assert job_id == sample.failed.job_id and what.startswith("would forget the failure")
    assert command(*start, job_id, "--perform").code == 0
    assert read_marker(sample.failed) is None
    assert command(*start, sample.done.job_id, "--perform").code == 1
    assert sample.done.done.exists()


def test_retry_while_the_experiment_runs(sample: Sample, command: Command) -> None:
    experiment = sample.layout.experiment("my-experiment")
    with ExperimentLock(experiment):
        run = create_run(sample.layout, "my-experiment")
        result = command("jobs", "retry", "--workdir", sample.layout.root, "0202", "--perform")
        assert result.rows == [[sample.failed.job_id, "done: ask its scheduler to run it again"]]
        assert len(list(run.layout.requests.iterdir())) == 1
        run.close()


def test_one_problem_does_not_stop_the_others(sample: Sample, command: Command) -> None:
    result = command("jobs", "retry", "--workdir", sample.layout.root, "0101", "0202", "--perform", "--json")
    assert result.code == 1
    assert [outcome["done"] for outcome in result.json] == [False, True]


def test_named_jobs_and_a_filter(sample: Sample, command: Command) -> None:
    start = ["jobs", "clean", "--workdir", sample.layout.root, "0101", "0202"]
    rows = command(*start, "--filter", "@state = ERROR").rows
    assert [row[0] for row in rows] == [sample.failed.job_id]
    assert command(*start, "--experiment", "my-experiment", "--filter", "lr = 7").err == "no such job\n"
