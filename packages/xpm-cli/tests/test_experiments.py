"""`experiments`: list, runs, info, results, sync."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from xpm_workspace.index.indexer import Indexer
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.runs import create_run

if TYPE_CHECKING:
    from conftest import Command, Sample

ENVIRONMENT = {
    "version": 1,
    "captured_at": "2026-03-01T12:00:00+00:00",
    "hostname": "node0",
    "python": {"version": "3.11.7", "executable": "/env/bin/python"},
    "platform": {"system": "Linux", "release": "6", "machine": "x86_64"},
    "repositories": [
        {
            "root": "/code",
            "branch": "main",
            "commit": "0123456789abcdef",
            "dirty": True,
            "diff": {"text": "x"},
        },
        "odd",
    ],
    "editable": [{"name": "mine", "version": "1", "path": "/mine"}],
    "packages": {"a": "1", "b": "2"},
}


# --- list


def test_the_list_has_the_promised_format(sample: Sample, command: Command) -> None:
    create_run(sample.layout, "another", hostname="hostname.local").end("done")
    assert command("experiments", "list", "--workdir", sample.layout.root).out == (
        "another [hostname.local] (0/0 jobs)\nmy-experiment [node0.cluster] (1/3 jobs)\n"
    )


def test_the_host_survives_a_deleted_index(sample: Sample, command: Command) -> None:
    shown = command("experiments", "list", "--workdir", sample.layout.root).out
    for path in sample.layout.state_dir.glob("workspace.db*"):
        path.unlink()
    assert command("experiments", "sync", "--workdir", sample.layout.root).code == 0
    assert command("experiments", "list", "--workdir", sample.layout.root).out == shown


def test_an_empty_workspace(workspace: WorkspaceLayout, command: Command) -> None:
    assert command("experiments", "list", "--workdir", workspace.root) == (0, "", "")
    assert command("experiments", "list", "--workdir", workspace.root, "--json").json == []


def test_the_list_with_tags(sample: Sample, command: Command) -> None:
    result = command("experiments", "list", "--workdir", sample.layout.root, "--tags")
    assert result.out == "my-experiment [node0.cluster] (1/3 jobs) lr=0.1,0.5 model=large,small\n"


@pytest.mark.parametrize(
    ("filter_", "fits"),
    [
        ("lr = 0.1", True),
        ("lr = 7", False),
        ("@state = ERROR and model ~ '^l'", True),
        ("@experiment = x", False),
    ],
)
def test_the_list_with_a_filter(sample: Sample, command: Command, filter_: str, fits: bool) -> None:
    result = command("experiments", "list", "--workdir", sample.layout.root, "--filter", filter_)
    assert result.out == ("my-experiment [node0.cluster] (1/3 jobs)\n" if fits else "")


def test_the_list_as_json(sample: Sample, command: Command) -> None:
    [record] = command("experiments", "list", "--workdir", sample.layout.root, "--json", "--tags").json
    assert record["experiment_id"] == "my-experiment"
    assert record["run"]["hostname"] == "node0.cluster"
    assert record["run"]["jobs"]["failed"] == 2
    assert record["tags"] == {"lr": [0.1, 0.5], "model": ["large", "small"]}


def test_a_tag_with_many_values(workspace: WorkspaceLayout, command: Command) -> None:
    run = create_run(workspace, "xp", hostname="h")
    run.record_jobs([{"job": f"t/{n}", "tags": {"n": n, "on": n > 3, "x": None}} for n in range(20)])
    run.end("done")
    result = command("experiments", "list", "--workdir", workspace.root, "--tags")
    assert result.out == ("xp [h] (0/20 jobs) n=0,1,2,3,4,5,6,7,8,9,10,11,... (20) on=false,true x=None\n")
    [record] = command("experiments", "list", "--workdir", workspace.root, "--json", "--tags").json
    assert record["tags"]["n"] == list(range(20))


# --- runs and info


def test_a_name_that_was_mistyped(sample: Sample, command: Command) -> None:
    for words in (["runs", "my-experimen"], ["results", "my-experimen"]):
        result = command("experiments", *words, "--workdir", sample.layout.root)
        assert result == (
            2,
            "",
            "error: there is no experiment 'my-experimen'; did you mean 'my-experiment'?\n",
        )
    result = command("jobs", "list", "--experiment", "zzz", "--workdir", sample.layout.root)
    assert result.code == 2 and result.err.startswith(
        "error: there is no experiment 'zzz'; see `experimaestro"
    )


def test_runs(sample: Sample, command: Command) -> None:
    create_run(sample.layout, "my-experiment", hostname="node1").end("done")
    rows = command("experiments", "runs", "my-experiment", "--workdir", sample.layout.root).rows
    assert [row[1:3] for row in rows] == [["node1", "done"], ["node0.cluster", "failed"]]
    assert rows[1][4] == "1/3"


def test_runs_as_json_tell_what_they_ran_with(sample: Sample, command: Command) -> None:
    [run] = sample.layout.experiment("my-experiment").runs_dir.iterdir()
    (run / "environment.json").write_text(json.dumps(ENVIRONMENT))
    [record] = command("experiments", "runs", "my-experiment", "--json", "--workdir", sample.layout.root).json
    assert record["environment"] == ENVIRONMENT
    assert record["status"] == "failed"


def test_an_experiment_that_is_not_there(sample: Sample, command: Command) -> None:
    for name in ("runs", "info", "results", "delete"):
        result = command("experiments", name, "nothing", "--workdir", sample.layout.root)
        assert result.code == 2 and result.out == "" and "'nothing'" in result.err, name


def test_info(sample: Sample, command: Command) -> None:
    [run] = sample.layout.experiment("my-experiment").runs_dir.iterdir()
    (run / "environment.json").write_text(json.dumps(ENVIRONMENT))
    shown = dict(command("experiments", "info", "my-experiment", "--workdir", sample.layout.root).rows)
    assert shown["status"] == "failed"
    assert shown["jobs"] == "3 total, 1 done, 2 failed"
    assert shown["python"] == "3.11.7 /env/bin/python"
    assert shown["repository"] == "/code main 0123456789ab with uncommitted changes (kept)"
    assert shown["editable"] == "mine 1 /mine"
    assert shown["packages"] == "2"


@pytest.mark.parametrize(
    "content", [None, "", "[]", "{", '{"python": 3, "repositories": {}, "packages": []}']
)
def test_info_without_a_usable_environment(sample: Sample, command: Command, content: str | None) -> None:
    [run] = sample.layout.experiment("my-experiment").runs_dir.iterdir()
    if content is not None:
        (run / "environment.json").write_text(content)
    result = command("experiments", "info", "my-experiment", "--workdir", sample.layout.root)
    assert result.code == 0 and "python" not in dict(result.rows)
    record = command("experiments", "info", "my-experiment", "--json", "--workdir", sample.layout.root).json
    assert record["run_id"] == run.name


def test_info_of_one_run(sample: Sample, command: Command) -> None:
    [first] = sample.layout.experiment("my-experiment").runs_dir.iterdir()
    create_run(sample.layout, "my-experiment", hostname="node1").end("done")
    start = ["experiments", "info", "my-experiment", "--workdir", sample.layout.root]
    assert dict(command(*start).rows)["host"] == "node1"
    assert dict(command(*start, "--run", first.name).rows)["host"] == "node0.cluster"
    assert command(*start, "--run", "20200101_000000").code == 2


# --- results


def test_results(sample: Sample, command: Command) -> None:
    start = ["experiments", "results", "my-experiment", "--workdir", sample.layout.root]
    rows = command(*start).rows
    assert [row[:4] for row in rows] == [
        ["DONE", sample.done.job_id, "0.1", "small"],
        ["ERROR(FAILED)", sample.failed.job_id, "0.5", "large"],
        ["ERROR(DEPENDENCY)", sample.missed.job_id, "0.5", ""],
    ]
    by_csv = list(csv.DictReader(io.StringIO(command(*start, "--csv").out)))
    by_json = command(*start, "--json").json
    assert [row["job"] for row in by_csv] == [row["job"] for row in by_json] == [row[1] for row in rows]
    assert by_json[0]["path"] == str(sample.done.path)
    assert (by_csv[0]["lr"], by_json[0]["lr"]) == ("0.1", 0.1)


def test_results_of_another_run(sample: Sample, command: Command) -> None:
    [first] = sample.layout.experiment("my-experiment").runs_dir.iterdir()
    create_run(sample.layout, "my-experiment").end("done")
    start = ["experiments", "results", "my-experiment", "--workdir", sample.layout.root]
    assert command(*start).out == ""
    assert len(command(*start, "--run", first.name).rows) == 3


# --- sync


def test_sync(sample: Sample, command: Command) -> None:
    for options in ([], ["--full"]):
        result = command("experiments", "sync", *options, "--workdir", sample.layout.root)
        assert (result.code, result.out) == (0, "")
        assert result.err == f"the index of {sample.layout.root} is up to date\n"
    assert command("--quiet", "experiments", "sync", "--workdir", sample.layout.root).err == ""


def test_syncs_at_once_wait_for_each_other(
    sample: Sample, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    holders = [Indexer.open(sample.layout)]
    open_ = Indexer.open

    def after_a_while(*arguments: object) -> Indexer | None:
        found = open_(sample.layout)
        if holders and (holder := holders.pop()) is not None:
            holder.close()
        return found

    monkeypatch.setattr(Indexer, "open", after_a_while)
    result = command("experiments", "sync", "--full", "--workdir", sample.layout.root)
    assert result.code == 0 and result.err.endswith("is up to date\n")


def test_sync_when_another_process_keeps_the_index(
    sample: Sample, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xpm_cli.experiments.sync._PATIENCE_S", 0.0)
    indexer = Indexer.open(sample.layout)
    assert indexer is not None
    with indexer:
        indexer.sync()
        assert command("experiments", "sync", "--workdir", sample.layout.root).code == 0
        result = command("experiments", "sync", "--full", "--workdir", sample.layout.root)
        assert result.code == 2 and "another process" in result.err


# --- experimaestro 2.x


def test_what_2x_left(workspace: WorkspaceLayout, command: Command) -> None:
    job = workspace.job("my.learn", "1" * 64)
    job.path.mkdir(parents=True)
    job.done.touch()
    links = workspace.old_experiments_dir / "old" / "20240101_120000" / "jobs" / "my.learn"
    links.mkdir(parents=True)
    (links / job.identifier).symlink_to(job.path)
    start = ["--workdir", workspace.root]
    assert command("experiments", "list", *start).out == "old (1/1 jobs)\n"
    [row] = command("experiments", "runs", "old", *start).rows
    assert row[:3] == ["20240101_120000", "", "unknown"] and row[4] == "1/1"
    for words in (["info", "old"], ["results", "old"]):
        assert command("experiments", *words, *start).code == 0
    assert command("jobs", "list", *start).rows[0][:2] == ["DONE", job.job_id]
    assert command("jobs", "info", job.job_id, *start).code == 0
    assert command("jobs", "why", job.job_id, *start).code == 0
    assert command("orphans", workspace.root).out == ""
