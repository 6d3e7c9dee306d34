"""Things that happen in an order that nobody planned: from other threads, too early, too late, twice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from xpm_scheduler import (
    DirectLauncher,
    FailedExperiment,
    GracefulExperimentExit,
    NoExperiment,
    SchedulerError,
    experiment,
)
from xpm_scheduler.driver import Driver
from xpm_scheduler.intake import Intake
from xpm_scheduler.job import Job
from xpm_scheduler.launchers.warm import WarmStart, WarmStartFailed
from xpm_scheduler.loop_thread import LoopThread
from xpm_scheduler.token_store import TokenStore
from xpm_tasks.graphs import GraphWriter
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.lifecycle import FailureReason, JobState
from xpm_workspace.locks import is_held
from xpm_workspace.process import ProcessRecord

#: What should happen at once, and would otherwise never.
SOON_S = 60.0

Launch = Callable[..., experiment]


class Pipe:
    """Tells when a task has started, which writes a line."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = str(path)
        self._file = open(os.open(path, os.O_RDWR), "rb", buffering=0)  # noqa: SIM115 - closed by the fixture

    def line(self) -> str:
        text = b""
        while not text.endswith(b"\n"):
            assert select.select([self._file], [], [], SOON_S)[0], "no task writes"
            text += self._file.read(1)
        return text.decode().strip()

    def close(self) -> None:
        self._file.close()


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Pipe]:
    pipe = Pipe(tmp_path / "pipe")
    yield pipe
    pipe.close()


@pytest.fixture
def xp(tmp_path: Path) -> Launch:
    def make(name: str = "x", **options: Any) -> experiment:
        options.setdefault("launcher", DirectLauncher(max_jobs=3))
        return experiment(tmp_path / "work", name, dirty_git="ignore", report=False, **options)

    return make


