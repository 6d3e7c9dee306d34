from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from xpm_workspace.controller import Controller, LocalController, read_actions, send_signal
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.locks import FileLock
from xpm_workspace.markers import read_marker
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.process import ProcessRecord
from xpm_workspace.requests import take_requests
from xpm_workspace.runs import ExperimentLock, RunHandle, create_run
from xpm_workspace.service_files import write_services
from xpm_workspace.testing import StartChild, make_job

JOB = """
import os, signal, sys
from xpm_workspace.journal_writer import JournalWriter
from xpm_workspace.layout import JobLayout
from xpm_workspace.locks import FileLock
from xpm_workspace.markers import write_failed
from xpm_workspace.process import ProcessRecord
os.setsid()
job = JobLayout.from_path(sys.argv[1])
lock = FileLock(job.lock); lock.acquire()
ProcessRecord.of().write(job.pid)
JournalWriter(job.journal).append({"event": "started"})
def leave(*_):
    write_failed(job, "CANCELLED", -15, "asked to")
    os._exit(1)
signal.signal(signal.SIGTERM, leave if sys.argv[2] == "polite" else signal.SIG_IGN)
grandchild = os.fork() if sys.argv[2] == "parent" else 0
if sys.argv[2] == "parent" and grandchild == 0:
    while True: signal.pause()
print(grandchild, flush=True)
while True: signal.pause()
"""


@pytest.fixture
def controller(workspace: WorkspaceLayout) -> Iterator[LocalController]:
    with LocalMonitor(workspace) as monitor:
        yield LocalController(monitor, grace_s=0.2)


def started(child: StartChild, job: JobLayout, manner: str) -> tuple[subprocess.Popen[str], int]:
    process = child(JOB, job.path, manner)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def test_nothing_is_touched_without_perform(
    controller: LocalController, job: JobLayout, child: StartChild, workspace: WorkspaceLayout
) -> None:
    process, _ = started(child, job, "polite")
    done = make_job(workspace, "t", "1" * 64)
    failed = make_job(workspace, "t", "2" * 64, marker="FAILED")
    everything: Controller = controller
    (kill,) = everything.kill([job.job_id])
    (clean,) = everything.clean([done.job_id])
    (retry,) = everything.retry([failed.job_id])
    assert kill.what == f"stop process {process.pid}" and not kill.done
    assert clean.what == f"remove {done.path}" and not clean.done
    assert "forget the failure" in retry.what and not retry.done
    assert process.poll() is None and done.done.exists() and failed.failed.exists()
    assert read_actions(workspace) == []


def test_a_polite_job_leaves_by_itself(
    controller: LocalController, job: JobLayout, child: StartChild, workspace: WorkspaceLayout
) -> None:
    process, _ = started(child, job, "polite")
    controller = LocalController(controller._monitor, grace_s=30)
    (outcome,) = controller.kill([job.job_id], perform=True)
    assert outcome.done
    process.wait()
    marker = read_marker(job)
    assert marker is not None
    assert (marker.reason, marker.message) == ("CANCELLED", "asked to")
    (action,) = read_actions(workspace)
    assert (action["action"], action["target"], action["pid"]) == ("kill", job.job_id, os.getpid())


def test_a_stubborn_job_is_forced_with_its_children(
    controller: LocalController, job: JobLayout, child: StartChild
) -> None:
    process, grandchild = started(child, job, "parent")
    record = ProcessRecord.of(grandchild)
    try:
        controller.kill([job.job_id], perform=True)
        assert process.wait() == -signal.SIGKILL
        assert record.is_alive() is False
    finally:
        send_signal(record, signal.SIGKILL)
    marker = read_marker(job)
    assert marker is not None
    assert (marker.reason, marker.exit_code) == ("CANCELLED", -9)


