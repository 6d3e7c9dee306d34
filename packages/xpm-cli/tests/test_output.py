"""Tables, pairs and JSON in a pipe; the terminal is in `test_terminal`."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest

from xpm_cli import output
from xpm_workspace.lifecycle import JobState, Status
from xpm_workspace.records import JobRecord


def test_a_table_in_a_pipe_has_one_line_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table(("state", "tags"), [["DONE", "a=1"], ["ERROR(FAILED)", "evil\ttab\nand \x1b[31mred"]])
    assert capsys.readouterr().out == "DONE\ta=1\nERROR(FAILED)\tevil\\ttab\\nand \\x1b[31mred\n"


def test_pairs_without_a_value_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_pairs([("job", "a"), ("message", ""), ("host", "n")])
    assert capsys.readouterr().out == "job\ta\nhost\tn\n"


def test_records_are_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    record = JobRecord(
        job_id="t/1",
        task_id="t",
        identifier="1",
        status=Status(state=JobState.DONE),
        tags={"é": float("inf")},
        ended_at=datetime(2026, 3, 1, tzinfo=timezone.utc),
    )
    output.print_json([{**output.to_plain(record), "path": Path("/é")}])
    [shown] = json.loads(capsys.readouterr().out)
    assert shown["status"] == {"state": "DONE", "reason": None}
    assert shown["ended_at"] == "2026-03-01T00:00:00Z"
    assert shown["path"] == "/é"


def test_a_path_is_printed_byte_for_byte(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    output.print_path(Path("/tmp/\udcff\x1b"))
    assert capfdbinary.readouterr().out == b"/tmp/\xff\x1b\n"


def test_ids_are_whole_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert output.shown_id("my.task/0123456789abcdef") == "my.task/0123456789abcdef"


def test_states_have_colours() -> None:
    assert output.style_of("ERROR(FAILED)") == "red"
    assert output.style_of("anything") == ""
