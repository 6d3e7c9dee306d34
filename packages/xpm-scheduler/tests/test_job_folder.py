from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from xpm_scheduler import job_folder
from xpm_scheduler.events import Finding
from xpm_workspace.layout import JobLayout
from xpm_workspace.lifecycle import FailureReason
from xpm_workspace.locks import FileLock
from xpm_workspace.markers import read_marker, write_done, write_failed
from xpm_workspace.process import ProcessRecord

PARAMETERS = b'{"objects": []}'


def prepare(job: JobLayout, *, keep: bool = False) -> tuple[Finding, FileLock | None]:
    return job_folder.prepare(job, lambda: PARAMETERS, keep=keep)


def started(job: JobLayout, *, keep: bool = False) -> None:
    """As the scheduler does: prepare, and let go of the lock."""
    finding, lock = prepare(job, keep=keep)
    assert finding is Finding.FREE and lock is not None
    lock.release()


def test_a_new_job_gets_its_folder(job: JobLayout) -> None:
    assert job_folder.inspect(job) is Finding.FREE
    finding, lock = prepare(job)
    assert finding is Finding.FREE and lock is not None
    assert job.params.read_bytes() == PARAMETERS
    assert job_folder.inspect(job) is Finding.RUNNING, "the lock is held: somebody is about to start it"
    lock.release()
    assert job_folder.inspect(job) is Finding.FREE


def test_outputs_of_an_earlier_try_go_even_alone(job: JobLayout) -> None:
    """Somebody emptied the folder by hand, but for what is hidden."""
    job.create()
    job.task_outputs.write_text("{}\n")
    started(job)
    assert not job.task_outputs.exists()


def test_a_done_job_is_left_alone(job: JobLayout) -> None:
    started(job)
    write_done(job)
    assert job_folder.inspect(job) is Finding.DONE
    assert prepare(job) == (Finding.DONE, None)
    assert not FileLock(job.lock).held
    assert FileLock(job.lock).acquire(), "nobody holds the lock"


def test_a_live_process_that_has_not_locked_yet_counts(job: JobLayout) -> None:
    started(job)
    ProcessRecord.of().write(job.pid)
    assert job_folder.inspect(job) is Finding.RUNNING
    assert prepare(job) == (Finding.RUNNING, None)


def test_the_record_of_a_dead_process_does_not_count(job: JobLayout) -> None:
    started(job)
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    ProcessRecord.of(process.pid).write(job.pid)
    assert job_folder.inspect(job) is Finding.RUNNING
    process.kill()
    process.communicate()
    assert job_folder.inspect(job) is Finding.FREE


def test_a_locked_job_runs(job: JobLayout) -> None:
    started(job)
    with FileLock(job.lock):
        assert job_folder.inspect(job) is Finding.RUNNING
        assert prepare(job) == (Finding.RUNNING, None)


def test_a_second_try_starts_in_an_empty_folder_and_keeps_the_logs(job: JobLayout) -> None:
    started(job)
    journal = b'{"event":"started"}\n'
    job.journal.write_bytes(journal)
    for number in range(3):
        job.stdout.write_text(f"out {number}")
        job.stderr.write_text(f"err {number}")
        (job.path / "model.bin").write_text("half")
        (job.path / "folder").mkdir()
        (job.path / "link").symlink_to(job.workspace.root)
        write_failed(job, "FAILED", 1, "no")
        started(job)
        assert not (job.path / "model.bin").exists()
        assert read_marker(job) is None
    assert [Path(f"{job.stdout}.{n}").read_text() for n in (1, 2, 3)] == ["out 2", "out 1", "out 0"]
    assert job.journal.read_bytes() == journal
    assert job.workspace.marker.exists(), "a link is removed, what it points to is not"
    assert sorted(p.name for p in job.path.iterdir() if not p.name.startswith("learn")) == [
        ".experimaestro",
        "params.json",
    ]


def test_a_resumable_job_keeps_its_folder(job: JobLayout) -> None:
    started(job)
    (job.path / "checkpoint").write_text("epoch 3")
    write_failed(job, "TIMEOUT", 75, "later")
    started(job, keep=True)
    assert (job.path / "checkpoint").read_text() == "epoch 3"
    assert read_marker(job) is None


def test_old_logs_do_not_pile_up(job: JobLayout) -> None:
    for _ in range(15):
        started(job)
        job.stdout.write_text("x")
    assert len(list(job.path.glob("learn.out*"))) == 10


def test_failing_parameters_let_go_of_the_lock(job: JobLayout) -> None:
    def broken() -> bytes:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        job_folder.prepare(job, broken, keep=False)
    started(job)


def test_generate_writes_the_parameters_once(job: JobLayout) -> None:
    job_folder.generate(job, b"1")
    job_folder.generate(job, b"2")
    assert job.params.read_bytes() == b"1"


RACER = """
import sys
from xpm_scheduler import job_folder
from xpm_workspace.layout import JobLayout
from xpm_workspace.markers import write_done
job = JobLayout.from_path(sys.argv[1])
print("ready", flush=True)
input()
finding, lock = job_folder.prepare(job, lambda: b"{}", keep=False)
if lock is not None:
    write_done(job)
    lock.release()
print("won" if lock is not None else finding.name, flush=True)
"""


def test_of_several_schedulers_one_prepares(job: JobLayout) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(job.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    answers = sorted(racer.communicate()[0].strip() for racer in racers)
    assert answers.count("won") == 1
    assert set(answers) <= {"won", "RUNNING", "DONE"}


def test_the_end_of_a_process_that_left_no_word(job: JobLayout) -> None:
    def record() -> None:
        job_folder.record_end(job, FailureReason.MEMORY, -9, "killed")

    record()
    assert not job.path.exists(), "a folder that is gone stays gone"
    job.create()
    with FileLock(job.lock):
        record()
    ProcessRecord.of().write(job.pid)
    record()
    assert read_marker(job) is None, "somebody runs it again"
    job.pid.unlink()
    record()
    marker = read_marker(job)
    assert marker is not None
    assert (marker.reason, marker.exit_code, marker.message) == ("MEMORY", -9, "killed")
    job.failed.unlink()
    write_done(job)
    record()
    assert job_folder.inspect(job) is Finding.DONE
