"""What is on disk may be anything: every command still answers, and touches nothing else."""

from __future__ import annotations

import json
import os
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xpm_workspace.index.indexer import Indexer
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.runs import create_run
from xpm_workspace.testing import make_job

if TYPE_CHECKING:
    from conftest import Command, Real, Sample

#: Commands that look, with what they are told about.
LOOKING = [
    ["experiments", "list"],
    ["experiments", "list", "--tags", "--filter", "lr = 0.1"],
    ["experiments", "runs", "my-experiment"],
    ["experiments", "info", "my-experiment"],
    ["experiments", "results", "my-experiment"],
    ["jobs", "list", "--tags", "--fullpath"],
    ["jobs", "list", "--filter", "lr = 0.1", "-c", "5"],
    ["jobs", "path", "0101"],
    ["jobs", "log", "0101"],
    ["jobs", "info", "0202"],
    ["jobs", "why", "0303"],
    ["jobs", "kill", "--experiment", "my-experiment"],
    ["jobs", "clean", "--experiment", "my-experiment"],
    ["jobs", "retry", "--experiment", "my-experiment"],
    ["orphans"],
    ["cleanup"],
]


def answers(command: Command, layout: WorkspaceLayout) -> dict[str, str]:
    """What each command says; none may fail."""
    found = {}
    for words in LOOKING:
        result = command(*words, "--workdir", layout.root)
        assert result.code == 0, (words, result)
        assert "Traceback" not in result.err
        found[" ".join(words)] = result.out
    return found


# --- the index


def truncated(database: Path) -> None:
    chance = random.Random(1)
    size = database.stat().st_size
    os.truncate(database, chance.randrange(100, size))


def overwritten(database: Path) -> None:
    content = bytearray(database.read_bytes())
    content[2000:3000] = os.urandom(1000)
    database.write_bytes(content)


def newer(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA user_version = 9999")
    connection.commit()
    connection.close()


def another_one(database: Path) -> None:
    database.unlink()
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE jobs (something)")
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [
        lambda database: database.unlink(),
        lambda database: database.write_bytes(b""),
        lambda database: database.write_bytes(b"garbage" * 10_000),
        truncated,
        overwritten,
        newer,
        another_one,
    ],
)
def test_a_damaged_index(sample: Sample, command: Command, damage: Callable[[Path], None]) -> None:
    before = answers(command, sample.layout)
    for path in sample.layout.state_dir.glob("workspace.db-*"):
        path.unlink()
    damage(sample.layout.database)
    assert answers(command, sample.layout) == before


def test_a_rebuilt_index_is_told_in_one_line(sample: Sample, command: Command) -> None:
    command("jobs", "list", "--workdir", sample.layout.root)
    sample.layout.database.write_bytes(b"garbage" * 10_000)
    result = command("jobs", "list", "--workdir", sample.layout.root)
    assert result.err.startswith("warning: ") and result.err.count("\n") == 1
    assert command("jobs", "list", "--workdir", sample.layout.root).err == ""


def test_another_process_keeps_the_index(sample: Sample, command: Command) -> None:
    before = answers(command, sample.layout)
    indexer = Indexer.open(sample.layout)
    assert indexer is not None
    with indexer:
        indexer.sync()
        assert answers(command, sample.layout) == before


# --- a workspace that cannot be written


@pytest.mark.parametrize("indexed", [True, False])
def test_a_read_only_workspace(
    sample: Sample, command: Command, humble: Command, unwritable: Callable[[Path], None], indexed: bool
) -> None:
    before = answers(command, sample.layout)
    if not indexed:
        for path in sample.layout.state_dir.iterdir():
            path.unlink()
    unwritable(sample.layout.root)
    for words in (LOOKING[0], LOOKING[5], LOOKING[9], LOOKING[14]):
        result = humble(*words, "--workdir", sample.layout.root)
        assert result.code == 0, (words, result)
        assert result.out == before[" ".join(words)]
    result = humble("jobs", "clean", "0101", "--perform", "--workdir", sample.layout.root)
    assert result.code == 1 and "left alone" in result.out and "Traceback" not in result.err
    result = humble("experiments", "delete", "my-experiment", "--perform", "--workdir", sample.layout.root)
    assert result.code == 2 and result.err.startswith("error: ") and "Traceback" not in result.err


# --- odd files


