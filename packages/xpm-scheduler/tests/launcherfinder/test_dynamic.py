from __future__ import annotations

import asyncio
import os
import random
import select
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import pytest

from xpm_scheduler import FailedExperiment, GracefulExperimentExit, experiment
from xpm_scheduler.launcherfinder.dynamic import DynamicLauncher
from xpm_scheduler.launchers.base import Handle, Launcher
from xpm_scheduler.launchers.direct import DirectLauncher
from xpm_scheduler.outcome import Exit
from xpm_scheduler.plan import JobSpec
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.lifecycle import JobState
from xpm_workspace.process import ProcessRecord

T = TypeVar("T")

JOB = WorkspaceLayout("/nowhere").job("pkg.learn", "ab" * 32)


class FakeHandle:
    """A job that ends when the test says so."""

    def __init__(self, record: ProcessRecord) -> None:
        self.record = record
        self.exit: Exit | None = None
        self.grace_s: float | None = None

    async def started(self) -> None:
        return

    async def wait(self) -> Exit:
        self.exit = self.exit or Exit(code=0)
        return self.exit

    def poll(self) -> Exit | None:
        return self.exit

    async def kill(self, grace_s: float) -> None:
        self.grace_s = grace_s

    def remaining_time(self) -> float | None:
        return 12.0


class FakeLauncher(Launcher):
    """A launcher without processes."""

    def __init__(self, name: str, *, max_jobs: int | None = None, priority: int = 0) -> None:
        super().__init__(priority=priority, max_jobs=max_jobs)
        self.name = name
        self.handles: list[FakeHandle] = []
        self.specs: list[JobSpec] = []
        self.error: OSError | None = None
        self.closed = 0

    async def submit(self, spec: JobSpec) -> Handle:
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        self.specs.append(spec)
        self.handles.append(FakeHandle(ProcessRecord(type=self.name)))
        return self.handles[-1]

    async def attach(self, job: JobLayout, record: ProcessRecord) -> Handle | None:
        if record.type != self.name:
            return None
        self.handles.append(FakeHandle(record))
        return self.handles[-1]

    async def close(self) -> None:
        self.closed += 1
        if self.error is not None:
            raise self.error


def spec(**changes: Any) -> JobSpec:
    fields: dict[str, Any] = {"job": JOB, "environ": {"A": "1"}, "attempt": 1, "python": "python"}
    return JobSpec(**(fields | changes))


Launch = Callable[..., experiment]
#: What should happen at once, and would otherwise never.
SOON_S = 60.0


@pytest.fixture
def xp(tmp_path: Path) -> Launch:
    def make(**options: Any) -> experiment:
        return experiment(tmp_path / "work", "x", dirty_git="ignore", report=False, **options)

    return make


@pytest.fixture
def pipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """Gives the lines that tasks write into the pipe that `submit_device` names to them."""
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    with open(os.open(tmp_path / "pipe", os.O_RDWR), "rb", buffering=0) as file:

        def line() -> str:
            text = b""
            while not text.endswith(b"\n"):
                assert select.select([file], [], [], SOON_S)[0], "no task writes"
                text += file.read(1)
            return text.decode().strip()

        yield line


def submit_device(tasks: ModuleType, number: int, **options: Any) -> Any:
    return tasks.Device.C(number=number, pipe=str(Path("pipe").absolute())).submit(**options)


def leave() -> None:
    raise GracefulExperimentExit


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def order(launcher: DynamicLauncher) -> str:
    """The launchers that a job waits for, in the order in which it prefers them."""
    return "".join(choice.name for choice in launcher.choices())


def test_those_of_the_highest_priority_first() -> None:
    members = [FakeLauncher("a"), FakeLauncher("b", priority=2), FakeLauncher("c", priority=2)]
    assert order(DynamicLauncher(members)) == "bca"


def test_the_slots_of_all() -> None:
    members = [FakeLauncher("a", max_jobs=2), FakeLauncher("b", max_jobs=3)]
    assert DynamicLauncher(members).max_jobs == 5
    dynamic = DynamicLauncher([*members, FakeLauncher("c")], priority=7)
    assert (dynamic.max_jobs, dynamic.priority) == (None, 7)


def test_the_longest_grace_of_all() -> None:
    patient = FakeLauncher("a")
    patient.kill_grace_s = 60
    assert DynamicLauncher([FakeLauncher("b"), patient]).kill_grace_s == 60


