from __future__ import annotations

import pytest

from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.runs import create_run
from xpm_workspace.testing import IDENTIFIER


@pytest.fixture
def old(workspace: WorkspaceLayout) -> WorkspaceLayout:
    """A workspace as experimaestro 2.x leaves it."""
    for number, (marker, content) in enumerate([("done", ""), ("failed", "1"), ("", "")]):
        folder = workspace.jobs_dir / "my.learn" / f"{number}{IDENTIFIER[1:]}"
        folder.mkdir(parents=True)
        (folder / "params.json").write_text("{}")
        if marker:
            (folder / f"learn.{marker}").write_text(content)
        run = workspace.old_experiments_dir / "old-xp" / "20240102_030405" / "jobs" / "my.learn"
        run.mkdir(parents=True, exist_ok=True)
        (run / folder.name).symlink_to(folder)
    (run.parent.parent / "environment.json").write_text('{"run": {"hostname": "old.host"}}')
    (workspace.old_experiments_dir / "old-xp" / "20240101_000000").mkdir()
    workspace.experiments_dir.rmdir()
    return workspace


def test_its_jobs_and_runs_are_shown(old: WorkspaceLayout) -> None:
    with LocalMonitor(old) as monitor:
        (experiment,) = monitor.experiments()
        assert experiment.run is not None
        assert (experiment.run.run_id, experiment.run.status, experiment.run.version2) == (
            "20240102_030405",
            "unknown",
            True,
        )
        assert experiment.hostname == "old.host"
        assert (experiment.jobs.total, experiment.jobs.done, experiment.jobs.failed) == (3, 1, 1)
        states = {str(job.status) for job in monitor.jobs(experiment_id="old-xp").jobs}
        assert states == {"DONE", "ERROR(FAILED)", "UNSCHEDULED"}
        done = monitor.jobs("@state = DONE").jobs[0]
        assert done.ended_at is not None
        monitor.sync(full=True)
        assert monitor.experiments() == [experiment]


def test_a_new_run_beside_the_old_ones(old: WorkspaceLayout) -> None:
    with LocalMonitor(old) as monitor:
        position = monitor.position()
        run = create_run(old, "old-xp", hostname="new.host")
        run.end("done")
        changes = monitor.changes(position)
        assert changes is not None and changes.experiments[0].hostname == "new.host"
        assert changes.experiments[0].run_count == 3
        assert {r.run_id for r in monitor.runs("old-xp")} == {
            run.run_id,
            "20240102_030405",
            "20240101_000000",
        }
        (old.old_experiments_dir / "old-xp" / "20240101_000000").rmdir()
        monitor.changes(position)
        assert len(monitor.runs("old-xp")) == 2
