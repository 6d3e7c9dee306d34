"""`jobs log`: also while the job writes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from xpm_cli.jobs.log import follow_file
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.locks import FileLock
from xpm_workspace.markers import write_done
from xpm_workspace.testing import make_job

if TYPE_CHECKING:
    from conftest import Command, Sample


def test_both_streams(sample: Sample, command: Command) -> None:
    start = ["jobs", "log", "--workdir", sample.layout.root, sample.done.job_id]
    assert command(*start) == (0, "learn says hello\n", "")
    assert command(*start, "--std", "err") == (0, "careful\n", "")


def test_a_log_of_any_bytes(sample: Sample) -> None:
    content = bytes(range(256)) * 10_000
    sample.done.stdout.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-m", "xpm_cli", "jobs", "log", "--workdir", sample.layout.root, "0101"],
        capture_output=True,
        check=True,
    )
    assert done.stdout == content


def test_nothing_printed_yet(sample: Sample, command: Command) -> None:
    result = command("jobs", "log", "--workdir", sample.layout.root, sample.missed.job_id)
    assert result.code == 2 and "has printed nothing yet" in result.err


def test_following_a_job_that_has_ended(sample: Sample, command: Command) -> None:
    result = command("jobs", "log", "-f", "--workdir", sample.layout.root, sample.failed.job_id)
    assert result == (0, "learn says hello\n", f"{sample.failed.job_id} is ERROR(FAILED)\n")


def test_following_a_job_that_runs(workspace: WorkspaceLayout) -> None:
    job = make_job(workspace, "my.learn", "1" * 64, marker=None)
    lock = FileLock(job.lock)
    assert lock.acquire()
    job.stdout.write_text("first\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "xpm_cli", "jobs", "log", "-f", "--workdir", str(workspace.root), "my.learn"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "first\n"
    with open(job.stdout, "a") as log:
        log.write("second\n")
    assert process.stdout.readline() == "second\n"
    with open(job.stdout, "a") as log:
        log.write("last words")
    write_done(job)
    lock.release()
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "last words"), err
    assert "is DONE" in err


class Script:
    """Ends the following after some looks, and does something at each of them."""

    def __init__(self, *acts: object) -> None:
        self._acts = list(acts)

    def __call__(self) -> bool:
        if self._acts:
            act = self._acts.pop(0)
            assert callable(act)
            act()
        return not self._acts


def test_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "log"
    is_over = Script(lambda: None, lambda: path.write_text("hello"))
    assert b"".join(follow_file(path, is_over, pause_s=0)) == b"hello"


def test_a_file_that_never_comes(tmp_path: Path) -> None:
    assert list(follow_file(tmp_path / "log", lambda: True, pause_s=0)) == []


def test_another_try_writes_another_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("first try, which wrote more\n")

    def replace() -> None:
        with open(path, "a") as file:
            file.write("and its end\n")
        os.replace(path, tmp_path / "log.1")

    is_over = Script(replace, lambda: path.write_text("second try\n"), lambda: None)
    text = b"".join(follow_file(path, is_over, pause_s=0)).decode()
    assert text == "first try, which wrote more\nand its end\nsecond try\n"


def test_the_last_words_are_not_lost(tmp_path: Path) -> None:
    """Written between the last read and the look at the state."""
    path = tmp_path / "log"
    path.write_text("a")

    def is_over() -> bool:
        path.write_text("ab")
        return True

    assert b"".join(follow_file(path, is_over, pause_s=0)) == b"ab"


def test_a_large_log_is_not_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * (5 << 20))
    sizes = [len(part) for part in follow_file(path, lambda: True)]
    assert sum(sizes) == 5 << 20 and max(sizes) <= 1 << 20