def test_a_handle_is_that_of_the_launcher() -> None:
    async def story() -> None:
        members = [FakeLauncher("a"), FakeLauncher("b")]
        dynamic = DynamicLauncher(members)
        assert await dynamic.submit(spec()) is members[0].handles[0]
        assert await dynamic.attach(JOB, ProcessRecord(type="elsewhere")) is None
        assert await dynamic.attach(JOB, ProcessRecord(type="b")) is members[1].handles[0]

    run(story())


def test_samples_by_priority() -> None:
    members = [FakeLauncher("a"), FakeLauncher("b", priority=9), FakeLauncher("c", priority=-3)]
    dynamic = DynamicLauncher(members, sample=True, rng=random.Random(1))
    orders = [order(dynamic) for _ in range(3000)]
    first = Counter(found[0] for found in orders)
    assert 0.78 < first["b"] / 3000 < 0.86, "9 of 11"
    # Also among those with a free slot, when `b` has none.
    without = Counter(found.replace("b", "")[0] for found in orders)
    assert 0.46 < without["a"] / 3000 < 0.54


def test_all_may_run_a_job(xp: Launch, tasks: ModuleType, pipes: Callable[[], str]) -> None:
    """Each takes as many as it has slots for, whoever submits to it, and what it says of its jobs holds."""
    first, second = DirectLauncher(max_jobs=1), DirectLauncher(max_jobs=1, preload=None)
    for launcher, name in ((first, "first"), (second, "second")):
        launcher.setenv("CUDA_VISIBLE_DEVICES", name)
    second.memory_bytes = 2**40
    both = DynamicLauncher([first, second])
    both.setenv("CUDA_VISIBLE_DEVICES", "none")
    both.time_limit_s = 600.0
    with pytest.raises(FailedExperiment), xp(launcher=both) as experiment_:
        jobs = [submit_device(tasks, number).__xpm__.job for number in range(2)]
        assert sorted([pipes(), pipes()]) == ["first", "second"]
        alone = submit_device(tasks, 2, launcher=first).__xpm__.job
        one, other = sorted(jobs, key=lambda job: job.launcher is not first)
        assert (one.launcher, other.launcher) == (first, second)
        assert (one.time_limit_s, one.memory_bytes, other.memory_bytes) == (600.0, None, 2**40)
        experiment_.kill(other)
        other.wait(SOON_S)
        assert alone.state is JobState.READY
        experiment_.kill(one)
        assert pipes() == "first"
        experiment_.kill(alone)


def test_found_again_wherever_it_runs(xp: Launch, tasks: ModuleType, pipes: Callable[[], str]) -> None:
    both = DynamicLauncher([DirectLauncher(max_jobs=1), DirectLauncher(max_jobs=1)])
    both.setenv("CUDA_VISIBLE_DEVICES", "0")
    with xp(launcher=both):
        submit_device(tasks, 1)
        pipes()
        leave()
    with pytest.raises(FailedExperiment, match="CANCELLED"), xp(launcher=both) as experiment_:
        job = submit_device(tasks, 1).__xpm__.job
        while job.state is not JobState.RUNNING:
            job.wait(0.01)
        experiment_.kill(job)


def test_in_words() -> None:
    members = [FakeLauncher("a", max_jobs=2), FakeLauncher("b")]
    assert DynamicLauncher(members).describe() == "dynamic, in this order: a, at most 2 jobs at once; b"
    assert DynamicLauncher(members, True).describe().startswith("dynamic, at random: a")


def test_all_are_closed_even_if_one_fails() -> None:
    members = [FakeLauncher("a"), FakeLauncher("b")]
    run(DynamicLauncher(members).close())
    members[0].error = OSError("no")
    with pytest.raises(OSError, match="no"):
        run(DynamicLauncher(members).close())
    assert [member.closed for member in members] == [2, 2]


def test_mistakes() -> None:
    with pytest.raises(ValueError, match="at least one launcher"):
        DynamicLauncher([])
    one = FakeLauncher("a")
    with pytest.raises(ValueError, match="only be once"):
        DynamicLauncher([one, one])


def test_in_one_another() -> None:
    one = FakeLauncher("a", max_jobs=1)
    inner = DynamicLauncher([one, FakeLauncher("b", max_jobs=1)])
    outer = DynamicLauncher([FakeLauncher("c", max_jobs=2), inner, one])
    assert outer.max_jobs == 5
    assert order(outer) == "cab"
