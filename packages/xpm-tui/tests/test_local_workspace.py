"""A real workspace: moved, brought back, deleted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from xpm_tui.app import ExperimentTUI
from xpm_tui.stage import Stage, perform
from xpm_workspace.controller import LocalController
from xpm_workspace.frontends import Target
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.runs import create_run
from xpm_workspace.testing import make_job


@pytest.fixture
def workspace(tmp_path: Path) -> WorkspaceLayout:
    layout = WorkspaceLayout(tmp_path / 'it\'s a "strange" dossier, été #1 %20')
    layout.create()
    run = create_run(layout, "nightly", hostname="node-7.cluster")
    for number in range(3):
        job = make_job(layout, "lib.learn", f"{number}" * 64, marker="FAILED" if number == 1 else "DONE")
        job.stdout.write_text(f"result {number}\n")
        run.record_jobs([{"job": job.job_id, "tags": {"lr": number}}])
    run.end("failed")
    return layout


@pytest.fixture
def app(workspace: WorkspaceLayout) -> Iterator[ExperimentTUI]:
    with LocalMonitor(workspace) as monitor:
        target = Target(monitor=monitor, controller=LocalController(monitor), title=str(workspace.root))
        yield ExperimentTUI(target, theme="xpm-dark", retry_s=0.02)


def test_what_is_shown(app: ExperimentTUI, workspace: WorkspaceLayout) -> None:
    async def story(stage: Stage) -> None:
        assert "nightly" in stage.text() and "node-7.cluster" in stage.text() and "2/3" in stage.text()
        await stage.press("enter", "slash", *"lr = 1", "enter")
        assert "✗ failed" in stage.text() and "something went wrong" in stage.text()
        await stage.press("f")
        assert stage.app.clipboard == str(workspace.job("lib.learn", "1" * 64).path)
        await stage.press("l")
        assert "result 1" in stage.text()
        await stage.press("escape", "ctrl+d", "y")
        assert not workspace.job("lib.learn", "1" * 64).path.exists()

    perform(app, story, (120, 30))


@pytest.mark.filterwarnings("ignore::xpm_workspace.index.indexer.IndexRebuilt")
def test_moved_and_brought_back(app: ExperimentTUI, workspace: WorkspaceLayout) -> None:
    away = workspace.root.with_name("away")

    async def story(stage: Stage) -> None:
        await stage.press("enter")
        workspace.root.rename(away)
        await stage.until(lambda: "⚠" in stage.text() and "does not exist" in stage.text())
        assert "3 jobs" in stage.text()
        await stage.press("down", "enter", "l", "escape", "escape", "s", "o", "j", "r")
        away.rename(workspace.root)
        await stage.until(lambda: "⚠" not in stage.text())
        await stage.until(lambda: "3 jobs" in stage.text())

    perform(app, story, (120, 30))


@pytest.mark.filterwarnings("ignore::xpm_workspace.index.indexer.IndexRebuilt")
def test_deleted(app: ExperimentTUI, workspace: WorkspaceLayout) -> None:
    async def story(stage: Stage) -> None:
        shutil.rmtree(workspace.root)
        await stage.until(lambda: "⚠" in stage.text() and "does not exist" in stage.text())
        await stage.press("enter", "r", "escape")
        workspace.create()
        create_run(workspace, "a new beginning").end("done")
        await stage.until(lambda: "a new beginning" in stage.text())
        assert "nightly" not in stage.text()

    perform(app, story, (120, 30))
