from __future__ import annotations

import pytest

from xpm_web import graph
from xpm_web.testing import Visitor
from xpm_workspace.runs import RunHandle


def test_a_few_jobs(visitor: Visitor, run: RunHandle) -> None:
    found = visitor.api("/experiments/ranking/graph", run_id=run.run_id)
    assert (found["detail"], found["total"], found["jobs_possible"], len(found["nodes"])) == (
        "jobs",
        4,
        True,
        4,
    )
    assert found["edges"] == [{"needed": "ir.learn/" + "0" * 64, "by": "ir.evaluate/" + "3" * 64, "count": 1}]
    states = {node["id"][:10]: node["state"] for node in found["nodes"]}
    assert states == {
        "ir.evaluat": "WAITING",
        "ir.learn/0": "DONE",
        "ir.learn/1": "DONE",
        "ir.learn/2": "ERROR",
    }


def test_tasks(visitor: Visitor) -> None:
    found = visitor.api("/experiments/ranking/graph", detail="tasks")
    assert found["detail"] == "tasks"
    assert {node["id"]: node["jobs"]["total"] for node in found["nodes"]} == {"ir.evaluate": 1, "ir.learn": 3}
    assert found["edges"] == [{"needed": "ir.learn", "by": "ir.evaluate", "count": 1}]


@pytest.mark.parametrize(
    ("auto", "most", "detail", "shown", "possible"),
    [(3, 10, "auto", "tasks", True), (3, 10, "jobs", "jobs", True), (3, 3, "jobs", "tasks", False)],
)
def test_more_jobs_than_can_be_drawn(
    visitor: Visitor,
    monkeypatch: pytest.MonkeyPatch,
    auto: int,
    most: int,
    detail: str,
    shown: str,
    possible: bool,
) -> None:
    monkeypatch.setattr(graph, "AUTO_JOBS", auto)
    monkeypatch.setattr(graph, "MAX_JOBS", most)
    monkeypatch.setattr(graph, "_PAGE", 2)
    found = visitor.api("/experiments/ranking/graph", detail=detail)
    assert (found["detail"], found["jobs_possible"], found["total"]) == (shown, possible, 4)
    assert len(found["nodes"]) == (4 if shown == "jobs" else 2)
