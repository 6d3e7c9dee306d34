"""Inside the job process: its lock, and what makes it leave without running anything."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from xpm_scheduler import experiment, job_process
from xpm_scheduler.environment import python_path
from xpm_workspace.layout import JobLayout
from xpm_workspace.locks import FileLock, is_held
from xpm_workspace.markers import read_marker, write_failed
from xpm_workspace.process import ProcessRecord

#: What should happen at once, and would otherwise never.
SOON_S = 60.0


class Prepared:
    """The folder of a job that nobody has started: it tells that it runs, and goes on when it is told to."""

    def __init__(self, folder: Path, tasks: ModuleType) -> None:
        os.mkfifo(folder / "pipe")
        os.mkfifo(folder / "go")
        self._pipe = os.open(folder / "pipe", os.O_RDWR | os.O_NONBLOCK)
        self._go = folder / "go"
        task = tasks.Asked.C(pipe=str(folder / "pipe"), go=str(self._go))
        with experiment(folder / "w", "x", run_mode="GENERATE_ONLY", dirty_git="ignore", report=False):
            self.job: JobLayout = task.submit().__xpm__.job.layout
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        """Start a process that is to run it."""
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(python_path(""))}
        command = [sys.executable, job_process.__file__, str(self.job.params)]
        process = subprocess.Popen(command, env=environ, start_new_session=True)
        self._processes.append(process)
        return process

    def wait_until_one_runs(self) -> int:
        """Return the process that does."""
        assert select.select([self._pipe], [], [], SOON_S)[0], "none runs"
        return int(os.read(self._pipe, 100))

    def nobody_runs(self) -> bool:
        """Whether no process has said that it runs since the last time."""
        return not select.select([self._pipe], [], [], 0)[0]

    def go(self) -> None:
        """Let the one that runs end."""
        self._go.write_text("end\n")

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait(SOON_S)
        os.close(self._pipe)


@pytest.fixture
def prepared(tmp_path: Path, tasks: ModuleType) -> Iterator[Prepared]:
    prepared = Prepared(tmp_path, tasks)
    yield prepared
    prepared.close()


def test_of_several_processes_one_runs_the_job(prepared: Prepared) -> None:
    """The others wait for its lock, then find its marker."""
    processes = [prepared.start() for _ in range(3)]
    pid = prepared.wait_until_one_runs()
    assert is_held(prepared.job.lock)
    record = ProcessRecord.read(prepared.job.pid)
    assert record is not None and record.pid == pid, "it recorded itself, since nobody else did"
    prepared.go()
    assert [process.wait(SOON_S) for process in processes] == [0, 0, 0]
    assert prepared.nobody_runs()
    assert not is_held(prepared.job.lock)


def test_a_job_that_failed_meanwhile_is_not_run_by_a_process_that_comes_late(prepared: Prepared) -> None:
    with FileLock(prepared.job.lock):
        late = prepared.start()
        write_failed(prepared.job, "CANCELLED", 143, "stopped")
    assert late.wait(SOON_S) == 0
    assert prepared.nobody_runs()
    marker = read_marker(prepared.job)
    assert marker is not None and marker.reason == "CANCELLED"


def test_a_process_that_is_not_the_recorded_one_leaves(prepared: Prepared) -> None:
    ProcessRecord.of().write(prepared.job.pid)  # this very process stands for the one that was recorded
    assert prepared.start().wait(SOON_S) == 0
    assert prepared.nobody_runs() and read_marker(prepared.job) is None
    dead = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    ProcessRecord.of(dead.pid).write(prepared.job.pid)
    dead.kill()
    dead.communicate(timeout=SOON_S)
    taken_up = prepared.start()
    assert prepared.wait_until_one_runs() == taken_up.pid
    prepared.go()
    assert taken_up.wait(SOON_S) == 0


def test_modules_of_the_user_are_not_hidden_by_ours(
    tasks: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the package is installed: here, behind a link."""
    (tmp_path / "site").symlink_to(Path(job_process.__file__).parents[1])
    (tmp_path / "user").mkdir()
    (tmp_path / "user" / "events.py").write_text("whose = 'the user'")
    with experiment(tmp_path / "w", "x", run_mode="GENERATE_ONLY", dirty_git="ignore", report=False):
        job: JobLayout = tasks.Imports.C(name="events").submit().__xpm__.job.layout
    command = [sys.executable, str(tmp_path / "site" / "xpm_scheduler" / "job_process.py"), str(job.params)]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "user"), *python_path("")])}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "the user\n"


@pytest.mark.parametrize("collects", [True, False])
def test_the_garbage_collector_is_left_as_it_was(tmp_path: Path, collects: bool) -> None:
    """It is off while our modules are imported."""
    program = (
        f"import gc; {'gc.enable()' if collects else 'gc.disable()'}\n"
        "from xpm_scheduler import job_process, job_run\n"
        "job_run.run_job = lambda job: print(gc.isenabled(), gc.get_freeze_count() > 1000)\n"
        f"job_process.main([{str(tmp_path / 'jobs' / 'task' / 'abc')!r}])\n"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown == f"{collects} True\n"
