from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_scheduler import experiment
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


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


async def submit(launcher: DynamicLauncher, count: int = 1) -> str:
    """Submit jobs one after the other; where each one went."""
    return "".join([(await launcher.submit(spec())).record.type for _ in range(count)])


def test_the_first_with_a_free_slot() -> None:
    dynamic = DynamicLauncher([FakeLauncher("a", max_jobs=2), FakeLauncher("b", max_jobs=3)])
    assert dynamic.max_jobs == 5
    assert run(submit(dynamic, 5)) == "aabbb"


def test_priorities_first() -> None:
    dynamic = DynamicLauncher(
        [
            FakeLauncher("a", max_jobs=1),
            FakeLauncher("b", max_jobs=1, priority=2),
            FakeLauncher("c", max_jobs=1, priority=2),
        ]
    )
    assert run(submit(dynamic, 3)) == "bca"
    assert [launcher.name for launcher in dynamic.launchers] == ["b", "c", "a"]


def test_the_longest_grace_of_all() -> None:
    patient = FakeLauncher("a")
    patient.kill_grace_s = 60
    assert DynamicLauncher([FakeLauncher("b"), patient]).kill_grace_s == 60


def test_no_limit() -> None:
    dynamic = DynamicLauncher([FakeLauncher("a", max_jobs=1), FakeLauncher("b")], priority=7)
    assert dynamic.max_jobs is None
    assert dynamic.priority == 7
    assert run(submit(dynamic, 10)) == "a" + 9 * "b"


def test_a_slot_comes_back() -> None:
    async def story() -> None:
        first = FakeLauncher("a", max_jobs=1)
        dynamic = DynamicLauncher([first, FakeLauncher("b", max_jobs=5)])
        handle = await dynamic.submit(spec())
        assert await submit(dynamic) == "b"
        await handle.started()
        assert await handle.wait() == Exit(code=0)
        assert await submit(dynamic, 2) == "ab"
        # This one ends without anybody waiting for it.
        first.handles[-1].exit = Exit(code=1)
        assert await submit(dynamic, 2) == "ab"

    run(story())


def test_a_handle_is_that_of_the_launcher() -> None:
    async def story() -> None:
        member = FakeLauncher("a")
        handle = await DynamicLauncher([member]).submit(spec())
        [inner] = member.handles
        assert handle.record is inner.record
        assert handle.poll() is None
        assert handle.remaining_time() == 12
        await handle.kill(3)
        assert inner.grace_s == 3
        inner.exit = Exit(signal=9)
        assert handle.poll() == await handle.wait() == Exit(signal=9)

    run(story())


def test_a_start_takes_a_slot() -> None:
    async def story() -> None:
        dynamic = DynamicLauncher([FakeLauncher("a", max_jobs=1), FakeLauncher("b", max_jobs=1)])
        handles = await asyncio.gather(dynamic.submit(spec()), dynamic.submit(spec()))
        assert [handle.record.type for handle in handles] == ["a", "b"]

    run(story())


def test_a_start_that_fails_gives_the_slot_back() -> None:
    async def story() -> None:
        first = FakeLauncher("a", max_jobs=1)
        dynamic = DynamicLauncher([first, FakeLauncher("b", max_jobs=1)])
        first.error = OSError("no")
        with pytest.raises(OSError, match="no"):
            await dynamic.submit(spec())
        first.error = None
        assert await submit(dynamic) == "a"

    run(story())


def test_jobs_found_running_take_slots() -> None:
    async def story() -> None:
        dynamic = DynamicLauncher([FakeLauncher("a", max_jobs=1), FakeLauncher("b", max_jobs=1)])
        assert await dynamic.attach(JOB, ProcessRecord(type="elsewhere")) is None
        handle = await dynamic.attach(JOB, ProcessRecord(type="a"))
        assert handle is not None and handle.record.type == "a"
        assert await submit(dynamic) == "b"
        # One more than there are slots for: the launcher with the smallest load takes it, nothing waits.
        assert await dynamic.attach(JOB, ProcessRecord(type="a")) is not None
        assert await submit(dynamic) == "b"

    run(story())


