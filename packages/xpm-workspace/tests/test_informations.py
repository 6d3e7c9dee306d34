from __future__ import annotations

import json

import pytest

from xpm_workspace.informations import RunInfo, change_informations, process_of, read_informations, run_order
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.runs import create_run


def test_nothing_yet(workspace: WorkspaceLayout) -> None:
    assert read_informations(workspace.experiment("xp")).runs == {}


@pytest.mark.parametrize("damage", ["missing", "", "{", "[]", '{"runs": 3}', "\0" * 50, "[" * 100_000])
def test_a_damaged_file_is_made_up_for_from_the_runs(workspace: WorkspaceLayout, damage: str) -> None:
    handle = create_run(workspace, "xp", hostname="h1")
    handle.end("failed")
    experiment = workspace.experiment("xp")
    before = read_informations(experiment)
    if damage == "missing":
        experiment.informations.unlink()
    else:
        experiment.informations.write_text(damage)
    recovered = read_informations(experiment)
    assert recovered.current_run == handle.run_id
    for field in ("hostname", "started_at", "ended_at", "status", "pid"):
        assert getattr(recovered.runs[handle.run_id], field) == getattr(before.runs[handle.run_id], field)
    second = create_run(workspace, "xp", hostname="h2")
    second.close()
    after = read_informations(experiment)
    assert {run.hostname for run in after.runs.values()} == {"h1", "h2"}
    if damage not in ("missing",):
        assert experiment.informations.with_suffix(".json.damaged").read_text() == damage


def test_unknown_fields_are_kept(workspace: WorkspaceLayout) -> None:
    experiment = workspace.experiment("xp")
    experiment.path.mkdir()
    experiment.informations.write_text(
        json.dumps(
            {"version": 1, "current_run": None, "runs": {"r": {"hostname": "h", "later": 1}}, "more": [2]}
        )
    )
    change_informations(experiment, lambda content: content["runs"].update(s={"hostname": "i"}))
    content = json.loads(experiment.informations.read_text())
    assert content["more"] == [2]
    assert content["runs"]["r"]["later"] == 1
    assert read_informations(experiment).runs["s"].hostname == "i"


def test_run_ids_sort_by_time() -> None:
    ids = ["20260101_000000.10", "20260101_000000.9", "20260101_000000", "20251231_235959.1"]
    assert sorted(ids, key=run_order) == list(reversed([ids[0], ids[1], ids[2], ids[3]]))


def test_the_process_of_a_run() -> None:
    assert process_of(RunInfo()) is None
    record = process_of(RunInfo(pid=3, hostname="h"))
    assert record is not None and (record.pid, record.host) == (3, "h")
    record = process_of(RunInfo(process={"pid": 4, "start_time": 5}))
    assert record is not None and (record.pid, record.start_time) == (4, 5)
