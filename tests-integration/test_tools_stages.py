"""`tools/xpm test`: which stages run, and what the table at the end says."""

from __future__ import annotations

import re

import pytest

from xpm_tools import stages, testing, wheels
from xpm_tools.counts import Counts
from xpm_tools.errors import ToolError
from xpm_tools.stages import Outcome
from xpm_tools.testing import Row


def row(name: str, *, ok: bool, passed: int = 0, failed: int = 0, note: str = "") -> Row:
    outcome = Outcome(ok=ok, counts=Counts(passed=passed, failed=failed), note=note)
    return Row(name=name, outcome=outcome, duration_s=1.5)


def test_all_stages_run_in_their_order_unless_some_are_named() -> None:
    assert stages.chosen([], quick=False) == list(stages.FULL)
    assert stages.chosen(["wheels", "lint"], quick=False) == ["lint", "wheels"]
    assert stages.chosen([], quick=True) == ["format", "lint", "types", "contracts", "tests"]
    assert stages.chosen(["demo"], quick=True) == ["demo"]


def test_what_skips_in_a_wheel_runs_elsewhere() -> None:
    output = """
SKIPPED [2] tests/test_fields.py:37: could not import 'attrs': No module named 'attrs'
SKIPPED [1] tests/launchers/conftest.py:12: the page is not here
SKIPPED [1] tests/test_fields.py:90: another
3 passed, 4 skipped in 0.12s
"""
    assert wheels.skipped_in(output) == ["tests/test_fields.py", "tests/launchers"]
    assert wheels.skipped_in("3 passed in 0.12s") == []


def test_an_unknown_stage_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ToolError, match=r"no stage `list`: there are format, lint, types"):
        stages.chosen(["list"], quick=False)


def test_the_last_line_sums_the_tests_up() -> None:
    text = testing.table(
        [row("lint", ok=True), row("tests", ok=True, passed=10), row("wheels", ok=True, passed=5)]
    )
    assert text.splitlines()[-1] == "15 passed, 0 failed"
    assert re.search(r"^tests +ok +1\.5 s +10 passed$", text, re.MULTILINE)
    assert re.search(r"^all +ok +4\.5 s$", text, re.MULTILINE)


def test_zero_failed_means_that_all_is_well() -> None:
    rows = [row("lint", ok=False), row("tests", ok=False, passed=10, failed=2), row("demo", ok=True)]
    assert testing.table(rows).splitlines()[-1] == "10 passed, 3 failed"
    assert "all        FAILED" in testing.table(rows)


def test_a_stage_that_can_not_run_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> Outcome:
        raise ToolError("no compass")

    monkeypatch.setattr(testing, "ensure_environment", lambda: None)
    monkeypatch.setattr(
        testing, "STAGES", {**stages.STAGES, "format": broken, "lint": lambda: Outcome(ok=True)}
    )
    assert testing.run_stages(["lint"], quick=False) == 0
    assert testing.run_stages(["format", "lint"], quick=False) == 1
    said = capsys.readouterr()
    assert "stage format: no compass" in said.err
    assert said.out.splitlines()[-1] == "0 passed, 1 failed"
    assert re.search(r"^lint +ok", said.out, re.MULTILINE)
