"""`jobs`: list, path, info, why, diff."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.process import ProcessRecord
from xpm_workspace.runs import ExperimentLock, create_run
from xpm_workspace.testing import make_job

if TYPE_CHECKING:
    from conftest import Command, Real, Sample


# --- list


def test_list(sample: Sample, command: Command) -> None:
    rows = command("jobs", "list", "--workdir", sample.layout.root).rows
    assert [row[:2] for row in rows] == [
        ["ERROR(DEPENDENCY)", sample.missed.job_id],
        ["ERROR(FAILED)", sample.failed.job_id],
        ["DONE", sample.done.job_id],
        ["DONE", sample.orphan.job_id],
    ]
    assert {len(row) for row in rows} == {6}


@pytest.mark.parametrize(
    ("options", "which"),
    [
        (["--filter", "@state = DONE"], ["done", "orphan"]),
        (["--filter", "lr = 0.5"], ["missed", "failed"]),
        (["--filter", "model = small or @name = evaluate"], ["missed", "done"]),
        (["--experiment", "my-experiment"], ["missed", "failed", "done"]),
        (["--experiment", "my-experiment", "--filter", "@reason = FAILED"], ["failed"]),
        (["-c", "2"], ["missed", "failed"]),
        (["-c", "1", "--filter", "lr = 0.1"], ["done"]),
    ],
)
def test_choosing(sample: Sample, command: Command, options: list[str], which: list[str]) -> None:
    rows = command("jobs", "list", "--workdir", sample.layout.root, *options).rows
    assert [row[1] for row in rows] == [getattr(sample, name).job_id for name in which]


def test_tags_and_folders(sample: Sample, command: Command) -> None:
    start = ["jobs", "list", "--workdir", sample.layout.root, "--filter", "lr = 0.1"]
    [row] = command(*start, "--tags", "--fullpath").rows
    assert (row[1], row[-1]) == (str(sample.done.path), "lr=0.1 model=small")


def test_as_json(sample: Sample, command: Command) -> None:
    [record] = command("jobs", "list", "--workdir", sample.layout.root, "--json", "--filter", "lr = 0.1").json
    assert record["job_id"] == sample.done.job_id
    assert record["status"] == {"state": "DONE", "reason": None}
    assert record["tags"] == {"lr": 0.1, "model": "small"}
    assert record["path"] == str(sample.done.path)


def test_progress_of_a_job_that_runs(workspace: WorkspaceLayout, command: Command) -> None:
    job = make_job(workspace, "my.learn", "1" * 64, marker=None, progress=0.25)
    ProcessRecord.of().write(job.pid)
    [row] = command("jobs", "list", "--workdir", workspace.root).rows
    assert (row[0], row[4]) == ("RUNNING", "25%")


def test_an_unknown_experiment(sample: Sample, command: Command) -> None:
    result = command("jobs", "list", "--workdir", sample.layout.root, "--experiment", "nothing")
    assert result.code == 2 and "'nothing'" in result.err


# --- path, and naming a job


@pytest.mark.parametrize("text", ["{0}", "my.lib.learn/0101", "learn/0101", "0101", "my.lib.o", "0404"])
def test_a_job_can_be_named_by_a_beginning(sample: Sample, command: Command, text: str) -> None:
    result = command("jobs", "path", "--workdir", sample.layout.root, text.format(sample.done.job_id))
    expected = sample.orphan if text[-1] == "o" or "04" in text else sample.done
    assert result == (0, f"{expected.path}\n", "")


@pytest.mark.parametrize("name", ["path", "log", "info", "why"])
@pytest.mark.parametrize("text", ["my.lib", "nothing", "", "/", "../..", "my.lib.learn/../../xp"])
def test_a_text_that_names_no_job(sample: Sample, command: Command, name: str, text: str) -> None:
    result = command("jobs", name, "--workdir", sample.layout.root, text)
    assert result.code == 2 and result.out == "" and result.err.startswith("error: ")


# --- info


def test_info(sample: Sample, command: Command) -> None:
    pairs = command("jobs", "info", "--workdir", sample.layout.root, sample.failed.job_id).rows
    shown = dict(pairs)
    assert shown["state"] == "ERROR(FAILED)"
    assert shown["message"] == "something went wrong"
    assert shown["exit code"] == "1"
    assert shown["tags"] == "lr=0.5 model=large"
    assert shown["folder"] == str(sample.failed.path)
    assert shown["output"] == str(sample.failed.stdout)
    assert shown["needed by"] == sample.missed.job_id
    assert shown["run"].startswith("my-experiment 20")
    assert dict(command("jobs", "info", "--workdir", sample.layout.root, "0303").rows)["needs"] == (
        sample.failed.job_id
    )


def test_info_shows_the_parameters(real: Real, command: Command) -> None:
    shown = dict(command("jobs", "info", "--workdir", real.layout.root, real.small.job_id).rows)
    assert shown["parameters.rate"] == "0.1"
    assert shown["parameters.model"] == "Model"
    assert shown["parameters.model.layers"] == "2"
    assert shown["parameters.model.names"] == '["a", "b"]'
    needs = dict(command("jobs", "info", "--workdir", real.layout.root, real.evaluated.job_id).rows)
    assert needs["parameters.learned"] == "Learn"
    assert needs["needs"] == real.small.job_id


def test_info_as_json(real: Real, command: Command) -> None:
    record = command("jobs", "info", "--json", "--workdir", real.layout.root, real.small.job_id).json
    assert record["parameters"]["model.layers"] == "2"
    assert record["needed_by"] == [real.evaluated.job_id]
    assert record["runs"][0]["experiment_id"] == "real"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 99, "objects": []}', "[" * 100_000])
def test_info_with_parameters_that_cannot_be_read(sample: Sample, command: Command, content: str) -> None:
    sample.done.params.write_text(content)
    shown = command("jobs", "info", "--workdir", sample.layout.root, sample.done.job_id)
    assert shown.code == 0 and dict(shown.rows)["state"] == "DONE"
    assert "params.json" in dict(shown.rows)["parameters"]


# --- why


def test_why_a_job_is_done(sample: Sample, command: Command) -> None:
    shown = dict(command("jobs", "why", "--workdir", sample.layout.root, sample.done.job_id).rows)
    assert shown["state"] == "DONE"
    assert str(sample.done.done) in shown["decided by"]
    assert "will not run again" in shown["next"]


def test_why_a_job_did_not_start(sample: Sample, command: Command) -> None:
    shown = dict(command("jobs", "why", "--workdir", sample.layout.root, sample.missed.job_id).rows)
    assert shown["because of"] == f"{sample.failed.job_id} ERROR(FAILED)"
    assert "journal.jsonl says ERROR last" in shown["decided by"]


def test_why_a_job_waits(workspace: WorkspaceLayout, command: Command) -> None:
    needed = make_job(workspace, "my.first", "1" * 64, marker=None)
    ProcessRecord.of().write(needed.pid)
    waiting = workspace.job("my.second", "2" * 64)
    with ExperimentLock(workspace.experiment("xp")):
        run = create_run(workspace, "xp", hostname="here")
        run.record_jobs([{"job": needed.job_id}, {"job": waiting.job_id, "depends_on": [needed.job_id]}])
        run.record_states([{"job": waiting.job_id, "state": "WAITING"}])
        shown = command("jobs", "why", "--json", "--workdir", workspace.root, waiting.job_id).json
        running = dict(command("jobs", "why", "--workdir", workspace.root, needed.job_id).rows)
        run.close()
    assert shown["status"]["state"] == "WAITING"
    assert shown["waits_for"] == [{"job_id": needed.job_id, "status": {"state": "RUNNING", "reason": None}}]
    assert shown["schedulers"] == [
        {"experiment_id": "xp", "run_id": run.run_id, "host": "here", "pid": os.getpid()}
    ]
    assert f"process {os.getpid()}" in running["decided by"]


# --- diff


def test_diff(real: Real, command: Command) -> None:
    start = ["jobs", "diff", "--workdir", real.layout.root]
    assert command(*start, real.small.job_id, real.wrong.job_id, "--all").rows == [
        ["rate", "0.1", "2.0", "perhaps"],
        ["note", '"small"', '"wrong"', "perhaps"],
    ]
    [row] = [row for row in command(*start, real.small.job_id, real.large.job_id).rows if row[0] != "note"]
    assert row[:3] == ["model.layers", "2", "3"]
    same = command(*start, real.small.job_id, real.small.job_id)
    assert same == (0, "", "the identifiers are the same\n")


def test_diff_of_two_tasks(real: Real, command: Command) -> None:
    found = command(
        "jobs", "diff", "--json", "--workdir", real.layout.root, real.small.job_id, real.evaluated.job_id
    ).json
    by_path = {difference["path"]: difference for difference in found}
    assert by_path["(the task)"]["b"] == "xpm_cli_tasks.Evaluate"
    assert by_path["learned"]["a"] == "(absent)"


def test_diff_without_parameters(sample: Sample, command: Command) -> None:
    result = command(
        "jobs", "diff", "--workdir", sample.layout.root, sample.done.job_id, sample.missed.job_id
    )
    assert result.code == 2 and "no parameters yet" in result.err
    sample.done.params.write_text(json.dumps({"version": 3, "objects": [{"id": "x"}]}))
    sample.failed.params.write_text(json.dumps({"version": 3, "objects": [{"id": "x"}]}))
    result = command(
        "jobs", "diff", "--workdir", sample.layout.root, sample.done.job_id, sample.failed.job_id
    )
    assert result.code == 2 and str(sample.done.params) in result.err and "Traceback" not in result.err


def test_diff_under_its_other_name(real: Real, command: Command) -> None:
    words = ["--workdir", real.layout.root, real.small.job_id, real.large.job_id]
    assert command("jobs", "parameters-difference", *words) == command("jobs", "diff", *words)


def test_paths_that_are_no_text(tmp_path: Path, command: Command) -> None:
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/\xff dir")
    try:
        workspace = WorkspaceLayout(folder)
        workspace.create()
    except OSError:
        pytest.skip("this file system wants text")
    job = make_job(workspace, "my.learn", "1" * 64)
    for words in (["list", "--fullpath"], ["list", "--json"], ["info", job.job_id], ["why", job.job_id]):
        result = command("jobs", *words, "--workdir", folder)
        assert result.code == 0 and "\\udcff" in result.out, words


def test_diff_of_jobs_whose_files_say_the_same(sample: Sample, command: Command) -> None:
    start = ["jobs", "diff", "--workdir", sample.layout.root, "0101", "0202"]
    for number, job in enumerate((sample.done, sample.failed)):
        fields = {"x": 1, "note": number}
        item = {"id": 1, "module": "m", "type": "T", "identifier": "same", "fields": fields}
        job.params.write_text(json.dumps({"version": 3, "objects": [item]}))
    result = command(*start)
    assert (result.code, result.out) == (0, "")
    assert "no parameter differs" in result.err and "1 more do not count" in result.err
    assert command(*start, "--all").rows == [["note", "0", "1", "no"]]
