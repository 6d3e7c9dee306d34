"""Experiments with real job processes, warm and cold."""

from __future__ import annotations

import gzip
import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from xpm_scheduler import DirectLauncher, FailedExperiment, GracefulExperimentExit, NoExperiment, experiment
from xpm_workspace.events import JobStarted, JobStateChanged
from xpm_workspace.journal import read_events
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.lifecycle import FailureReason, JobState
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.requests import write_request

Launch = Callable[..., experiment]


@pytest.fixture(params=[(), ("xpm_test_tasks",), None], ids=["warm", "preloaded", "cold"])
def xp(request: pytest.FixtureRequest, workdir: Path) -> Iterator[Launch]:
    """Makes experiments in a workspace, with jobs started warm, with or without their module, or cold."""
    launchers = []

    def make(name: str = "test", **options: Any) -> experiment:
        launchers.append(DirectLauncher(max_jobs=2, preload=request.param))
        return experiment(workdir, name, launcher=launchers[-1], dirty_git="ignore", report=False, **options)

    yield make
    assert all(launcher._preload == request.param for launcher in launchers), "it gave up warm starts"


def test_a_job_leaves_its_files(xp: Launch, tasks: ModuleType, tmp_path: Path) -> None:
    with xp() as experiment_:
        task = tasks.Write.C(number=3, log=str(tmp_path / "log")).submit()
        job = task.__xpm__.job
        assert job.wait() is JobState.DONE
    layout = job.layout
    assert layout.stdout.read_text() == "number 3\n"
    assert layout.stderr.read_text() == "careful\n"
    assert layout.done.exists() and layout.params.exists() and layout.pid.exists()
    events, _ = read_events(layout.journal)
    assert [event.__struct_config__.tag for event in events] == ["started", "progress", "ended"]
    ended: Any = events[-1]
    assert ended.exit_code == 0 and ended.peak_memory_bytes > 2**20 and ended.cpu_time_s >= 0
    assert experiment_.layout.link(layout).resolve() == layout.path.resolve()


def test_the_run_journal_tells_the_story(xp: Launch, tasks: ModuleType, tmp_path: Path) -> None:
    with xp() as experiment_:
        first = tasks.Write.C(number=1, log=str(tmp_path / "log")).submit()
        tasks.Needs.C(first=first).submit()
    run = experiment_.layout.run(experiment_.run_id)
    states = [e for e in read_events(run.journal)[0] if isinstance(e, JobStateChanged)]
    story: dict[str, list[str]] = {}
    for event in states:
        story.setdefault(event.job.split("/")[0].rpartition(".")[2], []).append(event.state)
    assert story["write"] == ["WAITING", "READY", "SCHEDULED", "RUNNING", "DONE"]
    assert story["needs"] == ["WAITING", "READY", "SCHEDULED", "RUNNING", "DONE"]
    jobs: Any = read_events(run.jobs)[0]
    assert jobs[1].depends_on == (jobs[0].job,)
    informations = json.loads(experiment_.layout.informations.read_text())
    assert informations["runs"][experiment_.run_id]["status"] == "done"
    environment = json.loads(run.environment.read_text())
    assert environment["python"] and environment["packages"]


def test_done_jobs_are_not_run_again(xp: Launch, tasks: ModuleType, tmp_path: Path) -> None:
    log = tmp_path / "log"
    for _ in range(2):
        with xp() as experiment_:
            for number in range(3):
                tasks.Write.C(number=number, log=str(log)).submit()
            tasks.Write.C(number=0, log=str(log)).submit()
        assert [job.state for job in experiment_.jobs] == [JobState.DONE] * 3
    assert Counter(log.read_text().split()) == Counter("012")
    assert not any(job.executed for job in experiment_.jobs)


