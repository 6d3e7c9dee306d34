from __future__ import annotations

from pathlib import Path

import pytest

from xpm_workspace.events import JobEnded
from xpm_workspace.journal import read_events
from xpm_workspace.journal_writer import JournalWriter
from xpm_workspace.testing import fill_disk


def test_made_at_the_first_event(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "j"
    writer = JournalWriter(path)
    assert not path.parent.exists()
    writer.append({"event": "a"})
    writer.close()
    writer.close()
    writer.append({"event": "b", "at": "2026-01-01T00:00:00Z"})
    writer.close()
    lines = path.read_text().splitlines()
    assert len(lines) == 2
    assert lines[1] == '{"event":"b","at":"2026-01-01T00:00:00Z"}'


def test_odd_values_are_written_as_text(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path / "j")
    writer.append({"event": "a", "path": tmp_path, "broken": "\udcff"})
    writer.close()
    assert len(read_events(tmp_path / "j")[0]) == 1


def test_a_full_disk_costs_the_event_but_not_the_journal(small_disk: Path) -> None:
    path = small_disk / "j"
    writer = JournalWriter(path)
    writer.append({"event": "started"})
    fill_disk(small_disk)
    with pytest.raises(OSError, match="No space left"):
        for _ in range(100):
            writer.append({"event": "progress", "value": 0.5, "desc": "x" * 1000})
    before, offset = read_events(path)
    (small_disk / "filler").unlink()
    writer.append({"event": "ended", "state": "DONE"})
    writer.close()
    after, _ = read_events(path, offset)
    assert len(before) >= 1
    assert [type(event) for event in after] == [JobEnded]
