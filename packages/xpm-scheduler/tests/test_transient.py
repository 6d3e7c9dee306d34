"""Folders that were only needed on the way go, but never while somebody counts on them."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from xpm_scheduler import DirectLauncher, GracefulExperimentExit, experiment, job_folder
from xpm_scheduler.events import Finding
from xpm_workspace.layout import JobLayout
from xpm_workspace.lifecycle import JobState
from xpm_workspace.locks import FileLock
from xpm_workspace.markers import read_marker, write_done

#: What should happen at once, and would otherwise never.
SOON_S = 60.0

Launch = Callable[[str], experiment]


@pytest.fixture
def xp(workdir: Path) -> Launch:
    return lambda name: experiment(
        workdir, name, launcher=DirectLauncher(max_jobs=2), dirty_git="ignore", report=False
    )


class Reader:
    """A task that reads what another one made, until it is told to end."""

    def __init__(self, folder: Path, tasks: ModuleType) -> None:
        self._tasks = tasks
        self._go = folder / "go"
        os.mkfifo(self._go)
        os.mkfifo(folder / "pipe")
        self._pipe = os.open(folder / "pipe", os.O_RDWR)
        self._arguments = {"pipe": str(folder / "pipe"), "go": str(self._go)}

    def submit(self, first: Any) -> Any:
        return self._tasks.Reads.C(first=first, **self._arguments).submit().__xpm__.job

    def wait_until_it_runs(self) -> None:
        assert select.select([self._pipe], [], [], SOON_S)[0], "it does not run"
        os.read(self._pipe, 100)

    def end(self) -> None:
        self._go.write_text("end\n")

    def close(self) -> None:
        os.close(self._pipe)


@pytest.fixture
def reader(tmp_path: Path, tasks: ModuleType) -> Iterator[Reader]:
    reader = Reader(tmp_path, tasks)
    yield reader
    reader.close()


@pytest.fixture
def submit(tasks: ModuleType, tmp_path: Path) -> Callable[[], Any]:
    """Submits the task whose folder is to be removed."""
    return lambda: tasks.Write.C(number=7, log=str(tmp_path / "log")).submit(transient="REMOVE")


def leave_once_it_runs(reader: Reader) -> None:
    reader.wait_until_it_runs()
    raise GracefulExperimentExit


def test_the_last_of_two_experiments_removes_the_folder(
    xp: Launch, tasks: ModuleType, reader: Reader, submit: Callable[[], Any], tmp_path: Path
) -> None:
    with xp("outer"):
        first = submit()
        reads = reader.submit(first)
        reader.wait_until_it_runs()
        with xp("inner"):
            last = tasks.Needs.C(first=submit()).submit()
        folder = first.__xpm__.job.path
        assert last.__xpm__.job.state is JobState.DONE
        assert read_marker(first.__xpm__.job.layout) is not None
        reader.end()
        assert reads.wait() is JobState.DONE
    assert not folder.exists()
    assert (tmp_path / "log").read_text() == "7\n"


def test_a_job_that_is_done_reads_nothing_more(
    xp: Launch, tasks: ModuleType, reader: Reader, submit: Callable[[], Any]
) -> None:
    """Even while its process has not quite ended."""
    with xp("left"):
        reads = reader.submit(submit())
        leave_once_it_runs(reader)
    reader.end()
    lock = FileLock(reads.layout.lock)
    lock.acquire(timeout_s=None)
    assert read_marker(reads.layout) is not None
    with xp("later"):
        first = submit()
        tasks.Needs.C(first=first).submit()
    assert not first.__xpm__.job.path.exists()
    lock.release()


def test_an_experiment_that_wants_to_keep_it_keeps_it(
    xp: Launch, tasks: ModuleType, submit: Callable[[], Any], tmp_path: Path
) -> None:
    with xp("outer"):
        kept = tasks.Write.C(number=7, log=str(tmp_path / "log")).submit()
        with xp("inner"):
            tasks.Needs.C(first=submit()).submit()
    assert kept.__xpm__.job.path.exists()


def test_a_job_that_outlived_its_experiment_goes_on_reading(
    xp: Launch, tasks: ModuleType, reader: Reader, submit: Callable[[], Any]
) -> None:
    with xp("left"):
        reads = reader.submit(submit())
        leave_once_it_runs(reader)
    for number in range(2):
        with xp(f"later {number}"):
            first = submit()
            tasks.Needs.C(first=first).submit()
            if number == 1:
                reader.submit(first)
                reader.end()
        assert first.__xpm__.job.path.exists() == (number == 0)
    assert read_marker(reads.layout).state == "DONE"  # type: ignore[union-attr]


def test_who_comes_while_a_folder_is_being_removed_runs_the_job_again(
    xp: Launch, tasks: ModuleType, submit: Callable[[], Any], tmp_path: Path
) -> None:
    with xp("first"):
        job = tasks.Write.C(number=7, log=str(tmp_path / "log")).submit().__xpm__.job
    asked, answer = threading.Event(), threading.Event()

    def is_read() -> bool:
        asked.set()
        assert answer.wait(SOON_S)
        return False

    removed: list[bool] = []
    remover = threading.Thread(target=lambda: removed.append(job_folder.remove(job.layout, is_read)))
    remover.start()
    assert asked.wait(SOON_S)
    with xp("second"):
        first = submit()
        last = tasks.Needs.C(first=first).submit()
        while first.__xpm__.job.state is not JobState.RUNNING:
            first.__xpm__.job.wait(0.01)
        answer.set()
    remover.join(SOON_S)
    assert removed == [True]
    assert last.__xpm__.job.state is JobState.DONE
    assert (tmp_path / "log").read_text() == "7\n7\n"


def test_a_folder_that_is_read_stays_as_it_was(job: JobLayout) -> None:
    findings: list[Finding] = []

    def is_read() -> bool:
        findings.append(job_folder.inspect(job))
        return True

    assert not job_folder.remove(job, is_read), "there is nothing to remove"
    job.create()
    assert not job_folder.remove(job, is_read), "it is not done"
    write_done(job, message="well")
    before = job.done.read_bytes()
    assert not job_folder.remove(job, is_read)
    assert findings == [Finding.RUNNING], "meanwhile it does not look done, nor free"
    assert job.done.read_bytes() == before
    with pytest.raises(ZeroDivisionError):
        job_folder.remove(job, lambda: 1 // 0 > 0)
    assert job_folder.inspect(job) is Finding.DONE
    assert sorted(path.name for path in job.path.iterdir() if path.suffix != ".lock") == sorted(
        {job.done.name, job.state_dir.name}
    )
