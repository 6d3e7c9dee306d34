from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_workspace import process as process_module
from xpm_workspace.process import ProcessRecord, hostname
from xpm_workspace.testing import StartChild

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


def test_this_process_is_alive(tmp_path: Path) -> None:
    path = tmp_path / "x.pid"
    record = ProcessRecord.of()
    record.write(path)
    assert ProcessRecord.read(path) == record
    assert record.pid == os.getpid()
    assert record.host == hostname()
    assert record.is_alive() is True
    assert json.loads(path.read_text())["type"] == "local"
    assert "ProcessRecord" in repr(record)


@linux
def test_a_boot_that_could_not_be_read_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    known = ProcessRecord.of().boot_id
    assert known

    def refuse(path: str) -> tuple[bytes, float]:
        raise OSError(errno.EMFILE, "too many open files", path)

    process_module._read_boot_id.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(process_module, "read_whole", refuse)
        assert process_module._boot_id() == ""
    assert ProcessRecord.of().boot_id == known


def test_a_killed_process_is_dead_even_before_it_is_reaped(child: StartChild) -> None:
    process = child("import sys; print(1, flush=True); sys.stdin.readline()")
    assert process.stdout is not None
    process.stdout.readline()
    record = ProcessRecord.of(process.pid)
    assert record.is_alive() is True
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
    assert record.is_alive() is False
    process.wait()
    assert record.is_alive() is False


@linux
def test_a_recycled_pid_is_another_process() -> None:
    record = ProcessRecord.of()
    assert record.start_time is not None
    record.start_time -= 100
    assert record.is_alive() is False


@linux
def test_a_reboot_kills() -> None:
    record = ProcessRecord.of()
    record.boot_id = "another boot"
    assert record.is_alive() is False


@linux
def test_a_command_name_with_parentheses(tmp_path: Path, child: StartChild) -> None:
    odd = tmp_path / "a) R 1 (b"
    odd.symlink_to(sys.executable)
    process = child("import os,sys; os.execv(sys.argv[1], ['x', '-c', 'print(1, flush=True); input()'])", odd)
    assert process.stdout is not None
    process.stdout.readline()
    assert ProcessRecord.of(process.pid).is_alive() is True


def test_what_cannot_be_known_from_here() -> None:
    assert ProcessRecord(pid=1, host="another.machine").is_alive() is None
    assert ProcessRecord(type="slurm", jobid="17").is_alive() is None


def test_files_of_version_2_and_garbage(tmp_path: Path) -> None:
    path = tmp_path / "x.pid"
    assert ProcessRecord.read(path) is None
    path.write_text('{"type": "local", "pid": "12"}')
    assert ProcessRecord.read(path) == ProcessRecord(pid=12)
    path.write_text("12")
    assert ProcessRecord.read(path) == ProcessRecord(pid=12)
    path.write_text('{"type": "slurm", "jobid": 5, "future": [1]}')
    record = ProcessRecord.read(path)
    assert record == ProcessRecord(type="slurm", jobid="5", extra={"future": [1]})
    for garbage in ("", "{", "[]", "null", "true", '"x"', "[" * 100000):
        path.write_text(garbage)
        assert ProcessRecord.read(path) is None


@given(
    st.dictionaries(
        st.sampled_from(["type", "pid", "jobid", "host", "started_at", "start_time", "boot_id", "z"]),
        st.none()
        | st.integers()
        | st.text(max_size=5)
        | st.floats(allow_nan=False)
        | st.lists(st.integers(), max_size=2),
    )
)
def test_any_fields_make_a_record(fields: dict[str, object]) -> None:
    record = ProcessRecord.from_dict(fields)
    assert ProcessRecord.from_dict(record.to_dict()) == record