@pytest.mark.parametrize(
    ("how", "reason", "message", "code"),
    [
        ("raise", FailureReason.FAILED, "ValueError: this is why", 1),
        ("exit", FailureReason.FAILED, "the task called sys.exit(3)", 3),
        ("exit-far", FailureReason.FAILED, "the task called sys.exit(2147483648)", 2**31),
        ("_exit", FailureReason.FAILED, "exit code 4, no marker was left", 4),
        ("memory", FailureReason.MEMORY, "out of memory", 1),
        ("SIGKILL", FailureReason.LOST, "killed by SIGKILL, no marker was left", -9),
        ("SIGSEGV", FailureReason.FAILED, "killed by SIGSEGV, no marker was left", -11),
        ("SIGTERM", FailureReason.CANCELLED, "stopped by SIGTERM", 143),
    ],
)
def test_failures(
    xp: Launch, tasks: ModuleType, tmp_path: Path, how: str, reason: FailureReason, message: str, code: int
) -> None:
    with pytest.raises(FailedExperiment) as caught, xp() as experiment_:
        bad = tasks.Fail.C(how=how).submit()
        tasks.Write.C(number=1, log=str(tmp_path / "log")).submit()
    [job] = caught.value.failed
    assert job is bad.__xpm__.job
    assert (job.status.reason, job.message) == (reason, message)
    with LocalMonitor(experiment_.workspace.path) as monitor:
        monitor.sync(full=True)
        record = monitor.job(job.job_id)
    assert record.status.reason is reason and (record.message, record.exit_code) == (message, code)
    assert str(job.stderr) in str(caught.value)
    assert experiment_.failed
    assert (tmp_path / "log").read_text() == "1\n", "the others go on"
    log = job.stderr.read_text()
    assert "OverflowError" not in log
    if how == "raise":
        assert "this is\nwhy" in log and "in execute" in log and "job_run" not in log


def test_leaving_well_is_no_failure(xp: Launch, tasks: ModuleType) -> None:
    with xp():
        tasks.Fail.C(how="exit-well").submit()


def test_threads_are_waited_for_and_atexit_is_called(xp: Launch, tasks: ModuleType) -> None:
    with xp():
        job = tasks.Lingers.C(name="it").submit().__xpm__.job
    assert job.stdout.read_text() == "done\nafter the end\nlast\n"


