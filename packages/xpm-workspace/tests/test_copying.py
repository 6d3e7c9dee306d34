from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from xpm_workspace.copying import COPY_PREFIX, copy_experiment
from xpm_workspace.errors import UnknownExperiment, UnsafePath, WorkspaceError
from xpm_workspace.informations import change_informations, read_informations
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.orphans import find_leftovers, remove_leftovers
from xpm_workspace.runs import ExperimentLock, RunHandle, create_run
from xpm_workspace.testing import StartChild, make_job


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


def test_the_target_is_being_run(workspace: WorkspaceLayout, run: RunHandle, tmp_path: Path) -> None:
    target = WorkspaceLayout(tmp_path / "other")
    target.create()
    with ExperimentLock(target.experiment("xp")), pytest.raises(WorkspaceError, match="being run in"):
        copy_experiment(workspace.experiment("xp"), target, perform=True)
    assert copy_experiment(workspace.experiment("xp"), target, perform=True).runs == (run.run_id,)


KILLED = """
import os, signal, sys
from xpm_workspace import copying
from xpm_workspace.layout import WorkspaceLayout
steps = int(sys.argv[3])
def die(*_):
    global steps
    steps -= 1
    if steps < 0:
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(lambda event, _: die() if event in ("os.rename", "os.mkdir", "os.symlink") else None)
source = WorkspaceLayout(sys.argv[1]).experiment("xp")
copying.copy_experiment(source, WorkspaceLayout(sys.argv[2]), unfinished=True, perform=True)
"""


def test_a_copy_that_was_killed_goes_on(
    workspace: WorkspaceLayout, run: RunHandle, tmp_path: Path, child: StartChild
) -> None:
    """Killed after each change of names that it makes, it is made again, and nothing is missing."""
    target = WorkspaceLayout(tmp_path / "other")
    steps, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        code = child(KILLED, workspace.root, target.root, steps).wait(60)
        steps += 3
        for folder in target.jobs_dir.glob("t/[!.]*"):
            names = {path.name for path in (workspace.jobs_dir / "t" / folder.name).iterdir()}
            assert {path.name for path in folder.iterdir()} == names  # whole, or not there
    assert code == 0 and steps > 5
    assert set(read_informations(target.experiment("xp")).runs) == {run.run_id}
    with LocalMonitor(target) as monitor:
        assert monitor.experiments()[0].jobs.done == 1
    left = find_leftovers(target, now=time.time() + 120)
    remove_leftovers(target, left)
    assert left and not list(target.root.rglob(f"{COPY_PREFIX}*"))


def test_a_run_whose_copy_was_not_recorded(
    workspace: WorkspaceLayout, run: RunHandle, tmp_path: Path
) -> None:
    target = WorkspaceLayout(tmp_path / "other")
    create_run(target, "xp").end("done")
    copy_experiment(workspace.experiment("xp"), target, perform=True)
    copy = target.experiment("xp")
    change_informations(copy, lambda content: content["runs"].pop(run.run_id) and None)
    assert copy_experiment(workspace.experiment("xp"), target, perform=True).runs == (run.run_id,)
    assert run.run_id in read_informations(copy).runs


def test_one_run(workspace: WorkspaceLayout, run: RunHandle, tmp_path: Path) -> None:
    second = create_run(workspace, "xp")
    second.end("done")
    target = WorkspaceLayout(tmp_path / "other")
    copy_experiment(workspace.experiment("xp"), target, run_id=second.run_id, perform=True)
    assert set(read_informations(target.experiment("xp")).runs) == {second.run_id}