def in_thread(function: Callable[[], object]) -> Callable[[], None]:
    """Start a function in a thread; return what waits for its end, and raises what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            function()
        except BaseException as error:  # noqa: BLE001 - raised again by `join`
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def join() -> None:
        thread.join(SOON_S)
        assert not thread.is_alive(), "it hangs"
        if raised:
            raise raised[0]

    return join


def leave() -> None:
    raise GracefulExperimentExit


def end_of(job: Any) -> JobState:
    """Wait for a job without a limit of time; its state then."""
    in_thread(job.wait)()
    state: JobState = job.state
    return state


# --- Waiting for what never comes


def test_waiting_for_a_transient_job_that_nobody_needs(xp: Launch, tasks: ModuleType, pipe: Pipe) -> None:
    with pytest.raises(FailedExperiment), xp() as experiment_:
        other = tasks.Wait.C(pipe=pipe.path).submit().__xpm__.job
        pipe.line()
        job = tasks.Write.C(number=1, log="none").submit(transient="REMOVE").__xpm__.job
        assert end_of(job) is JobState.UNSCHEDULED
        assert other.state is JobState.RUNNING, "it did not wait for the other one to end"
        experiment_.kill(other)


def test_waiting_for_a_transient_job_that_is_needed_later(
    xp: Launch, tasks: ModuleType, tmp_path: Path
) -> None:
    with xp():
        first = tasks.Write.C(number=1, log=str(tmp_path / "log")).submit(transient="REMOVE")
        job = first.__xpm__.job
        assert end_of(job) is JobState.UNSCHEDULED
        tasks.Needs.C(first=first).submit()
        assert end_of(job) is JobState.DONE


def test_waiting_after_stop(xp: Launch, tasks: ModuleType, pipe: Pipe) -> None:
    with xp() as experiment_:
        running = tasks.Wait.C(pipe=pipe.path).submit().__xpm__.job
        pid = int(pipe.line())
        experiment_.stop()
        job = tasks.Write.C(number=1, log="none").submit().__xpm__.job
        assert end_of(job) is JobState.UNSCHEDULED
        os.kill(pid, signal.SIGKILL)
        running.wait()
        in_thread(experiment_.wait)()
        raise GracefulExperimentExit


def test_waiting_after_the_experiment_was_left(xp: Launch, tasks: ModuleType, pipe: Pipe) -> None:
    with xp() as experiment_:
        job = tasks.Wait.C(pipe=pipe.path).submit().__xpm__.job
        pid = int(pipe.line())
        waits = in_thread(job.wait)
        leave()
    waits()
    assert end_of(job) is JobState.RUNNING
    in_thread(experiment_.wait)()
    os.kill(pid, signal.SIGKILL)


def test_waiting_for_a_job_that_is_only_shown(xp: Launch, tasks: ModuleType) -> None:
    with xp(run_mode="DRY_RUN"):
        job = tasks.Write.C(number=1, log="none").submit().__xpm__.job
        assert end_of(job) is JobState.UNSCHEDULED


def test_waiting_in_a_callback(
    xp: Launch, tasks: ModuleType, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """For a job: fine. For the experiment, which waits for the callback: refused, not a deadlock."""
    states: list[JobState] = []
    with xp() as experiment_:
        first = tasks.Write.C(number=1, log=str(tmp_path / "log"))

        def more() -> None:
            states.append(tasks.Needs.C(first=first).submit().__xpm__.job.wait(SOON_S))
            experiment_.wait()

        first.on_completed(more)
        first.submit()
        in_thread(experiment_.wait)()
    assert states == [JobState.DONE]
    assert "a callback cannot wait for the experiment" in caplog.text


def test_a_callback_that_leaves_python(
    xp: Launch, tasks: ModuleType, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with xp() as experiment_:
        first = tasks.Write.C(number=1, log=str(tmp_path / "log"))
        first.on_completed(lambda: sys.exit(3))
        first.submit()
        in_thread(experiment_.wait)()
    assert "SystemExit: 3" in caplog.text


def test_a_defect_wakes_all_who_wait(
    xp: Launch, tasks: ModuleType, tmp_path: Path, pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SchedulerError, match="ZeroDivisionError"), xp() as experiment_:
        first = tasks.Wait.C(pipe=pipe.path).submit().__xpm__.job
        pid = int(pipe.line())
        waits = in_thread(first.wait)
        monkeypatch.setattr(Driver, "submit", lambda self, jobs: 1 / 0)
        tasks.Write.C(number=1, log="none").submit()
        with pytest.raises(SchedulerError, match="ZeroDivisionError"):
            waits()
        in_thread(experiment_.wait)()
    os.kill(pid, signal.SIGKILL)
    assert not is_held(experiment_.layout.lock)


# --- Leaving too early


@pytest.mark.parametrize("preload", [(), None, ("xpm_slow_import",)])
def test_leaving_while_a_job_is_being_started(
    xp: Launch, tasks: ModuleType, pipe: Pipe, tmp_path: Path, preload: tuple[str, ...] | None
) -> None:
    """Also while the fork server imports something for long."""
    module = f"import time\nopen({pipe.path!r}, 'w').write('importing\\n')\ntime.sleep(600)\n"
    (Path(str(tasks.__file__)).parent / "xpm_slow_import.py").write_text(module)
    with pytest.raises(ZeroDivisionError), xp(launcher=DirectLauncher(preload=preload)) as experiment_:
        for number in range(3):
            tasks.Write.C(number=number, log=str(tmp_path / "log")).submit()
        if preload:
            pipe.line()
        raise ZeroDivisionError
    assert not is_held(experiment_.layout.lock)
    assert [t.name for t in threading.enumerate() if t.name.startswith("experiment")] == []
    with xp():  # what was started goes on, or is started now
        for number in range(3):
            tasks.Write.C(number=number, log=str(tmp_path / "log")).submit()
    assert sorted((tmp_path / "log").read_text().split()) == ["0", "1", "2"]


def test_a_submission_after_the_end(xp: Launch, tasks: ModuleType) -> None:
    with xp() as experiment_:
        task = tasks.Write.C(number=1, log=os.devnull)
        task.submit()
    with pytest.raises(NoExperiment, match="was left"):
        experiment_._running.submit(task.__xpm__.job)
    experiment_.stop()
    experiment_.kill(task.__xpm__.job)


# --- Killing at the wrong moment


def test_killing_a_job_that_is_being_started(xp: Launch, tasks: ModuleType, pipe: Pipe) -> None:
    """A thread of the user's asks while the job's parameters are written."""
    experiment_ = xp()
    asked = experiment_._intake.parameters

    def parameters(job: Any) -> bytes:
        experiment_.kill(job)
        return asked(job)

    experiment_._intake.parameters = parameters  # type: ignore[method-assign]
    with pytest.raises(FailedExperiment) as caught, experiment_:
        job = tasks.Wait.C(pipe=pipe.path).submit().__xpm__.job
        in_thread(experiment_.wait)()
    assert caught.value.failed == (job,) and job.status.reason is FailureReason.CANCELLED


def test_a_job_that_is_cancelled_leaves_its_place_in_the_line_for_a_token(
    xp: Launch, tasks: ModuleType, pipe: Pipe, tmp_path: Path
) -> None:
    with pytest.raises(FailedExperiment), xp() as experiment_:
        token = experiment_.token("one", 1)
        first = token(1, tasks.Wait.C(pipe=pipe.path)).submit().__xpm__.job
        pipe.line()
        second = token(1, tasks.Write.C(number=2, log=str(tmp_path / "log"))).submit().__xpm__.job
        store = TokenStore(WorkspaceLayout(tmp_path / "work"), "look")
        while second.job_id not in store.states().get("one", {}).get("line", {}):
            second.wait(0.01)
        third = token(1, tasks.Write.C(number=3, log=str(tmp_path / "log"))).submit().__xpm__.job
        experiment_.kill(second)
        second.wait(SOON_S)
        experiment_.kill(first)
        assert end_of(third) is JobState.DONE
    assert store.states()["one"] == {"claims": {}, "line": {}}


def test_a_running_job_keeps_its_token_when_the_experiment_is_left_and_no_longer(
    xp: Launch, tasks: ModuleType, pipe: Pipe, tmp_path: Path
) -> None:
    """Also when the process that started it goes on, as in a notebook."""
    with xp() as first:
        token = first.token("one", 1)
        token(1, tasks.Wait.C(pipe=pipe.path)).submit()
        pid = int(pipe.line())
        leave()
    store = TokenStore(WorkspaceLayout(tmp_path / "work"), "look")
    assert list(store.states()["one"]["claims"]) == [first.jobs[0].job_id]
    with xp("y"):
        job = token(1, tasks.Write.C(number=3, log=str(tmp_path / "log"))).submit().__xpm__.job
        while job.job_id not in store.states()["one"]["line"]:
            job.wait(0.01)
        os.kill(pid, signal.SIGKILL)
        assert end_of(job) is JobState.DONE


def test_many_jobs_in_line_cost_little(xp: Launch, tasks: ModuleType, pipe: Pipe, tmp_path: Path) -> None:
    """Each one that ends lets one start, not all of them try: that would be quadratic."""
    claims = 0
    counted = TokenStore.claim

    def claim(self: TokenStore, *arguments: Any) -> bool:
        nonlocal claims
        claims += 1
        return counted(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TokenStore, "claim", claim)
        with xp() as experiment_:
            token = experiment_.token("one", 1)
            for number in range(30):
                token(1, tasks.Write.C(number=number, log=str(tmp_path / "log"))).submit()
    assert claims <= 30 * 2 + 10
    assert sorted((tmp_path / "log").read_text().split(), key=int) == [str(n) for n in range(30)]


# --- Several at once


def test_threads_that_submit_the_same_tasks(xp: Launch, tasks: ModuleType, tmp_path: Path) -> None:
    log = tmp_path / "log"
    barrier = threading.Barrier(4)
    found: list[list[Any]] = [[] for _ in range(4)]

    def submit(jobs: list[Any]) -> None:
        barrier.wait(SOON_S)
        for number in range(10):
            first = tasks.Write.C(number=number, log=str(log)).submit()
            jobs += [first.__xpm__.job, tasks.Needs.C(first=first).submit().__xpm__.job]

    with xp() as experiment_:
        for join in [in_thread(lambda jobs=jobs: submit(jobs)) for jobs in found]:  # type: ignore[misc]
            join()
        assert all(end_of(job) is JobState.DONE for jobs in found for job in jobs)
    assert len(experiment_.jobs) == 20
    assert all(one is other for jobs in found for one, other in zip(jobs, found[0], strict=True))
    assert sorted(log.read_text().split()) == [str(n) for n in range(10)]


def test_one_launcher_in_two_experiments_at_once(xp: Launch, tasks: ModuleType, tmp_path: Path) -> None:
    launcher = DirectLauncher(max_jobs=2)
    log = str(tmp_path / "log")
    with xp("outer", launcher=launcher) as outer:
        assert tasks.Write.C(number=0, log=log).submit().__xpm__.job.wait() is JobState.DONE
        with xp("inner", launcher=launcher) as inner:
            tasks.Write.C(number=1, log=log).submit()
            tasks.Write.C(number=0, log=log).submit()
        tasks.Write.C(number=2, log=log).submit()
    assert [job.executed for job in outer.jobs] == [True, True]
    assert [job.executed for job in inner.jobs] == [True, False]


def test_what_a_hook_refused_was_never_submitted(
    xp: Launch, tasks: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Intake, job: Any) -> bytes:
        raise ValueError("no such thing")

    with xp() as experiment_:
        with monkeypatch.context() as patch:
            patch.setattr(Intake, "_dump", refuse)
            with pytest.raises(ValueError, match="no such thing"):
                tasks.Write.C(number=1, log=str(tmp_path / "log")).submit()
        assert experiment_.jobs == ()
        first = tasks.Write.C(number=1, log=str(tmp_path / "log")).submit()
        assert end_of(tasks.Needs.C(first=first).submit().__xpm__.job) is JobState.DONE


def test_parameters_that_fail_late_are_the_failure_of_their_job(
    xp: Launch, tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    experiment_ = xp()
    monkeypatch.setattr(experiment_._intake, "parameters", lambda job: 1 / 0)
    with pytest.raises(FailedExperiment, match="ZeroDivisionError"), experiment_:
        tasks.Write.C(number=1, log="none").submit()
        in_thread(experiment_.wait)()
    assert "unexpected error" in caplog.text


# --- Many jobs at once


@contextlib.contextmanager
def busy_loop(experiment_: experiment, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Let the scheduler's thread do nothing, then take jobs in by three; give how many it took each time."""
    taken: list[int] = []
    submit, go_on = Driver.submit, threading.Event()

    def note(self: Driver, jobs: list[Job]) -> None:
        taken.append(len(jobs))
        submit(self, jobs)

    monkeypatch.setattr("xpm_scheduler.session._BATCH", 3)
    monkeypatch.setattr(Driver, "submit", note)
    assert experiment_._session is not None
    experiment_._session._in_loop(go_on.wait)
    try:
        yield taken
    finally:
        go_on.set()


