from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from xpm_workspace.locks import FileLock, is_held, read_note
from xpm_workspace.testing import StartChild

HOLD = """
import sys
from xpm_workspace.locks import FileLock
lock = FileLock(sys.argv[1], note="someone")
assert lock.acquire()
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.fixture(params=["plain", 'l\'été "1"'])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / str(request.param)
    folder.mkdir()
    return folder / "a lock"


def test_one_owner(path: Path) -> None:
    first, second = FileLock(path), FileLock(path)
    assert not is_held(path)
    assert first.acquire()
    assert first.held
    assert is_held(path)
    assert not second.acquire()
    assert not second.acquire(0.02)
    first.release()
    assert not is_held(path)
    assert second.acquire()
    second.release()
    second.release()


def test_a_lock_is_not_taken_twice_by_the_same_object(path: Path) -> None:
    with FileLock(path) as lock, pytest.raises(RuntimeError):
        lock.acquire()


def test_death_releases(path: Path, child: StartChild) -> None:
    owner = child(HOLD, path)
    assert owner.stdout is not None and owner.stdout.readline() == "held\n"
    lock = FileLock(path)
    assert not lock.acquire()
    assert is_held(path)
    assert read_note(path) == "someone"
    owner.kill()
    owner.wait()
    assert lock.acquire()
    lock.release()


def test_waiting_until_the_owner_dies(path: Path, child: StartChild) -> None:
    owner = child(HOLD, path)
    assert owner.stdout is not None and owner.stdout.readline() == "held\n"
    taken = threading.Event()
    lock = FileLock(path)

    def wait() -> None:
        assert lock.acquire(None)
        taken.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    assert not taken.is_set()
    owner.kill()
    assert taken.wait(30)
    waiter.join()
    lock.release()


def test_a_subprocess_does_not_keep_the_lock(path: Path, child: StartChild) -> None:
    owner = child(
        """
import subprocess, sys
from xpm_workspace.locks import FileLock
lock = FileLock(sys.argv[1]); lock.acquire()
sleeper = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.readline()"], stdin=0,
    close_fds=False)
print("held", flush=True)
sleeper.wait()
""",
        path,
    )
    assert owner.stdout is not None and owner.stdout.readline() == "held\n"
    owner.kill()
    owner.wait()
    assert not is_held(path)


def test_a_forked_child_does_not_keep_the_lock(path: Path, child: StartChild) -> None:
    owner = child(
        """
import os, sys
from xpm_workspace.locks import FileLock
lock = FileLock(sys.argv[1]); lock.acquire()
if os.fork() == 0:
    assert not lock.held
    print("child", flush=True)
    sys.stdin.readline()
    os._exit(0)
os.wait()
""",
        path,
    )
    assert owner.stdout is not None and owner.stdout.readline() == "child\n"
    assert is_held(path)
    owner.kill()
    owner.wait()
    assert not is_held(path)


def test_probes_never_make_a_try_fail(path: Path, child: StartChild) -> None:
    path.touch()
    probe = """
import sys
from xpm_workspace.locks import is_held
print("probing", flush=True)
while True:
    is_held(sys.argv[1])
"""
    for _ in range(2):
        out = child(probe, path).stdout
        assert out is not None and out.readline() == "probing\n"
    for _ in range(200):
        lock = FileLock(path)
        assert lock.acquire()
        lock.release()


def test_of_many_contenders_one_wins(path: Path, child: StartChild) -> None:
    code = """
import sys
from xpm_workspace.locks import FileLock
lock = FileLock(sys.argv[1])
print("ready", flush=True); sys.stdin.readline()
print("won" if lock.acquire() else "lost", flush=True)
sys.stdin.readline()
"""
    contenders = [child(code, path) for _ in range(5)]
    for process in contenders:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in contenders:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    results = [process.stdout.readline().strip() for process in contenders if process.stdout]
    assert sorted(results) == ["lost"] * 4 + ["won"]


def test_a_removed_file_protects_nothing(path: Path) -> None:
    first = FileLock(path)
    first.acquire()
    path.unlink()
    second = FileLock(path)
    assert second.acquire()  # another file now has the name
    third = FileLock(path)
    assert not third.acquire()
    first.release()
    second.release()


def test_probing_what_is_not_there(path: Path) -> None:
    assert not is_held(path)
    assert not is_held(path / "below")
    assert read_note(path) == ""


def test_errors_are_not_swallowed(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileLock(path.parent / "missing" / "lock").acquire()


def test_a_lock_is_probed_on_a_read_only_file(path: Path) -> None:
    path.touch(0o444)
    os.chmod(path, 0o444)
    assert not is_held(path)
