"""A signal handler may raise at any point of what the user's thread does: nothing hangs, nothing is lost."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from xpm_scheduler import FailedExperiment, NoExperiment, experiment
from xpm_scheduler.bell import Bell
from xpm_scheduler.callbacks import CallbackThread
from xpm_scheduler.index_feeder import IndexFeeder
from xpm_scheduler.loop_thread import LoopThread
from xpm_scheduler.provenance import ProvenanceCapture
from xpm_scheduler.report import Reporter
from xpm_tasks.graphs import load_xp_info
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.lifecycle import JobState
from xpm_workspace.testing import at_each_point

#: Python tells of an exception that comes while an object is taken away, and goes on.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def nothing_left_for_others() -> Iterator[None]:
    """What was interrupted may hold open files; it is taken away here, not during another test."""
    yield
    gc.collect()


def test_a_task_is_submitted_again_wherever_the_first_time_was_interrupted(
    tasks: ModuleType, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with experiment(tmp_path / "work", "xp", dirty_git="ignore", report=False) as xp:
        tasks.Write.C(number=0, log=str(log)).submit()  # all is imported
        tried: list[Any] = []

        def make(point: int) -> Callable[[], object]:
            tried.append(tasks.Write.C(number=point, log=str(log)))
            return lambda: tried[-1].submit()

        points = at_each_point(make, lambda: tried[-1].submit())
    assert points > 200
    assert {job.state for job in xp.jobs} == {JobState.DONE}
    assert sorted(map(int, log.read_text().split())) == list(range(points + 2))
    assert set(load_xp_info(xp.workdir).jobs) == {job.job_id for job in xp.jobs}


def test_a_submission_that_is_not_tried_again_keeps_nothing_back(tasks: ModuleType, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with experiment(tmp_path / "work", "xp", dirty_git="ignore", report=False) as xp:
        tasks.Write.C(number=0, log=str(log)).submit()
        points = at_each_point(
            lambda point: tasks.Write.C(number=point, log=str(log)).submit, lambda: xp.run_id
        )
        tasks.Write.C(number=points + 2, log=str(log)).submit()
        at_the_end = threading.Thread(target=xp.wait, daemon=True)
        at_the_end.start()
        at_the_end.join(60)
        assert not at_the_end.is_alive()
    executed = [int(number) for number in log.read_text().split()]
    assert len(executed) == len(set(executed))
    assert {0, points + 1, points + 2} <= set(executed)


def test_waiting_for_a_job_is_interrupted(tasks: ModuleType, tmp_path: Path) -> None:
    """What waits hears the exception itself, and others go on waiting."""
    os.mkfifo(pipe := tmp_path / "nobody reads")
    folder = tmp_path / "work"
    with pytest.raises(FailedExperiment), experiment(folder, "xp", dirty_git="ignore", report=False) as xp:
        job = tasks.Wait.C(pipe=str(pipe)).submit().__xpm__.job
        points = at_each_point(lambda point: lambda: job.wait(0.001), lambda: job.wait(0.001))
        assert points > 20
        assert not job.state.final
        xp.kill(job)
        assert job.wait(60) is JobState.ERROR


def test_a_submission_that_failed_is_gone_on_with(tasks: ModuleType, tmp_path: Path) -> None:
    """The folder cannot be made the first time."""
    task = tasks.Write.C(number=1, log="none")
    folder = tmp_path / "work"
    with experiment(folder, "xp", dirty_git="ignore", report=False, run_mode="GENERATE_ONLY") as xp:
        jobs = xp.workspace_path / "jobs"
        jobs.parent.mkdir()
        jobs.write_text("no folder")
        with pytest.raises(OSError, match="jobs"):
            task.submit()
        jobs.unlink()
        task.submit()
    assert (task.jobpath / "params.json").exists()


def test_entering_is_interrupted(
    tasks: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It can be entered again, in this process too: nothing is left behind."""

    def interrupt(*arguments: Any) -> None:
        raise KeyboardInterrupt

    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]
    for cls, name in ((Reporter, "started"), (ProvenanceCapture, "start"), (IndexFeeder, "start")):
        with monkeypatch.context() as once, pytest.raises(KeyboardInterrupt):
            once.setattr(cls, name, interrupt)
            experiment(tmp_path / "work", "xp", dirty_git="ignore").__enter__()
        assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)] == before
        with pytest.raises(NoExperiment):
            experiment.current()
    with experiment(tmp_path / "work", "xp", dirty_git="ignore"):
        task = tasks.Write.C(number=1, log=str(tmp_path / "log")).submit()
    assert task.__xpm__.job.state is JobState.DONE