def test_of_many_jobs_the_first_ones_are_taken_in_first(
    xp: Launch, tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with xp() as experiment_:
        with busy_loop(experiment_, monkeypatch) as taken:
            for number in range(7):
                tasks.Write.C(number=number, log=str(tmp_path / "log")).submit()
        experiment_.wait()
    assert taken == [3, 3, 1]
    assert sorted((tmp_path / "log").read_text().split()) == list("0123456")


def test_a_job_is_killed_before_it_was_taken_in(
    xp: Launch, tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is wanted of a job comes after its submission, also where many come before it."""
    with pytest.raises(FailedExperiment, match="CANCELLED"), xp() as experiment_:
        with busy_loop(experiment_, monkeypatch) as taken:
            for number in range(7):
                job = tasks.Write.C(number=number, log=str(tmp_path / "log")).submit().__xpm__.job
            experiment_.kill(job)
        experiment_.wait()
    assert taken == [3, 4]
    assert sorted((tmp_path / "log").read_text().split()) == list("012345")


def test_a_submission_that_is_interrupted_does_not_keep_later_ones_back(
    xp: Launch, tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with xp() as experiment_:
        call_soon = LoopThread.call_soon

        def interrupted(self: LoopThread, function: Callable[[], object]) -> bool:
            monkeypatch.setattr(LoopThread, "call_soon", call_soon)
            raise KeyboardInterrupt

        monkeypatch.setattr(LoopThread, "call_soon", interrupted)
        with pytest.raises(KeyboardInterrupt):
            tasks.Write.C(number=1, log="none").submit()
        tasks.Write.C(number=2, log=str(tmp_path / "log")).submit()
        in_thread(experiment_.wait)()
    assert (tmp_path / "log").read_text().split() == ["2"]


def test_a_job_that_comes_twice_is_one(
    xp: Launch, tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its submission was interrupted, and tried again before the scheduler looked at the first."""

    def interrupt(*arguments: Any) -> None:
        raise KeyboardInterrupt

    with xp() as experiment_:
        tasks.Write.C(number=0, log="none").submit()
        task = tasks.Write.C(number=1, log=str(tmp_path / "log"))
        with busy_loop(experiment_, monkeypatch) as taken:
            with monkeypatch.context() as once, pytest.raises(KeyboardInterrupt):
                once.setattr(GraphWriter, "add_job", interrupt)
                task.submit()
            task.submit()
        experiment_.wait()
    assert taken == [1]
    assert (tmp_path / "log").read_text().split() == ["1"]


def test_jobs_that_were_not_taken_in_are_written_down(
    xp: Launch, tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with xp() as experiment_, busy_loop(experiment_, monkeypatch) as taken:
        for number in range(7):
            tasks.Write.C(number=number, log="none").submit()
        leave()
    assert sum(taken) == 7
    [jobs] = tmp_path.glob("work/xp/x/runs/*/jobs.jsonl")
    assert len(jobs.read_text().splitlines()) == 7


# --- The fork server dies


def kills_itself(monkeypatch: pytest.MonkeyPatch, times: int) -> list[int]:
    """Let fork servers be killed between a fork and its answer; return the list of those that were."""
    killed: list[int] = []
    heard = WarmStart._heard

    def deaf(self: WarmStart, message: dict[str, Any]) -> None:
        if "forked" in message and len(killed) < times:
            os.kill(self._process.pid, signal.SIGKILL)
            killed.append(self._process.pid)
        else:
            heard(self, message)

    monkeypatch.setattr(WarmStart, "_heard", deaf)
    return killed


def test_a_fork_server_that_is_killed_is_replaced(
    xp: Launch, tasks: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job was forked, and nobody knows; it is forked again. One of the two runs it."""
    killed = kills_itself(monkeypatch, times=2)
    launcher = DirectLauncher(max_jobs=1)
    with xp(launcher=launcher):
        for number in range(3):
            tasks.Write.C(number=number, log=str(tmp_path / "log")).submit()
    assert sorted((tmp_path / "log").read_text().split()) == ["0", "1", "2"]
    assert len(killed) == 2
    assert launcher._preload == (), "it did not give up"


def test_where_all_fork_servers_are_killed_jobs_start_cold(
    xp: Launch, tasks: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = kills_itself(monkeypatch, times=10)
    launcher = DirectLauncher(max_jobs=1)
    with xp(launcher=launcher):
        for number in range(3):
            tasks.Write.C(number=number, log=str(tmp_path / "log")).submit()
    assert sorted((tmp_path / "log").read_text().split()) == ["0", "1", "2"]
    assert (len(killed), launcher._preload) == (3, None)


def test_the_process_that_is_recorded_runs_the_job(
    xp: Launch, tasks: ModuleType, pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the one that nobody knows: it could not be stopped."""
    kills_itself(monkeypatch, times=1)
    with pytest.raises(FailedExperiment, match="CANCELLED"), xp() as experiment_:
        job = tasks.Wait.C(pipe=pipe.path).submit().__xpm__.job
        pid = int(pipe.line())
        record = ProcessRecord.read(job.layout.pid)
        assert record is not None and record.pid == pid
        experiment_.kill(job)
        in_thread(job.wait)()
    assert not is_held(job.layout.lock)


@pytest.mark.parametrize("ending", ["raise", "_exit", "SIGKILL"])
def test_how_a_job_ended_whose_fork_server_is_gone(
    xp: Launch, tasks: ModuleType, pipe: Pipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ending: str
) -> None:
    """Its marker tells; without one nobody knows how it went, and it is lost."""
    servers = note_servers(monkeypatch)
    os.mkfifo(tmp_path / "go")
    with pytest.raises(FailedExperiment) as caught, xp():
        job = tasks.Asked.C(pipe=pipe.path, go=str(tmp_path / "go")).submit().__xpm__.job
        pid = int(pipe.line())
        os.kill(servers[0], signal.SIGKILL)
        if ending == "SIGKILL":
            os.kill(pid, signal.SIGKILL)
        else:
            (tmp_path / "go").write_text({"raise": "fail\n", "_exit": "_exit\n"}[ending])
        in_thread(job.wait)()
    expected = {"raise": (FailureReason.FAILED, "ValueError: told to")}
    lost = (FailureReason.LOST, "process gone, no marker was left")
    assert (job.status.reason, job.message) == expected.get(ending, lost)
    assert caught.value.failed == (job,)


def note_servers(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list of the processes of the fork servers that say something."""
    servers: list[int] = []
    heard = WarmStart._heard

    def note(self: WarmStart, message: dict[str, Any]) -> None:
        servers.append(self._process.pid)
        heard(self, message)

    monkeypatch.setattr(WarmStart, "_heard", note)
    return servers


def test_jobs_whose_fork_server_was_killed_are_followed_to_their_end(
    xp: Launch, tasks: ModuleType, pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = note_servers(monkeypatch)
    with pytest.raises(FailedExperiment, match="CANCELLED"), xp():
        tasks.Wait.C(pipe=pipe.path).submit()
        pid = int(pipe.line())
        os.kill(servers[0], signal.SIGKILL)
        os.kill(pid, signal.SIGTERM)


def test_a_fork_server_says_nothing_when_its_scheduler_is_killed(tmp_path: Path) -> None:
    """With answers that nobody read, the next read fails instead of ending."""
    import socket

    ours, theirs = socket.socketpair()
    server = subprocess.Popen(
        [sys.executable, "-m", "xpm_scheduler.fork_server", str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        stderr=subprocess.PIPE,
    )
    theirs.close()
    assert ours.recv(1, socket.MSG_PEEK)  # it is ready, and we do not read it
    ours.close()
    _, said = server.communicate(timeout=SOON_S)
    assert (server.returncode, said) == (0, b"")


class Pessimist(DirectLauncher):
    """Can run jobs, but not look forward to them."""

    def expect(self, python: str, environ: Mapping[str, str]) -> None:
        raise RuntimeError("no future")


def test_a_launcher_that_fails_to_expect_jobs_runs_them(
    xp: Launch, tasks: ModuleType, tmp_path: Path
) -> None:
    with xp(launcher=Pessimist(max_jobs=1)):
        tasks.Write.C(number=1, log=str(tmp_path / "log")).submit()
    assert (tmp_path / "log").read_text().split() == ["1"]


class Slow(DirectLauncher):
    """Takes as long as one likes to look forward to jobs."""

    def __init__(self) -> None:
        super().__init__(max_jobs=1)
        self.told, self.go_on = threading.Event(), threading.Event()

    def expect(self, python: str, environ: Mapping[str, str]) -> None:
        self.told.set()
        assert self.go_on.wait(SOON_S)
        super().expect(python, environ)


def test_the_launcher_hears_of_the_first_job_before_others_are_submitted(
    xp: Launch, tasks: ModuleType, tmp_path: Path
) -> None:
    launcher = Slow()
    launcher.go_on.set()
    with xp(launcher=launcher):
        tasks.Write.C(number=1, log=str(tmp_path / "log")).submit()
        assert launcher.told.is_set()


def test_who_submits_does_not_wait_long_for_a_scheduler_that_is_busy(
    xp: Launch, tasks: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xpm_scheduler.session._FIRST_S", 0.05)
    launcher = Slow()
    with xp(launcher=launcher):
        for number in range(3):
            tasks.Write.C(number=number, log=str(tmp_path / "log")).submit()
        launcher.go_on.set()
    assert sorted((tmp_path / "log").read_text().split()) == ["0", "1", "2"]


def test_an_environment_that_cannot_be_is_the_failure_of_its_job(
    xp: Launch, tasks: ModuleType, tmp_path: Path
) -> None:
    good, bad = DirectLauncher(max_jobs=1), DirectLauncher(max_jobs=1)
    bad.environ["XPMTEST"] = 7  # type: ignore[assignment]
    with pytest.raises(FailedExperiment) as caught, xp():
        tasks.Write.C(number=1, log=str(tmp_path / "log")).submit(launcher=bad)
        tasks.Write.C(number=2, log=str(tmp_path / "log")).submit(launcher=good)
    assert [job.launcher for job in caught.value.failed] == [bad]
    assert (tmp_path / "log").read_text().split() == ["2"]


def test_no_fork_server_is_started_for_what_is_done(
    xp: Launch, tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    servers: list[str] = []
    start = WarmStart.start

    async def note(python: str, *options: Any) -> WarmStart:
        servers.append(python)
        return await start(python, *options)

    monkeypatch.setattr(WarmStart, "start", note)
    for _ in range(2):
        with xp():
            tasks.Write.C(number=1, log=str(tmp_path / "log")).submit()
    assert servers == [sys.executable]


def test_a_fork_server_that_ends_while_it_starts(tmp_path: Path) -> None:
    (tmp_path / "xpm_exits.py").write_text("import os\nos._exit(3)\n")
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with pytest.raises(WarmStartFailed, match="ended at once"):
        asyncio.run(WarmStart.start(sys.executable, environ, ["xpm_exits"]))


# --- Another scheduler


DIES_WHILE_PREPARING = """
import sys
from xpm_scheduler import job_folder
from xpm_workspace.layout import JobLayout
finding, lock = job_folder.prepare(JobLayout.from_path(sys.argv[1]), lambda: b"{}", keep=False)
assert lock is not None
print("prepared", flush=True)
input()
"""


def test_a_scheduler_that_dies_before_it_starts_a_job_leaves_it_to_the_next(
    xp: Launch, tasks: ModuleType, tmp_path: Path
) -> None:
    """The other one, which saw the lock, must not report a job as lost that nobody ever started."""
    log = tmp_path / "log"
    with xp("layout", run_mode="DRY_RUN"):
        path = tasks.Write.C(number=1, log=str(log)).submit().__xpm__.job.path
    other = subprocess.Popen(
        [sys.executable, "-c", DIES_WHILE_PREPARING, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "prepared\n"
    with xp():
        job = tasks.Write.C(number=1, log=str(log)).submit().__xpm__.job
        while job.state is not JobState.RUNNING:
            job.wait(0.01)
        other.kill()
        other.communicate()
        assert end_of(job) is JobState.DONE
    assert log.read_text() == "1\n"
