from __future__ import annotations

from pathlib import Path

import pytest

from xpm_workspace.files import look_afresh, remove_file, write_whole
from xpm_workspace.testing import fill_disk


def test_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / ("long " * 30 + "é")
    write_whole(path, b"one")
    write_whole(path, b"two", durable=False)
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_changes_nothing(small_disk: Path) -> None:
    path = small_disk / "f"
    write_whole(path, b"old")
    fill_disk(small_disk)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"x" * 100_000)
    assert path.read_bytes() == b"old"
    assert sorted(entry.name for entry in small_disk.iterdir()) == ["f", "filler"]


def test_remove(tmp_path: Path) -> None:
    assert not remove_file(tmp_path / "a")
    (tmp_path / "a").touch()
    assert remove_file(tmp_path / "a")


def test_looking_afresh_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o750)
    before = tmp_path.stat()
    look_afresh(tmp_path)
    look_afresh(tmp_path / "missing")
    after = tmp_path.stat()
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("os.chmod", refuse)
    look_afresh(tmp_path)
    assert list(tmp_path.iterdir()) == []
