"""A world that is hard on experiments: full disks, folders that vanish, no memory, a clock that jumps."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from xpm_scheduler import DirectLauncher, FailedExperiment, SchedulerError, experiment
from xpm_scheduler.launchers.memory import memory_kills
from xpm_scheduler.log_tail import log_tail
from xpm_workspace.lifecycle import FailureReason, JobState
from xpm_workspace.locks import is_held

Mount = Callable[..., Path]


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Mounts a small file system of its own; skips where that is not permitted."""
    mounted: list[Path] = []

    def mount(folder: Path, options: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        tool = shutil.which("mount")
        command = [str(tool), "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if tool is None or sys.platform != "linux" or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("this user may not mount a file system")
        mounted.append(folder)
        return folder

    yield mount
    for folder in reversed(mounted):
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Fill a disk to its last block."""
    ballast = folder / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
    try:
        yield
    finally:
        ballast.unlink()


@pytest.fixture(params=["warm", "cold"])
def launcher(request: pytest.FixtureRequest) -> DirectLauncher:
    return DirectLauncher(max_jobs=2, preload=() if request.param == "warm" else None)


def make(workdir: Path, name: str = "x", **options: Any) -> experiment:
    return experiment(workdir, name, dirty_git="ignore", report=False, **options)


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Gives the lines that tasks write into `tmp_path / "pipe"`."""
    os.mkfifo(tmp_path / "pipe")
    with open(os.open(tmp_path / "pipe", os.O_RDWR), "rb", buffering=0) as file:

        def line() -> str:
            text = b""
            while not text.endswith(b"\n"):
                text += file.read(1)
            return text.decode().strip()

        yield line


# --- Disks


def test_the_scheduler_on_a_full_disk(
    mount: Mount, tasks: ModuleType, tmp_path: Path, pipe: Callable[[], str]
) -> None:
    """Whoever waits learns of it at once; what runs goes on, and is found again."""
    workdir = mount(tmp_path / "small", "size=1m")
    with pytest.raises(SchedulerError, match=r"No space left on device.*run again"), make(workdir) as xp:
        job = tasks.Wait.C(pipe=str(tmp_path / "pipe")).submit().__xpm__.job
        pid = int(pipe())
        while job.state is not JobState.RUNNING:
            job.wait(0.01)
        with full(workdir):
            for number in range(2000):  # some fit in the blocks that journals have begun
                tasks.Write.C(number=number, log=str(tmp_path / "log")).submit()
            xp.wait()
    assert not is_held(xp.layout.lock)
    with pytest.raises(FailedExperiment, match="CANCELLED"), make(workdir) as xp:
        job = tasks.Wait.C(pipe=str(tmp_path / "pipe")).submit().__xpm__.job
        while job.state is not JobState.RUNNING:
            job.wait(0.01)
        assert not job.executed
        os.kill(pid, signal.SIGTERM)


def test_a_job_on_a_full_disk(mount: Mount, tasks: ModuleType, tmp_path: Path, launcher: Any) -> None:
    with make(tmp_path / "work", run_mode="DRY_RUN"):
        path = tasks.Fills.C(name="a").submit().__xpm__.job.path
    mount(path, "size=1m")
    with pytest.raises(FailedExperiment) as caught, make(tmp_path / "work", launcher=launcher):
        big = tasks.Fills.C(name="a").submit().__xpm__.job
        small = tasks.Write.C(number=1, log=str(tmp_path / "log")).submit().__xpm__.job
    assert caught.value.failed == (big,) and small.state is JobState.DONE
    assert big.status.reason is FailureReason.FAILED
    assert "No space left on device" in big.message or "the disk may be full" in big.message


def test_a_job_with_no_space_for_its_end(
    mount: Mount, tasks: ModuleType, tmp_path: Path, pipe: Callable[[], str], launcher: Any
) -> None:
    """Its folder is on a disk of its own, where nothing fits any more: neither log nor journal nor reason."""
    with make(tmp_path / "work", run_mode="DRY_RUN"):
        path = tasks.Asked.C(pipe=str(tmp_path / "pipe"), go=str(tmp_path / "go")).submit().__xpm__.job.path
    mount(path, "size=64k")
    os.mkfifo(tmp_path / "go")
    with pytest.raises(FailedExperiment) as caught, make(tmp_path / "work", launcher=launcher):
        tasks.Asked.C(pipe=str(tmp_path / "pipe"), go=str(tmp_path / "go")).submit()
        pipe()
        with full(path):
            (tmp_path / "go").write_text("fail\n")
            experiment.current().wait()
    [job] = caught.value.failed
    assert (job.status.reason, "the disk may be full" in job.message) == (FailureReason.FAILED, True)


def test_a_read_only_job_folder(mount: Mount, tasks: ModuleType, tmp_path: Path, launcher: Any) -> None:
    log = str(tmp_path / "log")
    with make(tmp_path / "work", run_mode="DRY_RUN"):
        path = tasks.Write.C(number=1, log=log).submit().__xpm__.job.path
    mount(path, "ro")
    with (
        pytest.raises(FailedExperiment, match="Read-only file system") as caught,
        make(tmp_path / "work", launcher=launcher),
    ):
        tasks.Write.C(number=1, log=log).submit()
        other = tasks.Write.C(number=2, log=log).submit()
    assert len(caught.value.failed) == 1
    assert other.__xpm__.job.state is JobState.DONE


def test_a_read_only_workspace(mount: Mount, tasks: ModuleType, tmp_path: Path) -> None:
    workdir = mount(tmp_path / "w", "ro")
    with pytest.raises(OSError, match="Read-only file system"), make(workdir):
        pass


def test_a_folder_that_cannot_be_read(tasks: ModuleType, tmp_path: Path, launcher: Any) -> None:
    log = str(tmp_path / "log")
    with make(tmp_path / "work", run_mode="DRY_RUN"):
        path = tasks.Write.C(number=1, log=log).submit().__xpm__.job.path
    path.parent.mkdir(parents=True)
    path.symlink_to(path)
    with (
        pytest.raises(FailedExperiment, match=r"symbolic links|File exists"),
        make(tmp_path / "work", launcher=launcher),
    ):
        tasks.Write.C(number=1, log=log).submit()
        other = tasks.Write.C(number=2, log=log).submit()
    assert other.__xpm__.job.state is JobState.DONE


@pytest.mark.parametrize("answer", ["fail", "progress", "end"])
def test_a_job_folder_removed_while_the_job_runs(
    tasks: ModuleType, tmp_path: Path, pipe: Callable[[], str], launcher: Any, answer: str
) -> None:
    """It is not done, whatever the task believes: what it wrote is lost."""
    os.mkfifo(tmp_path / "go")
    with pytest.raises(FailedExperiment) as caught, make(tmp_path / "work", launcher=launcher):
        job = tasks.Asked.C(pipe=str(tmp_path / "pipe"), go=str(tmp_path / "go")).submit().__xpm__.job
        pipe()
        shutil.rmtree(job.path)
        (tmp_path / "go").write_text(f"{answer}\n")
        job.wait()
    assert caught.value.failed == (job,)
    assert job.status.reason is FailureReason.LOST
    assert "its folder was removed" in job.message


# --- Memory


def test_what_the_kernel_counts(tmp_path: Path) -> None:
    for number, (file, content) in enumerate(
        {
            "proc/vmstat": "nr_free 1\noom_kill 7\n",
            "sys/fs/cgroup/memory/memory.oom_control": "under_oom 0\noom_kill 6\n",
            "sys/fs/cgroup/memory/a/b/memory.oom_control": "under_oom 0\noom_kill 5\n",
            "sys/fs/cgroup/user/x/memory.events": "oom 3\noom_kill 4\n",
        }.items()
    ):
        for depth in range(4):  # the counter is looked for once for each root
            root = tmp_path / f"{number} {depth}"
            if depth == number or number == 0:
                (root / "proc/self").mkdir(parents=True, exist_ok=True)
                (root / "proc/self/cgroup").write_text("4:cpu,memory:/a/b\n1:name=systemd:/\n0::/user/x\n")
        root = tmp_path / f"{number} {number}"
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(content)
        assert memory_kills(root) == 7 - number
    assert memory_kills(tmp_path / "nothing") == 0


OUT_OF_MEMORY = """
import sys
group, workdir, modules, preload = sys.argv[1:]
with open(group + "/cgroup.procs", "w") as file:
    file.write("0")
sys.path.insert(0, modules)
import xpm_test_tasks as tasks
from xpm_scheduler import DirectLauncher, FailedExperiment, experiment
launcher = DirectLauncher(preload=() if preload == "warm" else None)
try:
    with experiment(workdir, "x", launcher=launcher, dirty_git="ignore", report=False) as xp:
        small = tasks.Hungry.C(megabytes=1).submit().__xpm__.job
        small.wait()
        job = tasks.Hungry.C(megabytes=600).submit().__xpm__.job
        job.wait()
except FailedExperiment:
    print(small.status, job.status, job.message, sep="\\n")
"""


@pytest.mark.parametrize("preload", ["warm", "cold"])
def test_a_job_that_the_kernel_kills_for_its_memory(tasks: ModuleType, tmp_path: Path, preload: str) -> None:
    """In a control group that has little."""
    group = Path(f"/sys/fs/cgroup/memory/xpm-test-{os.getpid()}")
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(250 * 2**20))
    except OSError:
        pytest.skip("this user may not make a control group with a limit of memory (version 1)")
    try:
        script = [sys.executable, "-c", OUT_OF_MEMORY, str(group), str(tmp_path / "work")]
        modules = str(Path(str(tasks.__file__)).parent)
        said = subprocess.run([*script, modules, preload], capture_output=True, text=True, timeout=100)
        assert said.stdout.splitlines()[:2] == ["DONE", "ERROR(MEMORY)"], said.stdout + said.stderr
        assert "killed by SIGKILL, while the kernel killed processes for want of memory" in said.stdout
    finally:
        _remove_group(group)


def _remove_group(group: Path) -> None:
    deadline = time.monotonic() + 10
    while True:  # its processes are gone, the kernel takes a moment to notice
        try:
            group.rmdir()
            return
        except OSError:
            assert time.monotonic() < deadline


def test_somebody_who_kills_a_job_is_not_the_kernel(
    tasks: ModuleType, tmp_path: Path, pipe: Callable[[], str], launcher: Any
) -> None:
    with pytest.raises(FailedExperiment) as caught, make(tmp_path / "work", launcher=launcher):
        tasks.Wait.C(pipe=str(tmp_path / "pipe")).submit()
        os.kill(int(pipe()), signal.SIGKILL)
    assert caught.value.failed[0].status.reason is FailureReason.LOST


MANY = """
import sys, threading, time
sys.path.insert(0, sys.argv[1])
import xpm_test_tasks as tasks
from xpm_scheduler import DirectLauncher, GracefulExperimentExit, experiment
with experiment(sys.argv[2], "x", launcher=DirectLauncher(max_jobs=1), dirty_git="ignore", report=False):
    job = tasks.Wait.C(pipe=sys.argv[3]).submit(launcher=DirectLauncher(max_jobs=1, priority=1)).__xpm__.job
    for number in range(2_000):
        tasks.Write.C(number=number, log="none").submit(launcher=job.launcher)
    for _ in range(60):  # until the index has taken them in, on however busy a machine
        before = time.process_time()
        job.wait(1.0)
        busy_s = time.process_time() - before
        if busy_s < 0.05:
            break
    # Not ru_maxrss: it counts the memory of pytest, from which this process was started.
    memory_kib = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(busy_s, int(memory_kib) // 1024)
    raise GracefulExperimentExit
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the memory is read from /proc")
def test_many_jobs_are_light_and_idle(tasks: ModuleType, tmp_path: Path, pipe: Callable[[], str]) -> None:
    modules = str(Path(str(tasks.__file__)).parent)
    said = subprocess.run(
        [sys.executable, "-c", MANY, modules, str(tmp_path / "work"), str(tmp_path / "pipe")],
        stdout=subprocess.PIPE,
        text=True,
        timeout=110,
    )
    os.kill(int(pipe()), signal.SIGKILL)
    busy_s, memory_mib = map(float, said.stdout.split())
    assert busy_s < 0.05, "it polls"
    assert memory_mib < 160  # 400 for 10 000


# --- Clocks


@pytest.mark.parametrize("jump_s", [-86400.0, 86400.0])
def test_a_clock_that_is_set_while_jobs_run(
    tasks: ModuleType, tmp_path: Path, launcher: Any, monkeypatch: pytest.MonkeyPatch, jump_s: float
) -> None:
    """In the scheduler, between two jobs; and in a job that has a time limit."""
    launcher.time_limit_s = 60.0
    log = str(tmp_path / "log")
    with make(tmp_path / "work", launcher=launcher):
        clock = tasks.Clock.C(jump_s=jump_s).submit()
        tasks.Write.C(number=1, log=log).submit().__xpm__.job.wait()
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + jump_s)
        tasks.Write.C(number=2, log=log).submit().__xpm__.job.wait()
    monkeypatch.undo()
    with make(tmp_path / "work", launcher=launcher) as xp:
        tasks.Write.C(number=2, log=log).submit()
    assert not xp.jobs[0].executed
    left_s = float(clock.__xpm__.job.stdout.read_text())
    assert 0 < left_s <= 60


# --- Names


def test_a_workspace_with_any_name(tasks: ModuleType, tmp_path: Path, launcher: Any) -> None:
    log = tmp_path / "log"
    for _ in range(2):
        with make(tmp_path / "a\nb 'c' \"d\" $e\\ é", launcher=launcher) as xp:
            first = xp.token("t", 1)(1, tasks.Write.C(number=1, log=str(log))).submit()
            last = tasks.Needs.C(first=first).submit()
    assert log.read_text() == "1\n"
    assert last.__xpm__.job.stdout.read_text() == "first was 1\n"


# --- Messages


def test_the_ends_of_the_logs_are_shown(tasks: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(FailedExperiment) as caught, make(tmp_path / "work"):
        for number in range(12):
            tasks.Noisy.C(number=number).submit()
    text = str(caught.value)
    assert text.count("failed") == 1 and len(re.findall("FAILED", text)) == 12
    first = re.split(r"\n  (?=\S)", text)[1].splitlines()
    assert re.fullmatch(
        r"xpm_test_tasks.noisy/\w{8} ERROR\(FAILED\): ValueError: not \d+; log: .*\.err", first[0]
    )
    assert all(line.startswith("    | ") for line in first[1:])
    assert 2 <= len(first) - 1 <= 4
    assert "done" not in text and "\x1b" not in text
    assert len(re.findall(r"    \| ValueError: not", text)) == 10


def test_a_module_that_fails_in_the_job_shows_its_own_line(tasks: ModuleType, tmp_path: Path) -> None:
    """As when it was imported under mocks before."""
    path = Path(str(tasks.__file__))
    with pytest.raises(FailedExperiment, match=r"tasks\.Write cannot be loaded"), make(tmp_path / "work"):
        job = tasks.Write.C(number=1, log="log")
        path.write_text("def wrong():\n    raise RuntimeError('no such mode')\n\nwrong()\n")
        job.submit()
    lines = job.stderr().read_text().splitlines()
    assert lines[0] == "Traceback (most recent call last):" and lines[1].split(", ")[1:] == [
        "line 4",
        "in <module>",
    ]
    assert "RuntimeError: no such mode" in lines and not any("xpm_tasks" in line for line in lines[:-1])
    assert lines[-1].startswith("MissingClassError: ")


def test_the_end_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert log_tail(log) == []
    log.write_bytes(b"")
    assert log_tail(log) == []
    log.write_bytes(b"x" * 100_000 + b"\n\n  a\r\n" + b"5%\r50%\r100%\n\xff\x1b[31mred\x07\n\n")
    assert log_tail(log, 3) == ["  a", "100%", "\ufffd [31mred"]
    log.write_text("y" * 1000)
    assert log_tail(log) == ["y" * 157 + "..."]


def test_a_closed_terminal_does_not_stop_a_thread(tmp_path: Path) -> None:
    """What is said has nowhere to go; the experiment goes on."""
    script = textwrap.dedent(
        """
        import os, sys
        sys.path.insert(0, sys.argv[1])
        os.close(2)
        os.dup2(os.open("/dev/full", os.O_WRONLY), 2)
        from xpm_scheduler import experiment
        with experiment(sys.argv[2], "x", dirty_git="ignore") as xp:
            pass
        print("left")
        """
    )
    said = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), str(tmp_path / "w")], stdout=subprocess.PIPE, timeout=60
    )
    assert said.stdout == b"left\n"
