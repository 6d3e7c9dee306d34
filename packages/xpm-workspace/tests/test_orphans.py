from __future__ import annotations

import subprocess
import sys
import time

import pytest

from xpm_workspace.copying import COPY_PREFIX
from xpm_workspace.files import unique_mark
from xpm_workspace.history import delete_experiment
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.orphans import find_leftovers, find_orphans, remove_leftovers
from xpm_workspace.process import hostname
from xpm_workspace.references import References
from xpm_workspace.removal import TRASH_PREFIX
from xpm_workspace.runs import ExperimentLock, create_run
from xpm_workspace.testing import make_job

TOMORROW_S = time.time() + 2 * 86400


@pytest.mark.parametrize("indexed", [True, False])
def test_orphans(workspace: WorkspaceLayout, indexed: bool) -> None:
    kept, linked, old, needed, orphan = (make_job(workspace, "t", f"{n}" * 64) for n in range(5))
    run = create_run(workspace, "xp")
    run.record_jobs([{"job": kept.job_id, "depends_on": [needed.job_id]}])
    run.link_job(linked)
    run.end("done")
    old_run = workspace.old_experiments_dir / "old" / "20240101_000000" / "jobs" / "t"
    old_run.mkdir(parents=True)
    (old_run / old.identifier).symlink_to(old.path)
    if indexed:
        with LocalMonitor(workspace) as monitor:
            # The index knows runs only: what it calls an orphan may still be needed.
            assert set(find_orphans(workspace)) <= set(monitor.orphans())
    assert find_orphans(workspace) == [orphan.job_id]
    delete_experiment(workspace.experiment("xp"), perform=True)
    assert find_orphans(workspace) == sorted([kept.job_id, linked.job_id, needed.job_id, orphan.job_id])


def test_a_job_that_is_submitted_while_we_look(
    workspace: WorkspaceLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    orphan = make_job(workspace, "t", "1" * 64)
    new: list[str] = []

    def refresh(references: References) -> None:
        if not new:
            run = create_run(workspace, "xp")
            new.append(make_job(workspace, "t", "2" * 64).job_id)
            run.record_jobs([{"job": new[0]}])
            run.end("done")
        read(references)

    read = References.refresh
    monkeypatch.setattr(References, "refresh", refresh)
    assert find_orphans(workspace) == [orphan.job_id]
    new.clear()
    (workspace.jobs_dir / "t" / ("2" * 64)).rename(workspace.jobs_dir / "gone")
    assert find_orphans(workspace) == [orphan.job_id]


def gone_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_leftovers(workspace: WorkspaceLayout) -> None:
    job = make_job(workspace, "t", "1" * 64)
    gone = make_job(workspace, "t", "2" * 64)
    run = create_run(workspace, "xp")
    run.link_job(job)
    run.link_job(gone)
    run.end("done")
    assert find_leftovers(workspace, now=TOMORROW_S) == []
    mark = f"{hostname()}-{gone_process()}-0"
    gone.path.rename(gone.path.with_name(f"{TRASH_PREFIX}{mark}"))
    half = gone.path.with_name(f"{COPY_PREFIX}{mark}")
    half.mkdir()
    (half / "file").touch()
    (job.path / f".learn.done.{mark}.xpm-tmp").touch()
    (workspace.experiment("xp").path / f".informations.json.{mark}.xpm-tmp").touch()
    (workspace.state_dir / f".x.{mark}.xpm-tmp").touch()
    assert [leftover.what for leftover in find_leftovers(workspace)] == ["link to a job that is gone"]
    found = find_leftovers(workspace, now=time.time() + 120)
    assert sorted(leftover.what for leftover in found) == [
        "folder whose copy was cut short",
        "folder whose removal was cut short",
        "link to a job that is gone",
        "temporary file",
        "temporary file",
        "temporary file",
    ]
    assert remove_leftovers(workspace, found) == found
    assert find_leftovers(workspace, now=TOMORROW_S) == []
    assert job.done.exists()


@pytest.mark.parametrize("mark", ["live", "another-host-1-0", "nothing of ours", "1"])
def test_what_a_live_process_uses_is_left_alone(job: JobLayout, mark: str) -> None:
    if mark == "live":
        mark = unique_mark()
    file = job.path / f".params.json.{mark}.xpm-tmp"
    file.touch()
    folder = job.path.with_name(f"{TRASH_PREFIX}{mark}")
    folder.mkdir()
    workspace = job.workspace
    assert find_leftovers(workspace, now=time.time() + 3600) == []
    # A pid may be in use again for ever.
    assert [leftover.path for leftover in find_leftovers(workspace, now=TOMORROW_S)] == [folder, file]


def test_dead_links_of_an_experiment_that_runs(workspace: WorkspaceLayout) -> None:
    """Its jobs have no folder before they start."""
    lock = ExperimentLock(workspace.experiment("xp"))
    job = workspace.job("t", "1" * 64)
    link = workspace.experiment("xp").link(job)
    with lock:
        run = create_run(workspace, "xp")
        run.link_job(job)
        assert find_leftovers(workspace) == []
    found = find_leftovers(workspace)
    assert [leftover.path for leftover in found] == [link]
    with lock:  # it has been started again
        assert remove_leftovers(workspace, found) == []
    job.create()  # it has been run in between
    assert remove_leftovers(workspace, found) == []
    assert link.is_symlink()


def test_an_empty_workspace(workspace: WorkspaceLayout) -> None:
    assert find_orphans(workspace) == []
    assert find_leftovers(workspace) == []
