"""Limits and signals, with real processes: the reason is always on disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from xpm_scheduler import DirectLauncher, FailedExperiment, experiment
from xpm_scheduler.launchers.gpus import GpuPool, NoDevices, visible_devices
from xpm_workspace.lifecycle import FailureReason, JobState
from xpm_workspace.markers import read_marker

Launch = Callable[..., experiment]


@pytest.fixture(params=["warm", "cold"])
def xp(request: pytest.FixtureRequest, tmp_path: Path) -> Launch:
    """Makes experiments whose launcher has the given limits."""

    def make(**limits: Any) -> experiment:
        launcher = DirectLauncher(
            **{"max_jobs": 4, **limits}, preload=() if request.param == "warm" else None
        )
        launcher.kill_grace_s = 0.2
        return experiment(tmp_path / "work", "x", launcher=launcher, dirty_git="ignore", report=False)

    return make


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_time_limit(xp: Launch, tasks: ModuleType, pipe: Path) -> None:
    with pytest.raises(FailedExperiment) as caught, xp(time_limit_s=1.0):
        tasks.Wait.C(pipe=str(pipe)).submit()
        pipe.read_text()
    [job] = caught.value.failed
    assert (job.status.reason, job.message) == (FailureReason.TIMEOUT, "reached its time limit")


def test_a_resumable_task_goes_on_after_its_time_limit(xp: Launch, tasks: ModuleType) -> None:
    with xp(time_limit_s=0.5):
        task = tasks.Slow.C(name="a").submit()
    assert task.__xpm__.job.attempts == 3


def test_memory_limit(xp: Launch, tasks: ModuleType) -> None:
    with pytest.raises(FailedExperiment) as caught, xp(memory_bytes=2**30):
        tasks.Hungry.C(megabytes=10).submit()
        tasks.Hungry.C(megabytes=4000).submit()
    [job] = caught.value.failed
    assert job.status.reason is FailureReason.MEMORY
    assert "in execute" in job.stderr.read_text()


def test_a_task_that_hears_no_signal_is_killed_with_its_reason_on_disk(
    xp: Launch, tasks: ModuleType, pipe: Path
) -> None:
    with pytest.raises(FailedExperiment), xp() as experiment_:
        job = tasks.Stuck.C(pipe=str(pipe)).submit().__xpm__.job
        pid = int(pipe.read_text())
        experiment_.kill(job)
        job.wait()
    assert (job.status.reason, job.message) == (FailureReason.CANCELLED, "stopped by SIGTERM")
    marker = read_marker(job.layout)
    assert marker is not None and marker.reason == "CANCELLED"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_a_task_forks_is_stopped_without_the_task(xp: Launch, tasks: ModuleType) -> None:
    """It neither handles our signals nor tells our guard of those that it gets."""
    with xp():
        job = tasks.Forks.C(name="a").submit().__xpm__.job
    assert job.stdout.read_text() == "stopped by 15\n"


def test_a_device_is_given_to_one_job_at_a_time(xp: Launch, tasks: ModuleType, pipe: Path) -> None:
    names = [f"{os.getpid()}a", f"{os.getpid()}b"]
    with open(os.open(pipe, os.O_RDWR), "rb", buffering=0) as lines:

        def line() -> str:
            text = b""
            while not text.endswith(b"\n"):
                text += lines.read(1)
            return text.decode().strip()

        with pytest.raises(FailedExperiment), xp(gpus=names) as experiment_:
            jobs = [tasks.Device.C(number=n, pipe=str(pipe)).submit().__xpm__.job for n in range(3)]
            given = sorted([line(), line()])
            running = sum(job.state is JobState.RUNNING for job in jobs)
            experiment_.kill(jobs[0])
            jobs[0].wait()
            third = line()
            for job in jobs[1:]:
                experiment_.kill(job)
        assert given == names and running <= 2 and third in names


def test_devices_that_are_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, 0")
    assert visible_devices() == ["2", "0"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    with pytest.raises(NoDevices, match="gpus="):
        GpuPool("auto")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'GPU 0: A (UUID: x)'\necho '  MIG'\necho 'GPU 1: B (UUID: y)'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert visible_devices() == ["0", "1"]


@pytest.mark.parametrize("limit", ["max_jobs", "time_limit_s", "memory_bytes"])
def test_limits_are_above_zero(limit: str) -> None:
    limits: dict[str, Any] = {limit: 0}
    with pytest.raises(ValueError, match=f"{limit} is above 0"):
        DirectLauncher(**limits)
