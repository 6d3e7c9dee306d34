from __future__ import annotations

import json
from typing import Any

import pytest

from xpm_web.testing import Visitor
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.requests import take_requests
from xpm_workspace.runs import RunHandle

LEARN = "/jobs/ir.learn/"


def test_the_workspace(visitor: Visitor, workspace: WorkspaceLayout) -> None:
    found = visitor.api("/workspace")
    assert (found["title"], found["experiment_id"]) == (str(workspace.root), "ranking")
    assert found["position"] and found["version"]


def test_experiments_and_runs(visitor: Visitor, run: RunHandle) -> None:
    (experiment,) = visitor.api("/experiments")
    assert experiment["experiment_id"] == "ranking"
    assert experiment["run"]["hostname"] == "node-1"
    assert experiment["run"]["jobs"] == {"total": 4, "done": 2, "failed": 1, "waiting": 1}
    (only,) = visitor.api("/experiments/ranking/runs")
    assert only["run_id"] == run.run_id


def test_jobs_by_page_order_and_filter(visitor: Visitor, run: RunHandle) -> None:
    page = visitor.api("/jobs", experiment_id="ranking", order="task", limit=2, offset=1, total="true")
    assert page["total"] == 4
    assert [job["task_id"] for job in page["jobs"]] == ["ir.learn", "ir.learn"]
    found = visitor.api(
        "/jobs", filter='@state = "ERROR" and n = 2', run_id=run.run_id, experiment_id="ranking"
    )
    (job,) = found["jobs"]
    assert (job["identifier"], found["total"]) == ("2" * 64, None)
    assert visitor.api("/jobs", total="true")["total"] == 5  # the orphan too


def test_a_wrong_filter_is_pointed_at(visitor: Visitor) -> None:
    answer = visitor.ask("/api/v1/jobs", filter="@stat = DONE")
    assert (answer.status, answer.json["column"]) == (400, 0)
    assert "no field '@stat'" in answer.json["detail"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"limit": 0}, "`int` >= 1"),
        ({"limit": 501}, "`int` <= 500"),
        ({"limit": "many"}, "Expected `int`"),
        ({"offset": -1}, "`int` >= 0"),
        ({"order": "colour"}, "Invalid enum value 'colour'"),
        ({"experiment_id": "../../etc"}, "matching regex"),
        ({"colour": "red"}, "unknown field `colour`"),
        ({"filter": "x" * 4001}, "length <= 4000"),
    ],
)
def test_what_is_not_understood_is_refused(visitor: Visitor, query: dict[str, Any], told: str) -> None:
    answer = visitor.ask("/api/v1/jobs", **query)
    assert answer.status == 400
    assert told in answer.json["detail"]


def test_a_job_with_its_neighbours(visitor: Visitor, workspace: WorkspaceLayout, run: RunHandle) -> None:
    found = visitor.api(LEARN + "0" * 64)
    assert found["job"]["status"] == {"state": "DONE", "reason": None}
    assert found["folder"] == str(workspace.job("ir.learn", "0" * 64).path)
    assert found["needed_by"] == [{"job_id": "ir.evaluate/" + "3" * 64, "state": "WAITING"}]
    assert (found["needed_by_count"], found["needs"]) == (1, [])
    assert found["runs"] == [{"experiment_id": "ranking", "run_id": run.run_id}]
    other = visitor.api("/jobs/ir.evaluate/" + "3" * 64)
    assert other["needs"] == [{"job_id": "ir.learn/" + "0" * 64, "state": "DONE"}]


def test_parameters_as_a_tree(visitor: Visitor, workspace: WorkspaceLayout) -> None:
    objects = [
        {"id": 1, "typename": "ir.Model", "fields": {"layers": 2}},
        {"id": 2, "typename": "ir.Learn", "fields": {"model": {"type": "python", "value": 1}, "lr": 0.1}},
    ]
    document = {"version": 3, "objects": objects}
    workspace.job("ir.learn", "0" * 64).params.write_text(json.dumps(document))
    found = visitor.api(f"{LEARN}{'0' * 64}/parameters")
    assert found["type"] == "ir.Learn"
    model, lr = found["children"]
    assert (model["name"], model["value"], lr["name"], lr["value"]) == ("model", "Model", "lr", "0.1")
    assert [(child["name"], child["value"]) for child in model["children"]] == [("layers", "2")]


