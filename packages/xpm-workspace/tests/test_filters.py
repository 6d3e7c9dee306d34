from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_workspace.errors import FilterError
from xpm_workspace.filters import matches, parse_filter
from xpm_workspace.lifecycle import FailureReason, JobState, Status
from xpm_workspace.records import JobRecord


def job(**changes: Any) -> JobRecord:
    fields: dict[str, Any] = {
        "job_id": "lib.learn/0123",
        "task_id": "lib.learn",
        "identifier": "0123",
        "status": Status(state=JobState.ERROR, reason=FailureReason.MEMORY),
        "experiment_id": "xp",
        "run_id": "20260101_000000",
        "tags": {
            "lr": 0.1,
            "model": "bm25",
            "n": 3,
            "on": True,
            "my tag": "a b",
            "code": "007",
            "nothing": None,
        },
        "host": "node-1",
        "submitted_at": datetime(2026, 1, 1, tzinfo=timezone.utc),
    }
    return JobRecord(**(fields | changes))


@pytest.mark.parametrize(
    "text",
    [
        '@state = "ERROR"',
        "@state = error",
        '@state in ["RUNNING", "ERROR"]',
        "@reason = MEMORY",
        '@name ~ "^le.r"',
        "@task = lib.learn and @id ~ '/01'",
        "@experiment = xp and @run ~ '2026' and @host != node-2",
        "lr = 0.1",
        'lr = "0.1"',
        "lr = 1e-1",
        "lr ~ '0\\.1'",
        "n = 3 and n = 3.0 and n in [1, 2, 3]",
        "on = true",
        "model = bm25 and model != 'BM25'",
        '"my tag" = "a b"',
        "code = 007 and code != 7",
        "missing != 3 and missing not in [3] and not missing = 3 and not missing ~ '.*'",
        "nothing != x and not nothing ~ ''",
        "not (lr = 3 or n = 4)",
        "lr = 3 and n = 4 or n = 3",
        "n = 3 or lr = 3 and n = 4",
        "n not in []",
        "not n in []",
        "  n=3  ",
        "n=3 and(lr=0.1)",
    ],
)
def test_true(text: str) -> None:
    assert matches(parse_filter(text), job())
    assert not matches(parse_filter(f"not ({text})"), job())


def test_an_orphan_has_no_run() -> None:
    orphan = job(experiment_id=None, run_id=None, tags={}, host=None)
    assert matches(
        parse_filter("@experiment != xp and @run != x and @host != y and @transient != NONE"), orphan
    )


@pytest.mark.parametrize(
    ("text", "column", "problem"),
    [
        ("", 1, "expected"),
        ("@stat = x", 1, "no field '@stat'"),
        ("@ = x", 1, "no field"),
        ("lr", 3, "expected after 'lr'"),
        ("lr 0.1", 4, "expected after 'lr'"),
        ("lr =", 5, "a value"),
        ("lr = and", 6, "a value"),
        ("lr = 1 n = 2", 8, "'and' or 'or'"),
        ("lr = 1 and", 11, "a field"),
        ("(lr = 1", 8, "')'"),
        ("lr = 1)", 7, "'and' or 'or'"),
        ("lr in 3", 7, "'['"),
        ("lr in [3 4]", 10, "',' or ']'"),
        ("lr in [3,", 10, "a value"),
        ("lr not 3", 8, "'in'"),
        ('lr = "0.1', 6, "never closed"),
        ("lr > 3", 4, "means nothing"),
        ("lr == 3", 5, "a value"),
        ("lr ~ '('", 6, "regular expression"),
        ("'' = 3", 1, "empty"),
        ("lr ! 3", 4, "means nothing"),
        ("a = 1 and or", 11, "a field"),
    ],
)
def test_errors_point_at_the_column(text: str, column: int, problem: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text)
    assert caught.value.column == column - 1
    assert problem in caught.value.problem
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"filter, column {column}: ")
    assert lines[2].index("^") - 2 == column - 1


@pytest.mark.parametrize(
    "text", ["(" * 5000, "not " * 5000 + "a=1", " or ".join(["a = 1"] * 5000), "a in [" + "1," * 9999]
)
def test_monsters_are_refused(text: str) -> None:
    with pytest.raises(FilterError):
        parse_filter(text)


@given(st.text(max_size=40))
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        matches(parse_filter(text), job())
    except FilterError as error:
        assert 0 <= error.column <= len(text)
