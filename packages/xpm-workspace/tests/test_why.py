"""Why a job is in its state."""

from __future__ import annotations

import os

import pytest

from xpm_workspace.errors import UnknownJob
from xpm_workspace.fold import ProgressLevel
from xpm_workspace.journal_writer import JournalWriter
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.lifecycle import FailureReason, JobState, Status
from xpm_workspace.locks import FileLock
from xpm_workspace.markers import write_failed
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.process import ProcessRecord
from xpm_workspace.runs import ExperimentLock, RunHandle, create_run
from xpm_workspace.testing import make_job
from xpm_workspace.why import Explanation, Need, Scheduler, explain_job

FAILED = Status(state=JobState.ERROR, reason=FailureReason.FAILED)


def explain(workspace: WorkspaceLayout, job: JobLayout) -> Explanation:
    with LocalMonitor(workspace) as monitor:
        return explain_job(monitor, job.job_id)


def run_with(
    workspace: WorkspaceLayout, *jobs: tuple[JobLayout, list[JobLayout], str, str | None]
) -> RunHandle:
    """A run with jobs: what each needs, and its last state and reason in the run journal."""
    run = create_run(workspace, "xp", hostname="here")
    run.record_jobs(
        {"job": job.job_id, "depends_on": [n.job_id for n in needs], "launcher": "local"}
        for job, needs, *_ in jobs
    )
    run.record_states({"job": job.job_id, "state": state, "reason": reason} for job, _, state, reason in jobs)
    return run


def job(workspace: WorkspaceLayout, number: int) -> JobLayout:
    return workspace.job("my.task", f"{number}" * 64)


def test_done(workspace: WorkspaceLayout) -> None:
    done = make_job(workspace, "my.task", "1" * 64)
    found = explain(workspace, done)
    assert found.status.state is JobState.DONE
    assert found.decided_by.startswith(f"the marker {done.done}, written 20")
    assert "will not run again" in found.outlook


def test_failed(workspace: WorkspaceLayout) -> None:
    failed = make_job(workspace, "my.task", "1" * 64, marker="MEMORY")
    found = explain(workspace, failed)
    assert found.decided_by.endswith("exit code 1: something went wrong")
    assert found.outlook == "it runs again when an experiment asks for it"


def test_running(workspace: WorkspaceLayout) -> None:
    running = make_job(workspace, "my.task", "1" * 64, marker=None, progress=0.5)
    ProcessRecord.of().write(running.pid)
    with FileLock(running.lock):
        found = explain(workspace, running)
    assert found.status.state is JobState.RUNNING
    assert f"process {os.getpid()} on " in found.decided_by and str(running.lock) in found.decided_by
    assert ProgressLevel(level=0, value=0.5).value == 0.5


def test_lost(workspace: WorkspaceLayout) -> None:
    lost = make_job(workspace, "my.task", "1" * 64, marker=None)
    found = explain(workspace, lost)
    assert found.status.reason is FailureReason.LOST
    assert "there is no marker" in found.decided_by and "runs again" in found.outlook


def test_cut_short_before_its_marker(workspace: WorkspaceLayout) -> None:
    cut = make_job(workspace, "my.task", "1" * 64)
    cut.done.unlink()
    assert "ends well, but its process left no marker" in explain(workspace, cut).decided_by


def test_a_failure_that_only_the_journal_tells(workspace: WorkspaceLayout) -> None:
    failed = make_job(workspace, "my.task", "1" * 64, marker="TIMEOUT")
    failed.failed.unlink()
    found = explain(workspace, failed)
    assert found.status.reason is FailureReason.TIMEOUT
    assert found.decided_by == f"its journal {failed.journal}"


def test_waiting(workspace: WorkspaceLayout) -> None:
    needed, waiting = make_job(workspace, "my.task", "1" * 64, marker=None), job(workspace, 2)
    done = make_job(workspace, "my.task", "3" * 64)
    ProcessRecord.of().write(needed.pid)
    with ExperimentLock(workspace.experiment("xp")):
        run = run_with(workspace, (needed, [], "RUNNING", None), (waiting, [needed, done], "WAITING", None))
        found = explain(workspace, waiting)
        run.close()
    assert found.waits_for == (Need(job_id=needed.job_id, status=Status(state=JobState.RUNNING)),)
    assert found.schedulers == (
        Scheduler(experiment_id="xp", run_id=run.run_id, host="here", pid=os.getpid()),
    )
    assert "says WAITING last" in found.decided_by and "the jobs that it waits for" in found.outlook