def test_a_recycled_pid_is_left_alone(controller: LocalController, job: JobLayout, child: StartChild) -> None:
    bystander = child("import sys; print(1, flush=True); sys.stdin.readline()")
    assert bystander.stdout is not None
    bystander.stdout.readline()
    record = ProcessRecord.of(bystander.pid)
    assert record.start_time is not None
    record.start_time -= 1000
    record.write(job.pid)
    (outcome,) = controller.kill([job.job_id], perform=True)
    assert outcome.problem == "it does not run"
    assert not send_signal(record, signal.SIGKILL)
    assert bystander.poll() is None


def test_signals_never_go_to_everybody() -> None:
    for pid in (None, 0, 1, -1):
        assert not send_signal(ProcessRecord(pid=pid), signal.SIGTERM)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="pidfd is Linux's")
def test_a_signal_reaches_its_process(child: StartChild) -> None:
    process = child("import sys; print(1, flush=True); sys.stdin.readline()")
    assert process.stdout is not None
    process.stdout.readline()
    assert send_signal(ProcessRecord.of(process.pid), signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


@pytest.fixture
def live(workspace: WorkspaceLayout) -> Iterator[RunHandle]:
    lock = ExperimentLock(workspace.experiment("xp"))
    lock.acquire()
    run = create_run(workspace, "xp")
    run.record_jobs([{"job": "t/waits"}, {"job": "t/" + "2" * 64}])
    run.record_states([{"job": "t/waits", "state": "WAITING"}])
    yield run
    run.close()
    lock.release()


def test_a_live_scheduler_is_asked(
    live: RunHandle, controller: LocalController, workspace: WorkspaceLayout
) -> None:
    failed = make_job(workspace, "t", "2" * 64, marker="FAILED")
    assert take_requests(live.layout) == []
    (kill,) = controller.kill(["t/waits"], perform=True)
    (retry,) = controller.retry([failed.job_id], perform=True)
    write_services(live.layout, [{"id": "tensorboard"}])
    start = controller.start_service("xp", "tensorboard")
    assert kill.done and retry.done and start.done
    assert failed.failed.exists()
    requests = take_requests(live.layout)
    assert [(r["action"], r.get("job"), r.get("service")) for r in requests] == [
        ("kill", "t/waits", None),
        ("retry", failed.job_id, None),
        ("start-service", None, "tensorboard"),
    ]
    assert take_requests(live.layout) == []
    (live.layout.requests / "garbage.json").write_text("{")
    assert take_requests(live.layout) == []
    assert list(live.layout.requests.iterdir()) == []


def test_without_a_scheduler(controller: LocalController, workspace: WorkspaceLayout) -> None:
    failed = make_job(workspace, "t", "2" * 64, marker="FAILED")
    assert controller.stop_service("xp", "x").problem == "xp was never run"
    (retry,) = controller.retry([failed.job_id], perform=True)
    assert retry.done and not failed.failed.exists()
    (again,) = controller.retry([failed.job_id], perform=True)
    assert again.problem == "it has not failed"


def test_a_job_of_another_machine(controller: LocalController, job: JobLayout) -> None:
    ProcessRecord(pid=1234, host="node-7").write(job.pid)
    with FileLock(job.lock):
        (outcome,) = controller.kill([job.job_id], perform=True)
    assert "runs on node-7" in outcome.problem


def test_clean(
    controller: LocalController, job: JobLayout, workspace: WorkspaceLayout, child: StartChild
) -> None:
    done = make_job(workspace, "t", "1" * 64)
    process, _ = started(child, job, "polite")
    busy, removed, missing, evil = controller.clean(
        [job.job_id, done.job_id, "t/never", "../../etc/x"], perform=True
    )
    assert busy.problem == "it runs; kill it first" and job.path.exists()
    assert removed.done and not done.path.exists()
    assert missing.problem == "it has no folder"
    assert evil.problem
    assert process.poll() is None


def test_what_a_run_that_goes_on_may_need_is_not_cleaned(
    live: RunHandle, controller: LocalController, workspace: WorkspaceLayout
) -> None:
    done, other = make_job(workspace, "t", "1" * 64), make_job(workspace, "t", "3" * 64)
    failed = make_job(workspace, "t", "2" * 64, marker="FAILED")
    live.record_jobs([{"job": "t/needs", "depends_on": [done.job_id]}])
    (planned,) = controller.clean([done.job_id])
    needed, free, wrong = controller.clean([done.job_id, other.job_id, failed.job_id], perform=True)
    assert planned.problem == needed.problem
    assert needed.problem.startswith(f"run {live.run_id} of xp goes on and may need it")
    assert done.done.exists()
    assert free.done and wrong.done


def test_a_job_that_is_submitted_while_it_is_cleaned(
    live: RunHandle,
    controller: LocalController,
    workspace: WorkspaceLayout,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The scheduler writes it down before it looks at its folder: asking with the lock in hand is enough."""
    first, second = make_job(workspace, "t", "1" * 64), make_job(workspace, "t", "3" * 64)
    acquire = FileLock.acquire

    def submitted(lock: FileLock, timeout_s: float | None = 0) -> bool:
        job = {first.lock: first, second.lock: second}.get(Path(lock.path))
        if job is not None:
            live.record_jobs([{"job": job.job_id}])
        return acquire(lock, timeout_s)

    monkeypatch.setattr(FileLock, "acquire", submitted)
    (outcome,) = controller.clean([first.job_id], perform=True)
    assert "may need it" in outcome.problem and first.done.exists()
    (outcome,) = controller.clean_orphans([second.job_id])
    assert outcome.problem == "a run refers to it now" and second.done.exists()


def test_orphans_are_cleaned(controller: LocalController, workspace: WorkspaceLayout) -> None:
    kept, orphan = make_job(workspace, "t", "1" * 64), make_job(workspace, "t", "3" * 64)
    run = create_run(workspace, "xp")
    run.record_jobs([{"job": kept.job_id}])
    run.end("done")
    refused, cleaned = controller.clean_orphans([kept.job_id, orphan.job_id])
    assert refused.problem and kept.done.exists()
    assert cleaned.done and not orphan.path.exists()


def test_clean_never_follows_a_link(
    controller: LocalController, workspace: WorkspaceLayout, tmp_path: Path
) -> None:
    outside = tmp_path / "outside" / "x"
    (outside / ".experimaestro").mkdir(parents=True)
    (outside / "precious").touch()
    (workspace.jobs_dir / "evil").symlink_to(outside.parent)
    (workspace.jobs_dir / "t").mkdir()
    (workspace.jobs_dir / "t" / "linked").symlink_to(outside)
    through, linked = controller.clean(["evil/x", "t/linked"], perform=True)
    assert "symbolic link" in through.problem
    assert linked.done and "not what it points to" in linked.what
    assert not (workspace.jobs_dir / "t" / "linked").is_symlink()
    assert (outside / "precious").exists()
    assert os.listdir(outside) == [".experimaestro", "precious"] or len(os.listdir(outside)) == 2


def test_a_job_that_has_ended_is_not_killed(
    live: RunHandle, controller: LocalController, workspace: WorkspaceLayout
) -> None:
    done = make_job(workspace, "t", "2" * 64)
    (outcome,) = controller.kill([done.job_id], perform=True)
    assert outcome.problem == "it has ended"
    assert take_requests(live.layout) == []


def test_what_was_done_is_seen_at_once(
    controller: LocalController, workspace: WorkspaceLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xpm_workspace.index.sync_jobs.JobSync.some_folders", lambda *_: set())
    kept, cleaned = make_job(workspace, "t", "2" * 64), make_job(workspace, "t", "1" * 64)
    monitor = controller._monitor
    monitor.sync()
    assert len(monitor.jobs().jobs) == 2
    controller.clean([cleaned.job_id], perform=True)
    assert [job.job_id for job in monitor.jobs().jobs] == [kept.job_id]
