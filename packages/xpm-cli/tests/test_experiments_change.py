"""`experiments delete` and `experiments copy`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.runs import ExperimentLock, create_run

if TYPE_CHECKING:
    from conftest import Command, Sample


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if ".experimaestro" not in path.parts}


def test_delete_only_says_what_it_would_do(sample: Sample, command: Command) -> None:
    before = files(sample.layout.root)
    result = command("experiments", "delete", "my-experiment", "--workdir", sample.layout.root)
    assert result.code == 0 and "--perform" in result.err
    assert result.out == f"remove {sample.layout.experiment('my-experiment').path}\n"
    assert files(sample.layout.root) == before


def test_delete(sample: Sample, command: Command) -> None:
    start = ["experiments", "delete", "my-experiment", "--workdir", sample.layout.root]
    assert command(*start, "--perform").code == 0
    assert not sample.layout.experiment("my-experiment").path.exists()
    assert sample.done.done.exists(), "the jobs stay"
    assert command("experiments", "list", "--workdir", sample.layout.root).out == ""
    assert len(command("orphans", sample.layout.root).rows) == 3
    assert command(*start, "--perform").code == 2


def test_delete_a_run(sample: Sample, command: Command) -> None:
    [first] = sample.layout.experiment("my-experiment").runs_dir.iterdir()
    create_run(sample.layout, "my-experiment", hostname="node1").end("done")
    start = ["experiments", "delete", "my-experiment", "--workdir", sample.layout.root, "--run"]
    assert command(*start, first.name, "--perform").code == 0
    rows = command("experiments", "runs", "my-experiment", "--workdir", sample.layout.root).rows
    assert [row[1] for row in rows] == ["node1"]
    assert command(*start, "20200101_000000", "--perform").code == 2


def test_an_experiment_that_is_being_run_is_left_alone(sample: Sample, command: Command) -> None:
    with ExperimentLock(sample.layout.experiment("my-experiment")):
        result = command(
            "experiments", "delete", "my-experiment", "--workdir", sample.layout.root, "--perform"
        )
    assert result.code == 2 and "is being run" in result.err
    assert sample.layout.experiment("my-experiment").path.exists()


def test_what_2x_made_is_left_alone(workspace: WorkspaceLayout, command: Command) -> None:
    folder = workspace.old_experiments_dir / "old" / "20240101_000000"
    folder.mkdir(parents=True)
    result = command("experiments", "delete", "old", "--workdir", workspace.root, "--perform")
    assert result.code == 2 and "2.x" in result.err and str(folder.parent) in result.err
    assert folder.exists()


def test_copy(sample: Sample, command: Command, tmp_path: Path) -> None:
    target = WorkspaceLayout(tmp_path / "the other one")
    start = ["experiments", "copy", "--workdir", sample.layout.root, "my-experiment", target.root]
    result = command(*start, "--dry-run")
    assert result.code == 0 and "1 run and 1 job" in result.err and "would be copied" in result.err
    assert not target.root.exists()
    result = command(*start)
    assert "1 run and 1 job" in result.err and "left out: not done" in result.err
    shown = command("experiments", "list", "--workdir", target.root).out
    assert shown.startswith("my-experiment [node0.cluster] (1/")
    assert target.job_from_id(sample.done.job_id).stdout.read_text() == "learn says hello\n"
    again = command(*start, "--unfinished", "--json")
    assert again.json["present"] == [sample.done.job_id] and again.json["jobs"] == [sample.failed.job_id]


def test_copy_to_a_workspace_of_the_settings(
    sample: Sample, command: Command, tmp_path: Path, settings: Callable[[str], Path]
) -> None:
    settings(f"workspaces: [{{id: other, path: {tmp_path}/other}}, {{id: far, path: /f, ssh: {{host: h}}}}]")
    start = ["experiments", "copy", "--workdir", sample.layout.root, "my-experiment"]
    assert command(*start, "other").code == 0
    assert (tmp_path / "other" / "xp" / "my-experiment").is_dir()
    result = command(*start, "far")
    assert result.code == 2 and "another machine" in result.err


def test_copy_into_itself(sample: Sample, command: Command) -> None:
    start = ["experiments", "copy", "--workdir", sample.layout.root, "my-experiment", sample.layout.root]
    assert command(*start).code == 2