@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
    st.lists(st.integers(0, 100), max_size=40),
    st.booleans(),
)
def test_no_launcher_gets_more_than_it_has_slots_for(
    slots: list[int], actions: list[int], sample: bool
) -> None:
    async def story() -> None:
        members = [FakeLauncher(str(number), max_jobs=n) for number, n in enumerate(slots)]
        dynamic = DynamicLauncher(members, sample=sample)
        running: list[Handle] = []
        for action in actions:
            if action % 2 and running:
                await running.pop(action % len(running)).wait()
            elif len(running) < sum(slots):  # what the engine sees to
                running.append(await dynamic.submit(spec()))
            used = Counter(handle.record.type for handle in running)
            assert all(used[str(number)] <= n for number, n in enumerate(slots))

    run(story())


def test_samples_by_priority() -> None:
    dynamic = DynamicLauncher(
        [FakeLauncher("a"), FakeLauncher("b", priority=9)], sample=True, rng=random.Random(1)
    )
    went = Counter(run(submit(dynamic, 1000)))
    assert 850 < went["b"] < 950
    assert went["a"] + went["b"] == 1000


def test_samples_among_those_with_a_slot() -> None:
    dynamic = DynamicLauncher(
        [FakeLauncher("a", max_jobs=1), FakeLauncher("b", max_jobs=5, priority=-3)], sample=True
    )
    assert Counter(run(submit(dynamic, 6))) == {"a": 1, "b": 5}


def test_what_the_launcher_says_of_its_jobs() -> None:
    async def adapted(member: FakeLauncher, given: JobSpec) -> JobSpec:
        await DynamicLauncher([member]).submit(given)
        return member.specs[-1]

    member = FakeLauncher("a")
    assert run(adapted(member, spec())) == spec()
    member.setenv("A", "2")
    member.setenv("PYTHONPATH", "/theirs")
    member.time_limit_s = 60
    member.memory_bytes = 1000
    got = run(adapted(member, spec(environ={"A": "1", "PYTHONPATH": "/ours", "B": "3"})))
    environ = dict(got.environ)
    assert 0 < float(environ.pop("XPM_DEADLINE")) - time.time() <= 60
    assert environ == {
        "A": "2",
        "PYTHONPATH": f"/ours{os.pathsep}/theirs",
        "B": "3",
        "XPM_MEMORY_BYTES": "1000",
    }
    assert got.time_limit_s == 60
    limits = run(adapted(member, spec(environ={"XPM_DEADLINE": "30.5", "XPM_MEMORY_BYTES": "900"}))).environ
    assert (limits["XPM_DEADLINE"], limits["XPM_MEMORY_BYTES"]) == ("30.5", "900")
    assert run(adapted(member, spec(time_limit_s=30))).time_limit_s == 30
    assert run(adapted(member, spec())).environ["PYTHONPATH"] == "/theirs"


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


def test_an_experiment(workdir: Path, tasks: ModuleType) -> None:
    members = [DirectLauncher(max_jobs=1), DirectLauncher(max_jobs=1, preload=None)]
    for number, member in enumerate(members):
        member.setenv("WHERE", str(number))
    launcher = DynamicLauncher(members)
    with experiment(workdir / "work", "dynamic", launcher=launcher, dirty_git="ignore", report=False) as xp:
        for number in range(4):
            tasks.Write.C(number=number, log=str(workdir / "log")).submit()
        where = tasks.Environ.C(name="WHERE").submit()
    assert all(job.state is JobState.DONE for job in xp.jobs)
    assert sorted((workdir / "log").read_text().split()) == ["0", "1", "2", "3"]
    assert where.stdout().read_text().split()[0] in ("0", "1")


def test_in_one_another() -> None:
    inner = DynamicLauncher([FakeLauncher("a", max_jobs=1), FakeLauncher("b", max_jobs=1)])
    outer = DynamicLauncher([inner, DirectLauncher(max_jobs=2)])
    assert outer.max_jobs == 4
    assert run(submit(outer, 2)) == "ab"