def test_what_is_not_there(visitor: Visitor) -> None:
    for path in (
        f"/jobs/ir.learn/{'9' * 64}",
        f"/jobs/ir.learn/{'9' * 64}/parameters",
        f"/jobs/ir.learn/{'9' * 64}/log",
        f"/jobs/ir.evaluate/{'3' * 64}/parameters",
        "/experiments/none/runs",
        "/experiments/none/graph",
        "/experiments/ranking/graph?run_id=none",
        "/nothing",
    ):
        answer = visitor.ask(f"/api/v1{path}")
        assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json"), path
        assert answer.json["detail"]


def test_orphans(visitor: Visitor) -> None:
    assert visitor.api("/orphans") == {"total": 1, "job_ids": ["ir.old/" + "f" * 64]}


def test_actions_say_what_they_would_do_first(visitor: Visitor, workspace: WorkspaceLayout) -> None:
    job = workspace.job("ir.old", "f" * 64)
    (planned,) = visitor.post("/actions/clean", {"job_ids": [job.job_id]}).json
    assert (planned["what"], planned["done"]) == (f"remove {job.path}", False)
    assert job.path.exists()
    (done,) = visitor.post("/actions/clean", {"job_ids": [job.job_id], "perform": True}).json
    assert done["done"] and not job.path.exists()


def test_retry_and_kill_ask_the_scheduler(visitor: Visitor, run: RunHandle) -> None:
    failed, waiting = "ir.learn/" + "2" * 64, "ir.evaluate/" + "3" * 64
    assert visitor.post("/actions/retry", {"job_ids": [failed], "perform": True}).json[0]["done"]
    assert visitor.post("/actions/kill", {"job_ids": [waiting], "perform": True}).json[0]["done"]
    assert [(r["action"], r["job"]) for r in take_requests(run.layout)] == [
        ("retry", failed),
        ("kill", waiting),
    ]
    (left,) = visitor.post("/actions/kill", {"job_ids": [failed]}).json
    assert (left["problem"], left["done"]) == ("it has ended", False)


def test_services(visitor: Visitor, run: RunHandle) -> None:
    content = {"description": "Losses", "state": "RUNNING", "url": "http://127.0.0.1:6006/", "host": "node-1"}
    events = visitor.events()
    run.layout.services.write_text(
        json.dumps({"board": content, "bad": {**content, "url": "javascript:alert(1)"}})
    )
    assert any(changes.get("services") for _, changes in events)
    bad, board = visitor.api("/services")
    assert (board["state"], board["link"], board["description"]) == ("RUNNING", content["url"], "Losses")
    assert bad["link"] is None
    outcome = visitor.post("/experiments/ranking/services/board/stop").json
    assert outcome["done"]
    (request,) = take_requests(run.layout)
    assert (request["action"], request["service"]) == ("stop-service", "board")


@pytest.mark.parametrize(
    "body",
    [
        {"job_ids": []},
        {"job_ids": ["../../etc/passwd"]},
        {"job_ids": ["ir.learn"]},
        {"job_ids": ["/etc/passwd"]},
        {"job_ids": ["ir.learn/../../x"]},
        {"job_ids": ["ir.learn/" + "0" * 64], "force": True},
        {"perform": True},
        [],
        b"{",
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_bodies_that_are_not_understood(visitor: Visitor, workspace: WorkspaceLayout, body: object) -> None:
    headers = {"Content-Type": "application/json"}
    answer = visitor.ask("/api/v1/actions/clean", "POST", body=body, headers=headers)
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert workspace.job("ir.learn", "0" * 64).path.exists()