#: Lines of a journal of submissions that no scheduler writes.
ODD_LINES = [
    b'{"event":"job","job":"t/\\ud800"}',
    b'{"event":"job","job":"t/\xff"}',
    b'{"event":"job","job":12}',
    b'{"event":"job","job":"../../t/x"}',
    b'{"event":"job","job":"' + b"a" * 3000 + b'/x"}',
    b'{"event":"job","job":"t/early","at":"0001-01-01T00:00:00+14:00"}',
    b'{"event":"job","job":"t/late","at":"9999-12-31T23:59:59.999999-14:00"}',
    b'{"event":"job","job":"t/when","at":"9999-99-99"}',
    b'{"event":"job","job":"t/tags","tags":{"n":-0.0,"big":' + b"9" * 400 + b',"list":[1,{"a":2}],'
    b'"nul":"a\\u0000b","escape":"\\u001b[2J"},"depends_on":["../../x"],"launcher":"\\u001b[31m"}',
    b"[]",
    b"null",
    b"[" * 100_000,
]


def test_odd_values_everywhere(sample: Sample, command: Command) -> None:
    """What is too large, too early, too deep or no text is left out; what is right beside it is shown."""
    experiment = sample.layout.experiment("my-experiment")
    content = json.loads(experiment.informations.read_text())
    [run] = content["runs"]
    content["runs"] |= {
        "../../evil": {"status": "running"},
        "20200101_000000": {
            "status": "weird",
            "started_at": "not a date",
            "ended_at": "0001-01-01T00:00:00+14:00",
            "pid": 2**70,
            "hostname": "\x1b[2J\n",
        },
    }
    experiment.informations.write_text(json.dumps(content))
    with experiment.run(run).jobs.open("ab") as file:
        file.write(b"\n".join([*ODD_LINES, b""]))
    with sample.done.journal.open("ab") as file:
        file.write(b'{"event":"progress","level":99999999999999999999,"value":0.5}\n')
        file.write(b'{"event":"progress","level":0,"value":1e400}\n')
        file.write(b'{"event":"ended","state":"DONE","peak_memory_bytes":9999999999999999999999}\n')
        file.write(b'{"event":"started","attempt":9223372036854775807}\n')
    sample.done.done.write_text('{"at": 12, "exit_code": 99999999999999999999999, "message": {"a": 1}}')
    sample.failed.failed.write_text(
        '{"at": "0001-01-01T00:00:00+14:00", "code": -99999999999999999999, "message": "\\ud800"}'
    )
    for name in (b"bad \xff", b"my.lib.learn/bad \xff", b"ends.with.a.dot./x", b"my.lib.learn/..."):
        os.makedirs(os.fsencode(sample.layout.jobs_dir) + b"/" + name)
    for text in answers(command, sample.layout).values():
        assert "\x1b" not in text
    rows = command("jobs", "list", "--workdir", sample.layout.root).rows
    assert {row[1] for row in rows} > {sample.done.job_id, sample.failed.job_id, "t/early", "t/late"}
    for words in (["jobs", "list", "--json"], ["orphans", "--show-all", "--size"], ["doctor"]):
        result = command(*words, "--workdir", sample.layout.root)
        assert result.code == 0 and "Traceback" not in result.err, words


def test_odd_files_everywhere(sample: Sample, command: Command, tmp_path: Path) -> None:
    before = answers(command, sample.layout)
    jobs, experiments = sample.layout.jobs_dir, sample.layout.experiments_dir
    for folder in (jobs, experiments, jobs / "my.lib.learn", sample.done.path):
        (folder / "a file").write_text("x")
        (folder / ".hidden").mkdir()
        (folder / "loop").symlink_to(folder)
        (folder / "nowhere").symlink_to(tmp_path / "nowhere")
        (folder / "new\nline").touch()
        os.mkfifo(folder / "pipe")
        os.makedirs(os.fsencode(folder) + b"/.not \xff text")
    after = answers(command, sample.layout)
    for words in ("experiments runs my-experiment", "experiments results my-experiment", "jobs log 0101"):
        assert after[words] == before[words]
    assert "\nmy-experiment [node0.cluster] (1/3 jobs)\n" in "\n" + after["experiments list"]


