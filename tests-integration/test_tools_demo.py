"""`tools/xpm demo` sees which jobs were executed, and forgets nothing but a workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

from xpm_tools import demo
from xpm_tools.errors import ToolError


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / 'l\'été "démo"'
    for job in ("digits.tasks.train/aa", "digits.tasks.train/bb"):
        (folder / "jobs" / job).mkdir(parents=True)
        (folder / "jobs" / job / "train.done").touch()
    return folder


@pytest.fixture
def _no_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "ensure_examples", lambda: None)


def run(workspace: Path, monkeypatch: pytest.MonkeyPatch, *changed: str, code: int = 0) -> demo.Run:
    """Run the demo with an experiment that only writes files into the workspace."""

    def experiment(command: list[str], **_: object) -> int:
        for name in changed:
            path = workspace / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("written")
        return code

    monkeypatch.setattr(demo, "call", experiment)
    return demo.execute(workspace)


def test_a_run_that_writes_in_no_job_folder_executed_nothing(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run(workspace, monkeypatch, "xp/digits/informations.json")
    assert found.executed == []
    assert len(found.jobs) == 2


def test_a_new_or_changed_job_folder_was_executed(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = run(
        workspace,
        monkeypatch,
        "jobs/digits.tasks.train/bb/train.out",
        "jobs/digits.tasks.compare/cc/deep/plot",
    )
    jobs = workspace / "jobs"
    assert found.executed == [jobs / "digits.tasks.compare" / "cc", jobs / "digits.tasks.train" / "bb"]
    assert len(found.jobs) == 3


@pytest.mark.usefixtures("_no_installation")
def test_it_tells_what_it_executed_and_where_things_are(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results = "xp/digits/runs/20310203_040506/results"
    run(workspace, monkeypatch, f"{results}/comparison.png", f"{results}/comparison.md")
    assert demo.demo(workspace, fresh=False) == 0
    said = capsys.readouterr()
    assert "executed nothing" in said.err
    assert f"plot  {workspace / results / 'comparison.png'}\n" in said.out
    assert f"table  {workspace / results / 'comparison.md'}\n" in said.out
    assert said.out.splitlines()[-1].startswith("logs  ")


@pytest.mark.usefixtures("_no_installation")
def test_the_exit_code_is_that_of_the_experiment(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(workspace, monkeypatch, code=1)
    assert demo.demo(workspace, fresh=False) == 1


@pytest.mark.usefixtures("_no_installation")
def test_fresh_removes_a_workspace_and_nothing_else(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(workspace, monkeypatch)
    with pytest.raises(ToolError, match=r"no workspace of experimaestro: --fresh leaves it alone"):
        demo.demo(workspace, fresh=True)
    assert (workspace / "jobs").exists()
    (workspace / ".__experimaestro__").touch()
    demo.demo(workspace, fresh=True)
    assert not (workspace / "jobs").exists()
