"""What a run ran with, as it was captured."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_workspace.layout import RunLayout, WorkspaceLayout
from xpm_workspace.run_environment import describe_environment, read_environment


@pytest.fixture
def run(workspace: WorkspaceLayout) -> RunLayout:
    layout = workspace.experiment("xp").run("20260301_120000")
    layout.path.mkdir(parents=True)
    return layout


def test_what_was_captured(run: RunLayout) -> None:
    content = {
        "captured_at": "2026-03-01T12:00:00+00:00",
        "hostname": "node0",
        "python": {"version": "3.11.7", "executable": "/python"},
        "platform": {"system": "Linux", "release": "6.1", "machine": "x86_64"},
        "repositories": [
            {"root": "/clean", "branch": None, "commit": "0123456789abcdef", "dirty": False},
            {"root": "/dirty", "branch": "main", "commit": None, "dirty": True, "diff": {"text": "x"}},
        ],
        "editable": [{"name": "mine", "version": "1.0", "path": "/mine"}],
        "packages": {"a": "1", "b": "2"},
    }
    run.environment.write_text(json.dumps(content))
    environment = read_environment(run)
    assert environment == content
    assert describe_environment(content) == [
        ("captured", "2026-03-01T12:00:00+00:00"),
        ("host", "node0"),
        ("python", "3.11.7 /python"),
        ("system", "Linux 6.1 x86_64"),
        ("repository", "/clean 0123456789ab"),
        ("repository", "/dirty main with uncommitted changes (kept)"),
        ("editable", "mine 1.0 /mine"),
        ("packages", "2"),
    ]


@pytest.mark.parametrize("content", [None, "", "{", "[]", "3", "[" * 100_000, "\udcff"])
def test_nothing_usable(run: RunLayout, content: str | None) -> None:
    if content is not None:
        run.environment.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert read_environment(run) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
NAMES = ("captured_at", "hostname", "python", "platform", "repositories", "editable", "packages")


@given(st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_anything_can_be_described(environment: dict[str, Any]) -> None:
    assert all(value for _, value in describe_environment(environment))