def test_names_with_control_characters_are_not_shown_raw(
    workspace: WorkspaceLayout, command: Command
) -> None:
    job = make_job(workspace, "my.learn", "1" * 64)
    run = create_run(workspace, "xp", hostname="evil\x1b[2J\nhost")
    run.record_jobs([{"job": job.job_id, "tags": {"a\x1b]0;title\x07": "b\x9b31m\r\n\tc"}}])
    run.end("done")
    job.failed.write_text(json.dumps({"reason": "FAILED", "message": "\x1b[31mred\x1b[0m\nsecond line"}))
    job.done.unlink()
    for words in (
        ["experiments", "list", "--tags"],
        ["experiments", "runs", "xp"],
        ["experiments", "results", "xp"],
        ["jobs", "list", "--tags"],
        ["jobs", "info", job.job_id],
        ["jobs", "why", job.job_id],
    ):
        out = command(*words, "--workdir", workspace.root).out
        assert out and all(c.isprintable() or c in "\t\n" for c in out), words
    assert len(command("jobs", "list", "--tags", "--workdir", workspace.root).rows) == 1


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"{", b"[" * 50_000, b'{"runs": 3}', b'"\xff"'])
def test_damaged_files(sample: Sample, command: Command, content: bytes) -> None:
    experiment = sample.layout.experiment("my-experiment")
    [run] = experiment.runs_dir.iterdir()
    experiment.informations.write_bytes(content)
    for path in (sample.failed.failed, sample.failed.pid, sample.failed.params, run / "environment.json"):
        path.write_bytes(content)
    for path in (sample.failed.journal, run / "journal.jsonl", run / "jobs.jsonl", run / "services.json"):
        path.write_bytes(path.read_bytes() + content if path.exists() else content)
    answers(command, sample.layout)


@pytest.mark.parametrize(
    "name", ["..", "../my-experiment", "my-experiment/..", "/etc", "", ".", "a\nb", "x" * 300, "\x1b[2J"]
)
def test_experiment_ids_lead_nowhere_else(
    sample: Sample, command: Command, name: str, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    for words in (
        ["runs", name],
        ["info", name],
        ["results", name],
        ["delete", name, "--perform"],
        ["copy", name, tmp_path / "target"],
    ):
        result = command("experiments", *words, "--workdir", sample.layout.root)
        assert result.code == 2 and result.out == "", (words, result)
        assert "Traceback" not in result.err and "\x1b" not in result.err
    after = [path for path in sorted(tmp_path.rglob("*")) if ".experimaestro" not in path.parts]
    assert after == [path for path in before if ".experimaestro" not in path.parts]


@pytest.mark.parametrize("name", ["..", "../../x", "", "/", "20200101_000000/.."])
def test_run_ids_lead_nowhere_else(sample: Sample, command: Command, name: str, tmp_path: Path) -> None:
    for words in (
        ["info", "my-experiment"],
        ["results", "my-experiment"],
        ["delete", "my-experiment", "--perform"],
        ["copy", "my-experiment", tmp_path / "target"],
    ):
        result = command("experiments", *words, "--run", name, "--workdir", sample.layout.root)
        assert result.code == 2 and result.out == "", (words, result)
    assert sample.layout.experiment("my-experiment").path.is_dir()


def test_an_experiment_folder_that_leads_out_of_the_workspace(
    sample: Sample, command: Command, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    os.rename(sample.layout.experiment("my-experiment").path, outside)
    os.symlink(outside, sample.layout.experiment("my-experiment").path)
    before = sorted(outside.rglob("*"))
    command("experiments", "delete", "my-experiment", "--perform", "--workdir", sample.layout.root)
    command("cleanup", "--perform", "--workdir", sample.layout.root)
    assert [path for path in before if not path.exists() and not path.is_symlink()] == []


def test_filters_are_values(sample: Sample, command: Command) -> None:
    for text in ('lr = "\'; DROP TABLE jobs; --"', '@id ~ "\'; DELETE FROM jobs"', '"a\' OR 1=1" = 1'):
        assert command("jobs", "list", "--filter", text, "--workdir", sample.layout.root).out == ""
    assert len(command("jobs", "list", "--workdir", sample.layout.root).rows) == 4


def test_a_workspace_that_was_moved(real: Real, command: Command, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    os.symlink(real.layout.root, moved)
    rows = command("jobs", "list", "--workdir", moved).rows
    assert len(rows) == 4
    result = command("jobs", "info", rows[0][1], "--workdir", moved)
    assert result.code == 0 and f"folder\t{moved}" in result.out
