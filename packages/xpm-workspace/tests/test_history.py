from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_workspace.errors import UnknownExperiment, WorkspaceError
from xpm_workspace.history import apply_history, delete_experiment, delete_run, superfluous_runs
from xpm_workspace.informations import RUN_STATUSES, RunInfo, change_informations, read_informations
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.removal import remove_tree
from xpm_workspace.runs import ExperimentLock, create_run
from xpm_workspace.settings import HistorySettings
from xpm_workspace.testing import StartChild, make_job


def runs(*statuses: str) -> dict[str, RunInfo]:
    return {f"2026010{n}_000000": RunInfo(status=status) for n, status in enumerate(statuses, 1)}


@pytest.mark.parametrize(
    ("statuses", "removed"),
    [
        (["done"] * 7, [1, 2]),
        (["failed", "failed", "failed"], [1, 2]),
        (["failed", "done"], [1]),
        (["done", "failed", "interrupted"], [2]),
        (["failed", "done", "failed"], [1]),
        (["running", "unknown", "detached", "done", "done"], []),
        (["failed", "running"], []),
        ([], []),
    ],
)
def test_which_runs_go(statuses: list[str], removed: list[int]) -> None:
    known = runs(*statuses)
    assert superfluous_runs(known, HistorySettings()) == [f"2026010{n}_000000" for n in removed]


def test_the_current_run_stays() -> None:
    known = runs("failed", "failed")
    assert superfluous_runs(known, HistorySettings(max_failed=0), current_run="20260102_000000") == [
        "20260101_000000"
    ]


@given(
    st.lists(st.sampled_from([*RUN_STATUSES, "unknown", "?"]), max_size=9),
    st.integers(0, 3),
    st.integers(0, 3),
)
def test_what_is_never_removed(statuses: list[str], max_done: int, max_failed: int) -> None:
    known = runs(*statuses)
    history = HistorySettings(max_done=max_done, max_failed=max_failed)
    removed = superfluous_runs(known, history)
    assert all(known[run].status in ("done", "failed", "interrupted") for run in removed)
    kept = {run: info for run, info in known.items() if run not in removed}
    assert sum(info.status == "done" for info in kept.values()) == min(max_done, statuses.count("done"))
    assert sum(info.status in ("failed", "interrupted") for info in kept.values()) <= max_failed
    if max_done:
        assert superfluous_runs(kept, history) == []


def test_removal(workspace: WorkspaceLayout) -> None:
    experiment = workspace.experiment("xp")
    job = make_job(workspace, "t", "1" * 64)
    ids = []
    for status in ("failed", "failed", "done"):
        handle = create_run(workspace, "xp")
        handle.record_jobs([{"job": job.job_id}])
        handle.end(status)
        ids.append(handle.run_id)
    assert apply_history(experiment, HistorySettings()) == ids[:2]
    assert len(read_informations(experiment).runs) == 3
    assert apply_history(experiment, HistorySettings(), perform=True) == ids[:2]
    assert set(read_informations(experiment).runs) == {ids[2]}
    assert [path.name for path in experiment.runs_dir.iterdir()] == [ids[2]]
    assert job.done.exists()
    assert apply_history(experiment, HistorySettings(), perform=True) == []


def test_deleting(workspace: WorkspaceLayout) -> None:
    experiment = workspace.experiment("xp")
    job = make_job(workspace, "t", "1" * 64)
    handle = create_run(workspace, "xp")
    handle.link_job(job)
    handle.end("done")
    second = create_run(workspace, "xp")
    second.end("done")
    assert "remove" in delete_run(experiment, second.run_id)
    assert experiment.run(second.run_id).path.exists()
    delete_run(experiment, second.run_id, perform=True)
    assert read_informations(experiment).current_run == handle.run_id
    with pytest.raises(UnknownExperiment):
        delete_run(experiment, second.run_id)
    assert str(experiment.path) in delete_experiment(experiment)
    assert experiment.path.exists()
    delete_experiment(experiment, perform=True)
    assert not experiment.path.exists()
    assert job.done.exists()
    with pytest.raises(UnknownExperiment):
        delete_experiment(experiment, perform=True)


def test_what_runs_is_not_deleted(workspace: WorkspaceLayout) -> None:
    experiment = workspace.experiment("xp")
    lock = ExperimentLock(experiment)
    lock.acquire()
    handle = create_run(workspace, "xp")
    with pytest.raises(WorkspaceError, match="being run"):
        delete_experiment(experiment, perform=True)
    with pytest.raises(WorkspaceError, match="being run"):
        delete_run(experiment, handle.run_id, perform=True)
    handle.close()
    lock.release()


def test_a_run_that_would_lead_out(workspace: WorkspaceLayout) -> None:
    experiment = workspace.experiment("xp")
    create_run(workspace, "xp").end("done")

    def poison(content: dict[str, Any]) -> None:
        content["runs"]["../../jobs"] = {}

    change_informations(experiment, poison)
    with pytest.raises(WorkspaceError):
        delete_run(experiment, "../../jobs", perform=True)
    assert workspace.jobs_dir.exists()


WAITS = """
import sys
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.removal import remove_tree
from xpm_workspace.runs import ExperimentLock, create_run
workspace = WorkspaceLayout(sys.argv[1])
lock = ExperimentLock(workspace.experiment("xp"))
assert not lock.acquire()
print("waits", flush=True)
assert lock.acquire(60)
create_run(workspace, "xp").end("done")
"""


def test_started_while_it_is_deleted(
    workspace: WorkspaceLayout, child: StartChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for the experiment's lock starts afresh."""
    experiment = workspace.experiment("xp")
    create_run(workspace, "xp").end("done")
    waiting: list[subprocess.Popen[str]] = []

    def remove(layout: WorkspaceLayout, path: Path) -> bool:
        waiting.append(child(WAITS, workspace.root))
        assert waiting[0].stdout is not None
        assert waiting[0].stdout.readline() == "waits\n"
        return remove_tree(layout, path)

    monkeypatch.setattr("xpm_workspace.history.remove_tree", remove)
    delete_experiment(experiment, perform=True)
    assert waiting[0].wait(60) == 0
    assert len(read_informations(experiment).runs) == 1


def test_started_before_it_is_deleted(workspace: WorkspaceLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    create_run(workspace, "xp").end("done")
    monkeypatch.setattr("xpm_workspace.history.is_held", lambda path: False)
    with ExperimentLock(workspace.experiment("xp")), pytest.raises(WorkspaceError, match="just been started"):
        delete_experiment(workspace.experiment("xp"), perform=True)


def test_an_experiment_that_is_a_link(workspace: WorkspaceLayout, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    workspace.experiment("xp").path.symlink_to(outside)
    delete_experiment(workspace.experiment("xp"), perform=True)
    assert not workspace.experiment("xp").path.is_symlink() and list(outside.iterdir()) == []
