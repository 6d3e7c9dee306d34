from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_workspace.filter_sql import compile_filter
from xpm_workspace.filters import FIELDS, matches, parse_filter
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.records import JobRecord
from xpm_workspace.runs import create_run
from xpm_workspace.testing import make_job

TAGS = [
    {"lr": 0.1, "model": "bm25", "on": True},
    {"lr": 1, "model": "BM25"},
    {"lr": "0.1", "model": "x' OR 1=1 --", "on": False},
    {"lr": 1e-05, "été": "ü", "n": 2**70},
    {"lr": None, "n": 9007199254740993, "list": [1, "a"]},
    {"x y": 3.0, "model": ""},
    {},
]


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalMonitor]:
    workspace = WorkspaceLayout(tmp_path_factory.mktemp("filter's"))
    workspace.create()
    run = create_run(workspace, "xp 1")
    for number, tags in enumerate(TAGS):
        marker = ("DONE", "FAILED", "MEMORY", None)[number % 4]
        job = make_job(workspace, ("a.learn", "b.eval")[number % 2], f"{number}" * 64, marker=marker)
        launcher = ("direct", None)[number % 2]
        run.record_jobs([{"job": job.job_id, "tags": tags, "launcher": launcher}])
    run.end("done")
    other = create_run(workspace, "xp-2")
    other.record_jobs(
        [{"job": "a.learn/" + "0" * 64, "tags": {"lr": 7}}, {"job": "c.later/x", "transient": "REMOVE"}]
    )
    other.end("failed")
    make_job(workspace, "d.orphan", "f" * 64)
    with LocalMonitor(workspace) as opened:
        yield opened


def everything(monitor: LocalMonitor, experiment_id: str | None) -> tuple[JobRecord, ...]:
    return monitor.jobs(limit=None, experiment_id=experiment_id, order="id").jobs


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


words = st.sampled_from(
    [
        "0.1",
        "1",
        "1e-5",
        "1e-05",
        "bm25",
        "BM25",
        "true",
        "3",
        "9007199254740993",
        "1180591620717411303424",
        "x",
        "7",
    ]
)
texts = st.one_of(
    words,
    st.sampled_from(
        ["x' OR 1=1 --", "", "ü", "DONE", "error", "learn", "a.learn", "xp 1", "node", '[1, "a"]']
    ).map(quoted),
    st.text(max_size=6).map(quoted),
)
patterns = st.sampled_from(
    ['"^a"', '"."', '"[0-9]"', '"OR"', '"^$"', '"(?i)bm"', '"\\."', '"earn|val"', "'x'"]
)
subjects = st.one_of(
    st.sampled_from([f"@{name}" for name in FIELDS]),
    st.sampled_from(["lr", "model", "on", "été", "n", '"x y"', "list", "nobody", quoted("' OR 1=1 --")]),
)
tests = st.one_of(
    st.builds("{} {} {}".format, subjects, st.sampled_from(["=", "!="]), texts),
    st.builds("{} ~ {}".format, subjects, patterns),
    st.builds(
        "{} {} [{}]".format,
        subjects,
        st.sampled_from(["in", "not in"]),
        st.lists(texts, max_size=3).map(", ".join),
    ),
)
filters = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.builds("not {}".format, inner),
        st.builds("({})".format, inner),
        st.builds("{} and {}".format, inner, inner),
        st.builds("{} or {}".format, inner, inner),
    ),
    max_leaves=6,
)


@given(filters, st.sampled_from([None, "xp 1", "xp-2"]))
def test_sql_and_interpreter_agree(monitor: LocalMonitor, text: str, experiment_id: str | None) -> None:
    node = parse_filter(text)
    expected = [job.job_id for job in everything(monitor, experiment_id) if matches(node, job)]
    page = monitor.jobs(text, experiment_id=experiment_id, limit=None, order="id", total=True)
    assert [job.job_id for job in page.jobs] == expected
    assert page.total == len(expected)


@given(st.text(max_size=20), st.text(min_size=1, max_size=20))
def test_whatever_is_quoted_is_a_value(value: str, tag: str) -> None:
    condition, parameters = compile_filter(parse_filter(f"{quoted(tag)} = {quoted(value)}"))
    usual, _ = compile_filter(parse_filter('a = "b"'))
    assert condition in (usual, usual.replace("IN (?)", "IN (?, ?)"))
    assert parameters[:2] == [tag, value]


def test_injection(monitor: LocalMonitor) -> None:
    assert monitor.jobs('model = "x\' OR 1=1 --"').jobs[0].tags["lr"] == "0.1"
    assert monitor.jobs('@id = "\'; DROP TABLE jobs; --"').jobs == ()
    assert len(monitor.jobs().jobs) == len(TAGS) + 2


def test_the_tags_of_the_run_that_is_asked_for(monitor: LocalMonitor) -> None:
    def found(text: str, experiment_id: str | None) -> int:
        return len(monitor.jobs(text, experiment_id=experiment_id).jobs)

    assert (found("lr = 0.1", "xp 1"), found("lr = 7", "xp-2"), found("lr = 7", "xp 1")) == (2, 1, 0)
    assert found("lr = 7", None) == 1  # the latest run that submitted it


def test_a_blank_filter_is_none(monitor: LocalMonitor) -> None:
    assert len(monitor.jobs("  ").jobs) == len(TAGS) + 2


def test_a_workspace_without_jobs(tmp_path: Path) -> None:
    workspace = WorkspaceLayout(tmp_path)
    workspace.create()
    with LocalMonitor(workspace) as monitor:
        assert monitor.jobs("lr = 1 or @name ~ x", total=True).total == 0
