from __future__ import annotations

import pytest

from xpm_workspace.history import delete_experiment
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.orphans import find_leftovers, find_orphans, remove_leftovers
from xpm_workspace.runs import create_run
from xpm_workspace.testing import make_job


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


def test_leftovers(workspace: WorkspaceLayout) -> None:
    job = make_job(workspace, "t", "1" * 64)
    gone = make_job(workspace, "t", "2" * 64)
    run = create_run(workspace, "xp")
    run.link_job(job)
    run.link_job(gone)
    run.end("done")
    assert find_leftovers(workspace) == []
    gone.path.rename(gone.path.with_name(".xpm-trash-h-1-1"))
    (job.path / ".learn.done.h-1-2.xpm-tmp").touch()
    (workspace.experiment("xp").path / ".informations.json.h-1.xpm-tmp").touch()
    found = find_leftovers(workspace)
    assert sorted(leftover.what for leftover in found) == [
        "folder whose removal was cut short",
        "link to a job that is gone",
        "temporary file",
        "temporary file",
    ]
    remove_leftovers(workspace, found)
    assert find_leftovers(workspace) == []
    assert job.done.exists()


def test_an_empty_workspace(workspace: WorkspaceLayout) -> None:
    assert find_orphans(workspace) == []
    assert find_leftovers(workspace) == []