def test_telling_the_index_is_interrupted(tmp_path: Path) -> None:
    feeder = IndexFeeder(WorkspaceLayout(tmp_path).experiment("xp").run("1"))
    assert at_each_point(lambda point: lambda: feeder.changed(["a"]), lambda: feeder.changed(["b"])) > 2


def test_a_call_into_the_loop_is_interrupted() -> None:
    loop = LoopThread("interrupted")
    loop.start()

    async def nothing() -> int:
        return 3

    try:
        assert at_each_point(lambda point: lambda: loop.call(nothing), lambda: loop.call(nothing)) > 5
        assert loop.call(nothing) == 3
    finally:
        loop.stop()


def test_a_call_into_the_loop_takes_too_long() -> None:
    loop = LoopThread("slow")
    loop.start()
    ended = threading.Event()

    async def slow() -> None:
        import asyncio

        await asyncio.sleep(0.05)
        ended.set()

    try:
        with pytest.raises(TimeoutError):
            loop.call(slow, 0.0)
        assert ended.wait(30)  # it went on
    finally:
        loop.stop()


def test_closing_the_callbacks_is_interrupted() -> None:
    callbacks = CallbackThread(lambda: None)
    at_each_point(lambda point: callbacks.close, lambda: callbacks.call("nothing", lambda: None))
    assert callbacks.idle


def test_a_bell_is_heard_once_for_each_time() -> None:
    bell = Bell()
    assert not bell.wait(0)
    bell.ring()
    bell.ring()
    assert bell.wait(0)
    assert not bell.wait(0)


def test_a_bell_wakes_who_waits() -> None:
    bell = Bell()
    threading.Timer(0.01, bell.ring).start()
    assert bell.wait(60)


def test_a_bell_is_interrupted() -> None:
    bell = Bell()
    assert at_each_point(lambda point: bell.ring, bell.ring) > 2
    assert bell.wait(0)


STORM = """
import signal, sys
from xpm_scheduler import experiment
import xpm_test_tasks as tasks

class Interruption(BaseException):
    pass

hits, armed = 0, False

def handler(number, frame):
    if armed:
        raise Interruption

signal.signal(signal.SIGALRM, handler)
with experiment(sys.argv[1], "xp", dirty_git="ignore", report=False):
    for number in range(150):
        task = tasks.Write.C(number=number, log=sys.argv[2])
        while task.__xpm__.job is None:
            try:
                armed = number > 0  # once all is imported
                signal.setitimer(signal.ITIMER_REAL, 0.0002 + number * 1e-5)
                task.submit()
            except Interruption:
                hits += 1
            finally:
                armed = False
    signal.setitimer(signal.ITIMER_REAL, 0)
print(hits)
"""


def test_signals_that_come_all_the_time(tasks: ModuleType, tmp_path: Path) -> None:
    """Real ones, whose handler raises wherever the main thread is in a submission.

    In a process without pytest, whose own hooks would be interrupted as well.
    """
    log = tmp_path / "log"
    done = subprocess.run(
        [sys.executable, "-c", STORM, str(tmp_path / "work"), str(log)],
        cwd=Path(str(tasks.__file__)).parent,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0
    assert sorted(map(int, log.read_text().split())) == list(range(150))
