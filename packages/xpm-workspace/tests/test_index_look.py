from __future__ import annotations

import pytest

from xpm_workspace.fold import JobStory
from xpm_workspace.index.look import Look, has_news, holds_lock, look_at
from xpm_workspace.journal_writer import JournalWriter
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.locks import FileLock
from xpm_workspace.markers import write_done
from xpm_workspace.names import JobFiles
from xpm_workspace.process import ProcessRecord


def look(job: JobLayout, *, lock_first: bool = False) -> Look:
    return look_at(str(job.path), JobFiles(job.name), JobStory(), "", lock_first=lock_first)


@pytest.mark.parametrize("lock_first", [False, True])
def test_what_is_seen(job: JobLayout, lock_first: bool) -> None:
    assert look(job).folder and look(job).marker is None and look(job).alive is False
    lock = FileLock(job.lock)
    lock.acquire()
    JournalWriter(job.journal).append({"event": "started"})
    seen = look(job, lock_first=lock_first)
    assert (seen.alive, seen.process, seen.story.attempts) == (True, True, 1)
    write_done(job)
    assert (look(job, lock_first=lock_first).marker is None) == lock_first
    lock.release()
    marker = look(job, lock_first=lock_first).marker
    assert marker is not None and marker.state == "DONE"


def test_no_folder(workspace: WorkspaceLayout) -> None:
    assert look(workspace.job("t", "x")) == Look()


def test_a_process_without_lock_file(job: JobLayout) -> None:
    ProcessRecord.of().write(job.pid)  # as experimaestro 2.x does
    assert look(job).alive is True
    ProcessRecord(pid=3, host="elsewhere").write(job.pid)
    assert look(job).alive is None
    job.lock.touch()  # a lock that nobody holds says more
    assert look(job).alive is False
    ProcessRecord(type="slurm", jobid="7").write(job.pid)
    assert look(job).alive is None


def test_news(job: JobLayout) -> None:
    def news() -> bool:
        return has_news(str(job.path), JobFiles(job.name), mtime_ns, cursor)

    mtime_ns, cursor = job.path.stat().st_mtime_ns, ""
    assert not news()
    JournalWriter(job.journal).append({"event": "started"})
    assert news()
    cursor = look(job).cursor
    assert not news()
    mtime_ns = 0
    assert news()
    assert has_news(str(job.path / "missing"), JobFiles(job.name), 0, "")


def test_probing(job: JobLayout) -> None:
    assert not holds_lock(str(job.path), JobFiles(job.name))
    with FileLock(job.lock):
        assert holds_lock(str(job.path), JobFiles(job.name))


@pytest.mark.parametrize("unreadable", ["done", "failed"])
def test_an_odd_marker_still_marks(job: JobLayout, unreadable: str) -> None:
    getattr(job, unreadable).mkdir()
    marker = look(job).marker
    assert marker is not None and marker.state == ("DONE" if unreadable == "done" else "ERROR")
