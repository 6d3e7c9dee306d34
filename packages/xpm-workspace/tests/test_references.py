from __future__ import annotations

from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.references import LiveReferences, References
from xpm_workspace.runs import ExperimentLock, create_run


def test_references_grow(workspace: WorkspaceLayout) -> None:
    references = References(workspace)
    references.refresh()
    assert "t/1" not in references
    run = create_run(workspace, "xp")
    run.record_jobs([{"job": "t/1", "depends_on": ["t/2"]}])
    run.link_job(workspace.job("t", "3"))
    assert "t/1" not in references
    references.refresh()
    assert all(job in references for job in ("t/1", "t/2", "t/3"))
    run.record_states([{"job": "t/4", "state": "DONE"}])
    references.refresh()
    assert "t/4" in references and "t/5" not in references
    run.end("done")


def test_live_references(workspace: WorkspaceLayout) -> None:
    live = LiveReferences(workspace)
    assert live.run_of("t/1") is None
    create_run(workspace, "other").end("done")
    with ExperimentLock(workspace.experiment("xp")):
        run = create_run(workspace, "xp")
        run.record_jobs([{"job": "t/1", "depends_on": ["t/2"]}])
        assert live.run_of("t/1") == live.run_of("t/2") == run.layout
        assert live.run_of("t/3") is None
        run.record_jobs([{"job": "t/3"}])
        assert live.run_of("t/3") == run.layout
        run.end("done")
    assert live.run_of("t/1") is None
