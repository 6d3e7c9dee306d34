from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_workspace.errors import JournalReplaced
from xpm_workspace.events import (
    JobEnded,
    JobStarted,
    JobStateChanged,
    JobSubmitted,
    Progress,
    RunEnded,
    RunStarted,
    UnknownEvent,
    parse_event,
)
from xpm_workspace.journal import parse_lines, read_events
from xpm_workspace.journal_writer import JournalWriter, encode_events
from xpm_workspace.testing import StartChild

EVENTS = (
    {"event": "started", "pid": 1, "host": "h", "attempt": 1},
    {"event": "progress", "level": 0, "value": 0.5, "desc": 'été "x"\n'},
    {"event": "progress", "level": 1, "value": 1},
    {"event": "from-the-future", "what": [1, {"a": None}]},
    {"event": "ended", "state": "ERROR", "reason": "MEMORY", "signal": 9, "duration_s": 2},
)


def test_each_event_has_its_type(tmp_path: Path) -> None:
    path = tmp_path / "été 'j'" / "journal.jsonl"
    writer = JournalWriter(path)
    writer.append(
        {"event": "run-started", "hostname": "h", "pid": 3, "new-field": 1},
        {"event": "job", "job": "t/x", "tags": {"lr": 0.1}, "depends_on": ["t/y"], "launcher": "direct"},
        {"event": "job-state", "job": "t/x", "state": "RUNNING", "transition": "start", "attempt": 1},
        {"event": "run-ended", "status": "done", "at": "2026-01-01T00:00:00Z"},
    )
    writer.append(*EVENTS)
    writer.append()
    writer.close()
    events, offset = read_events(path)
    assert [type(event) for event in events] == [
        RunStarted,
        JobSubmitted,
        JobStateChanged,
        RunEnded,
        JobStarted,
        Progress,
        Progress,
        UnknownEvent,
        JobEnded,
    ]
    assert all(event.at is not None and event.at.tzinfo is not None for event in events)
    assert offset == path.stat().st_size
    unknown = events[7]
    assert isinstance(unknown, UnknownEvent)
    assert unknown.fields["what"] == [1, {"a": None}]


def test_reading_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "j"
    assert read_events(path) == ([], 0)
    writer = JournalWriter(path)
    writer.append(EVENTS[0])
    first, offset = read_events(path)
    writer.append(EVENTS[1], EVENTS[2])
    second, end = read_events(path, offset)
    assert (len(first), len(second)) == (1, 2)
    assert read_events(path, end) == ([], end)
    writer.close()


@pytest.mark.parametrize("batch", [EVENTS])
def test_cut_at_every_byte(tmp_path: Path, batch: tuple[dict[str, object], ...]) -> None:
    whole = encode_events(batch, "2026-01-01T00:00:00Z")
    complete, _, _ = parse_lines(whole)
    path = tmp_path / "j"
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        events, offset = read_events(path)
        assert events == complete[: len(events)]
        assert len(events) == whole[:cut].count(b"\n")
        # A new writer goes on; at most the torn event is lost, and never a later one.
        writer = JournalWriter(path)
        writer.append({"event": "ended", "state": "DONE"})
        writer.close()
        after, _ = read_events(path, offset)
        assert isinstance(after[-1], JobEnded) and after[-1].state == "DONE"
        assert len(after) <= 2


def test_a_damaged_line_is_reported_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "j"
    good = encode_events(EVENTS[:1], "2026-01-01T00:00:00Z")
    path.write_bytes(good + b"\0\0\0\n" + b'{"event": "prog\n\n' + b"[1]\n" + b"\xff\n" + good)
    with caplog.at_level(logging.WARNING):
        events, _ = read_events(path)
        read_events(path)
    assert len(events) == 2
    assert len(caplog.records) == 4
    assert str(len(good)) in caplog.records[0].getMessage()


def test_a_shorter_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(b"\n")
    with pytest.raises(JournalReplaced):
        read_events(path, 2)
    path.unlink()
    with pytest.raises(JournalReplaced):
        read_events(path, 2)


@given(st.binary(max_size=200), st.integers(0, 200))
def test_any_bytes_in_any_pieces(content: bytes, split: int) -> None:
    events, consumed, corrupt = parse_lines(content)
    first, offset, bad = parse_lines(content[:split])
    second, more, bad_too = parse_lines(content[offset:])
    assert first + second == events
    assert offset + more == consumed
    assert bad + [offset + position for position in bad_too] == corrupt


def test_deep_nesting_is_not_an_event() -> None:
    assert parse_event(b'{"event": "x", "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}") is None


def test_a_known_event_with_odd_fields_is_kept_as_unknown() -> None:
    event = parse_event(b'{"event": "progress", "value": "much", "at": "yesterday"}')
    assert isinstance(event, UnknownEvent)
    assert event.at is None
    assert parse_event(b'{"event": 3}') is None


def test_a_writer_killed_in_a_loop_leaves_a_readable_journal(tmp_path: Path, child: StartChild) -> None:
    path = tmp_path / "j"
    code = """
import sys
from xpm_workspace.journal_writer import JournalWriter
writer = JournalWriter(sys.argv[1])
for n in range(10**9):
    writer.append({"event": "progress", "value": 0.5, "desc": "x" * (n % 5000)})
    if n == 100: print("go", flush=True)
"""
    process = child(code, path)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.wait()
    events, _ = read_events(path)
    assert len(events) > 100
    assert all(isinstance(event, Progress) for event in events)