@pytest.mark.parametrize(("state", "outlook"), [("READY", "a free place"), ("SCHEDULED", "was handed to")])
def test_about_to_run(workspace: WorkspaceLayout, state: str, outlook: str) -> None:
    ready = job(workspace, 1)
    with ExperimentLock(workspace.experiment("xp")):
        run = run_with(workspace, (ready, [], state, None))
        found = explain(workspace, ready)
        run.close()
    assert found.status.state == state and outlook in found.outlook and "local" in found.outlook


def test_the_one_to_blame_is_found_far_below(workspace: WorkspaceLayout) -> None:
    failed, middle, last = (
        make_job(workspace, "my.task", "1" * 64, marker="FAILED"),
        job(workspace, 2),
        job(workspace, 3),
    )
    run_with(
        workspace,
        (failed, [], "ERROR", "FAILED"),
        (middle, [failed], "ERROR", "DEPENDENCY"),
        (last, [middle, failed], "ERROR", "DEPENDENCY"),
    ).end("failed")
    found = explain(workspace, last)
    assert found.blamed == (Need(job_id=failed.job_id, status=FAILED),)
    assert found.waits_for == () and "those jobs are done" in found.outlook


def test_dependencies_in_a_circle_end(workspace: WorkspaceLayout) -> None:
    one, two = job(workspace, 1), job(workspace, 2)
    run_with(workspace, (one, [two], "ERROR", "DEPENDENCY"), (two, [one], "ERROR", "DEPENDENCY")).end(
        "failed"
    )
    assert explain(workspace, one).blamed == ()


def test_put_back_into_the_queue(workspace: WorkspaceLayout) -> None:
    failed = make_job(workspace, "my.task", "1" * 64, marker="FAILED")
    with ExperimentLock(workspace.experiment("xp")):
        run = run_with(workspace, (failed, [], "WAITING", None))
        found = explain(workspace, failed)
        run.close()
    assert found.status.state is JobState.WAITING
    assert "put it back into its queue" in found.decided_by and str(failed.failed) in found.decided_by


def test_nobody_asks_for_it(workspace: WorkspaceLayout) -> None:
    waiting = job(workspace, 1)
    run_with(workspace, (waiting, [], "WAITING", None)).close()
    found = explain(workspace, waiting)
    assert found.status.state is JobState.UNSCHEDULED and "nobody waits for it" in found.outlook


def test_submitted_and_no_more(workspace: WorkspaceLayout) -> None:
    silent = job(workspace, 1)
    run = create_run(workspace, "xp")
    run.record_jobs([{"job": silent.job_id}])
    run.close()
    assert "has no word of it" in explain(workspace, silent).decided_by


def test_a_folder_that_no_run_knows(workspace: WorkspaceLayout) -> None:
    folder = job(workspace, 1)
    folder.create()
    assert explain(workspace, folder).decided_by == "no run that is kept asks for it"


def test_a_need_that_is_not_there(workspace: WorkspaceLayout) -> None:
    waiting = job(workspace, 1)
    with ExperimentLock(workspace.experiment("xp")):
        run = run_with(workspace, (waiting, [job(workspace, 2)], "WAITING", None))
        found = explain(workspace, waiting)
        run.close()
    [need] = found.waits_for
    assert need.status.state is JobState.UNSCHEDULED


def test_no_such_job(workspace: WorkspaceLayout) -> None:
    with pytest.raises(UnknownJob):
        explain(workspace, job(workspace, 1))


def test_a_damaged_journal(workspace: WorkspaceLayout) -> None:
    failed = make_job(workspace, "my.task", "1" * 64, marker="FAILED")
    writer = JournalWriter(failed.journal)
    writer.append({"event": "odd"})
    writer.close()
    failed.pid.write_text("{")
    assert explain(workspace, failed).status == FAILED


def test_the_index_may_be_a_moment_behind(workspace: WorkspaceLayout) -> None:
    """Another process keeps it, and a job has just ended."""
    ended = make_job(workspace, "my.task", "1" * 64, marker=None)
    with FileLock(ended.lock), LocalMonitor(workspace) as monitor:
        assert monitor.job(ended.job_id).state is JobState.RUNNING
        write_failed(ended, "CANCELLED", 143, "stopped")
        found = explain_job(monitor, ended.job_id)
    assert found.status.reason is FailureReason.CANCELLED
    assert found.decided_by.startswith(f"the marker {ended.failed}")