def test_what_a_task_left_unwritten_is_written(
    xp: Launch, tasks: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    with xp():
        job = tasks.HoldsBack.C(name="it").submit().__xpm__.job
    written = [(job.path / name).read_text() for name in ("text", "bytes", "elsewhere")]
    assert written == ["text", "bytes", "elsewhere"]
    assert gzip.decompress((job.path / "packed.gz").read_bytes()) == b"packed"
    assert "first" in (printed := job.stdout.read_text()) and " from C" in printed


def test_dependants_of_a_failed_job_do_not_run(xp: Launch, tasks: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(FailedExperiment, match=r"1 job failed, 1 that need them did not run"), xp():
        first = tasks.Write.C(number=1, log=str(tmp_path / "missing folder" / "log")).submit()
        last = tasks.Needs.C(first=first).submit()
    assert last.__xpm__.job.status.reason is FailureReason.DEPENDENCY


def test_the_environment_of_a_job(xp: Launch, tasks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XPMTEST_HERE", "inherited")
    with xp(environ={"XPMTEST_GIVEN": "given"}) as experiment_:
        experiment_.setenv("XPMTEST_SET", "set")
        shown = [
            tasks.Environ.C(name=name).submit() for name in ("XPMTEST_HERE", "XPMTEST_SET", "XPMTEST_GIVEN")
        ]
    for task, value in zip(shown, ("inherited", "set", "given"), strict=True):
        job = task.__xpm__.job
        printed = job.stdout.read_text().strip()
        assert printed.startswith(f"{value} {os.path.realpath(job.path)} True ")


def test_a_resumable_task_is_started_again(xp: Launch, tasks: ModuleType) -> None:
    with xp():
        task = tasks.Resumes.C(times=2).submit()
    job = task.__xpm__.job
    assert job.attempts == 3
    started = [e for e in read_events(job.layout.journal)[0] if isinstance(e, JobStarted)]
    assert [event.attempt for event in started] == [1, 2, 3]
    with pytest.raises(FailedExperiment, match="TIMEOUT"), xp():
        tasks.Resumes.C(times=9).submit(max_retries=1)


def test_killing_a_running_job(xp: Launch, tasks: ModuleType, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(FailedExperiment, match="CANCELLED"), xp() as experiment_:
        job = tasks.Wait.C(pipe=str(pipe)).submit().__xpm__.job
        pid = int(pipe.read_text())
        experiment_.kill(job)
        job.wait()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_jobs_go_on_without_their_scheduler_and_are_found_again(
    xp: Launch, tasks: ModuleType, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    leave = True
    with xp() as first:
        tasks.Wait.C(pipe=str(pipe)).submit()
        pid = int(pipe.read_text())
        if leave:
            raise GracefulExperimentExit
    assert first.jobs[0].state is JobState.RUNNING
    with pytest.raises(FailedExperiment, match="CANCELLED"), xp() as second:
        job = tasks.Wait.C(pipe=str(pipe)).submit().__xpm__.job
        while job.state is not JobState.RUNNING:
            job.wait(timeout_s=0.01)
        os.kill(pid, signal.SIGTERM)
    assert not second.jobs[0].executed


def test_an_exception_in_the_block_leaves_at_once(xp: Launch, tasks: ModuleType, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(ZeroDivisionError), xp() as experiment_:
        tasks.Wait.C(pipe=str(pipe)).submit()
        pid = int(pipe.read_text())
        raise ZeroDivisionError
    os.kill(pid, signal.SIGKILL)
    informations = json.loads(experiment_.layout.informations.read_text())
    assert informations["runs"][experiment_.run_id]["status"] == "failed"


def test_an_unwritable_workspace_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"), experiment(tmp_path / "file" / "w", "x", dirty_git="ignore"):
        pass


def test_current_experiment(workdir: Path) -> None:
    with pytest.raises(NoExperiment):
        experiment.current()
    with experiment(workdir, "outer", dirty_git="ignore", report=False) as outer:
        with experiment(workdir, "inner", dirty_git="ignore", report=False) as inner:
            assert experiment.current() is inner
        assert experiment.current() is outer


def test_dry_run_and_generate_only(xp: Launch, tasks: ModuleType, workdir: Path, tmp_path: Path) -> None:
    with xp(run_mode="DRY_RUN"):
        first = tasks.Write.C(number=1, log=str(tmp_path / "log")).submit()
        tasks.Needs.C(first=first).submit()
    assert list(workdir.iterdir()) == []
    with xp(run_mode="GENERATE_ONLY"):
        first = tasks.Write.C(number=1, log=str(tmp_path / "log")).submit()
    assert sorted(WorkspaceLayout(workdir).jobs_dir.glob("*/*/params.json"))
    assert not (tmp_path / "log").exists()


def test_transient_tasks_run_when_needed_and_leave_no_trace(
    xp: Launch, tasks: ModuleType, tmp_path: Path
) -> None:
    log = tmp_path / "log"

    def submit(*, needed: bool) -> tuple[Any, Any]:
        with xp() as experiment_:
            first = tasks.Write.C(number=7, log=str(log)).submit(transient="REMOVE")
            if needed:
                tasks.Needs.C(first=first).submit()
        return experiment_.jobs[0], experiment_.jobs[-1]

    first, _ = submit(needed=False)
    assert first.state is JobState.UNSCHEDULED and not log.exists()
    first, last = submit(needed=True)
    assert log.read_text() == "7\n" and last.state is JobState.DONE
    assert not first.path.exists()
    first, last = submit(needed=True)
    assert log.read_text() == "7\n", "what needs it is done"
    assert last.state is JobState.DONE and not last.executed


def test_a_monitor_asks_for_a_kill(xp: Launch, tasks: ModuleType, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(FailedExperiment, match="CANCELLED"), xp() as experiment_:
        job = tasks.Wait.C(pipe=str(pipe)).submit().__xpm__.job
        pipe.read_text()
        run = experiment_.layout.run(experiment_.run_id)
        write_request(run, "kill", job="no.such/job")
        write_request(run, "dance", job=job.job_id)
        write_request(run, "kill", job=job.job_id)
        job.wait()
