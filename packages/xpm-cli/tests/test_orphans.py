"""`orphans` and `cleanup`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.locks import FileLock
from xpm_workspace.runs import create_run

if TYPE_CHECKING:
    from conftest import Command, Sample


def test_orphans(sample: Sample, command: Command) -> None:
    result = command("orphans", sample.layout.root)
    assert (result.code, result.rows, result.err) == (0, [[sample.orphan.job_id]], "1 orphan\n")
    assert command("orphans", "--workdir", sample.layout.root).out == result.out
    assert command("--workdir", sample.layout.root, "orphans").out == result.out


def test_sizes(sample: Sample, command: Command) -> None:
    (sample.orphan.path / "model.bin").write_bytes(b"x" * 3_000_000)
    result = command("orphans", sample.layout.root, "--size")
    assert result.rows == [[sample.orphan.job_id, "2.9 MiB"]]
    [record] = command("orphans", sample.layout.root, "--size", "--json").json
    assert record["orphan"] is True and record["size_bytes"] >= 3_000_000
    assert record["path"] == str(sample.orphan.path)


def test_show_all(sample: Sample, command: Command) -> None:
    rows = command("orphans", sample.layout.root, "--show-all").rows
    assert rows == [
        [sample.done.job_id, "in use"],
        [sample.failed.job_id, "in use"],
        [sample.orphan.job_id, "orphan"],
    ]


def test_clean(sample: Sample, command: Command) -> None:
    result = command("orphans", sample.layout.root, "--clean")
    assert result.code == 0 and result.err.endswith("1 orphan removed\n")
    assert not sample.orphan.path.exists()
    assert sample.done.path.exists() and sample.failed.path.exists()
    assert command("orphans", sample.layout.root).out == ""


def test_an_orphan_that_runs_is_left_alone(sample: Sample, command: Command) -> None:
    with FileLock(sample.orphan.lock):
        result = command("orphans", sample.layout.root, "--clean")
    assert result.code == 1 and "left alone: it runs" in result.err
    assert sample.orphan.path.exists()


def test_an_orphan_that_is_a_link(sample: Sample, command: Command, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    os.rename(sample.orphan.path, elsewhere)
    os.symlink(elsewhere, sample.orphan.path)
    assert command("orphans", sample.layout.root, "--clean").code == 0
    assert not sample.orphan.path.is_symlink() and (elsewhere / "old.done").exists()


def test_a_deleted_index_changes_nothing(sample: Sample, command: Command) -> None:
    """What is not in the list may be removed: it must not depend on a cache."""
    command("experiments", "list", "--workdir", sample.layout.root)
    sample.layout.database.write_bytes(b"garbage")
    assert command("orphans", sample.layout.root).rows == [[sample.orphan.job_id]]


def test_not_a_workspace(command: Command, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nothing"):
        result = command("orphans", folder, "--clean")
        assert result.code == 2 and result.out == ""


# --- cleanup


def runs_of(workspace: WorkspaceLayout, statuses: str) -> list[str]:
    """Make runs that ended in some way: `d` done, `f` failed."""
    made = []
    for status in statuses:
        run = create_run(workspace, "long")
        run.end({"d": "done", "f": "failed"}[status])
        made.append(run.run_id)
    return made


def test_old_runs(workspace: WorkspaceLayout, command: Command) -> None:
    runs = runs_of(workspace, "fdddddddf")
    result = command("cleanup", "--workdir", workspace.root)
    assert result.code == 0 and "--perform" in result.err
    gone = [runs[0], runs[1], runs[2]]
    assert [row[0] for row in result.rows] == [f"would remove run {run} of long" for run in gone]
    kept = {path.name for path in workspace.experiment("long").runs_dir.iterdir()}
    assert kept == set(runs)
    result = command("cleanup", "--workdir", workspace.root, "--perform")
    assert [row[0] for row in result.rows] == [f"removed run {run} of long" for run in gone]
    kept = {path.name for path in workspace.experiment("long").runs_dir.iterdir()}
    assert kept == set(runs) - set(gone)
    assert command("cleanup", "--workdir", workspace.root).err == "nothing to remove\n"


def test_how_many_are_kept_is_set_in_the_settings(
    workspace: WorkspaceLayout, command: Command, settings: Callable[[str], Path]
) -> None:
    runs = runs_of(workspace, "ddd")
    path = str(workspace.root).replace("'", "''")
    settings(f"workspaces: [{{id: main, path: '{path}', history: {{max_done: 1}}}}]")
    found = command("cleanup", "--json").json
    assert [Path(thing["path"]).name for thing in found] == runs[:2]


def test_what_a_crash_left_behind(sample: Sample, command: Command) -> None:
    temporary = sample.done.path / ".params.json.otherhost-1-0.xpm-tmp"
    temporary.write_text("half")
    long_ago = time.time() - 30 * 86400
    os.utime(temporary, (long_ago, long_ago))
    result = command("cleanup", "--workdir", sample.layout.root, "--perform")
    assert str(temporary) in result.out and not temporary.exists()
    assert sample.done.done.exists() and sample.orphan.path.exists()
