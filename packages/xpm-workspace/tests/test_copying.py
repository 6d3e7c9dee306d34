from __future__ import annotations

from pathlib import Path

import pytest

from xpm_workspace.copying import copy_experiment
from xpm_workspace.errors import UnknownExperiment, UnsafePath, WorkspaceError
from xpm_workspace.informations import read_informations
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.runs import ExperimentLock, RunHandle, create_run
from xpm_workspace.testing import make_job


@pytest.fixture
def run(workspace: WorkspaceLayout) -> RunHandle:
    handle = create_run(workspace, "xp", hostname="node-1")
    done = make_job(workspace, "t", "1" * 64)
    (done.path / "model.bin").write_bytes(b"weights")
    failed = make_job(workspace, "t", "2" * 64, marker="FAILED")
    handle.record_jobs(
        [{"job": done.job_id, "tags": {"n": 1}}, {"job": failed.job_id}, {"job": "t/never"}, {"job": "../x"}]
    )
    handle.link_job(done)
    (handle.layout.results / "table.csv").write_text("a,b")
    handle.end("failed")
    return handle


def test_a_copy(workspace: WorkspaceLayout, run: RunHandle, tmp_path: Path) -> None:
    source, target = workspace.experiment("xp"), WorkspaceLayout(tmp_path / "l'autre")
    planned = copy_experiment(source, target)
    assert not target.root.exists()
    done, failed = "t/" + "1" * 64, "t/" + "2" * 64
    assert (planned.runs, planned.jobs, planned.unfinished) == ((run.run_id,), (done,), (failed,))
    assert planned.size_bytes > 0
    assert copy_experiment(source, target, perform=True) == planned
    assert (target.job_from_id(done).path / "model.bin").read_bytes() == b"weights"
    assert not target.job_from_id(failed).path.exists()
    assert (
        target.experiment("xp").link(target.job_from_id(done)).resolve()
        == target.job_from_id(done).path.resolve()
    )
    assert (target.experiment("xp").run(run.run_id).results / "table.csv").read_text() == "a,b"
    assert read_informations(target.experiment("xp")) == read_informations(source)
    with LocalMonitor(target) as monitor:
        (experiment,) = monitor.experiments()
        assert (experiment.hostname, experiment.jobs.done) == ("node-1", 1)
        assert monitor.job(done).tags == {"n": 1}
    again = copy_experiment(source, target, perform=True)
    assert (again.runs, again.jobs, again.present) == ((), (), (done,))
    more = copy_experiment(source, target, unfinished=True, perform=True)
    assert more.jobs == (failed,)
    assert target.job_from_id(failed).failed.exists()


def test_what_the_target_has_is_left_alone(
    workspace: WorkspaceLayout, run: RunHandle, tmp_path: Path
) -> None:
    target = WorkspaceLayout(tmp_path / "other")
    target.create()
    mine = make_job(target, "t", "1" * 64, marker="FAILED")
    create_run(target, "xp", hostname="other").end("done")
    result = copy_experiment(workspace.experiment("xp"), target, perform=True)
    assert result.present == (mine.job_id,)
    assert mine.failed.exists()
    hosts = {info.hostname for info in read_informations(target.experiment("xp")).runs.values()}
    assert "other" in hosts


def test_refusals(workspace: WorkspaceLayout, run: RunHandle, tmp_path: Path) -> None:
    target = WorkspaceLayout(tmp_path / "other")
    with pytest.raises(UnknownExperiment):
        copy_experiment(workspace.experiment("nothing"), target)
    with pytest.raises(UnknownExperiment):
        copy_experiment(workspace.experiment("xp"), target, run_id="20000101_000000")
    with pytest.raises(WorkspaceError, match="same workspace"):
        copy_experiment(workspace.experiment("xp"), workspace)
    lock = ExperimentLock(workspace.experiment("xp"))
    lock.acquire()
    with pytest.raises(WorkspaceError, match="being run"):
        copy_experiment(workspace.experiment("xp"), target)
    lock.release()
    folder = workspace.job("t", "1" * 64).path
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")
    with pytest.raises(UnsafePath):
        copy_experiment(workspace.experiment("xp"), target, perform=True)


def test_one_run(workspace: WorkspaceLayout, run: RunHandle, tmp_path: Path) -> None:
    second = create_run(workspace, "xp")
    second.end("done")
    target = WorkspaceLayout(tmp_path / "other")
    copy_experiment(workspace.experiment("xp"), target, run_id=second.run_id, perform=True)
    assert set(read_informations(target.experiment("xp")).runs) == {second.run_id}
