from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path

import pytest

from xpm_workspace.index import database as module
from xpm_workspace.index.database import SCHEMA_VERSION, Database, UnusableIndex, queries


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a 'b' #1?é%20.db"


def add_job(database: Database, job_id: str, revision: int) -> None:
    database.run(
        "add_job",
        job_id=job_id,
        task_id="t",
        name="t",
        state="READY",
        rank=2,
        home_run=None,
        submitted_at=None,
        changed=revision,
    )


def test_queries_are_named_described_and_valid(path: Path) -> None:
    text = Path(module.__file__).with_name("queries.sql").read_text(encoding="utf-8")
    names = re.findall(r"^-- name: (\w+)$", text, re.MULTILINE)
    assert len(names) == len(set(names)) == len(queries())
    database = Database.create(path)
    for name, query in queries().items():
        assert query.startswith("-- "), f"{name} has no description"
        statement = re.sub(r":\w+", "NULL", query).replace("?", "NULL")
        database.connection.execute(f"EXPLAIN {statement}").fetchall()
    database.close()


def test_every_query_is_used() -> None:
    source = "".join(file.read_text() for file in Path(module.__file__).parent.glob("*.py"))
    composed = {f"{start}{suffix}" for start in ("count_jobs",) for suffix in ("", "_of_run")} | {
        "jobs_of_run_by_key"
    }
    assert [name for name in queries() if f'"{name}"' not in source and name not in composed] == []


def test_readers_see_commits(path: Path) -> None:
    writer = Database.create(path)
    reader = Database.open(path, write=False)
    before = reader.data_version()
    assert reader.data_version() == before
    with writer.transaction() as revision:
        add_job(writer, "t/x", revision)
    assert reader.data_version() != before
    assert reader.meta("revision") == 1
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.run("set_meta", name="x", value=1)
    reader.close()
    writer.close()


def test_a_transaction_without_changes_wakes_nobody(path: Path) -> None:
    writer = Database.create(path)
    reader = Database.open(path, write=False)
    before = reader.data_version()
    with writer.transaction():
        writer.rows("experiments_known")
    assert (reader.data_version(), reader.meta("revision")) == (before, 0)
    reader.close()
    writer.close()


def test_a_failed_transaction_changes_nothing(path: Path) -> None:
    database = Database.create(path)
    with pytest.raises(ZeroDivisionError), database.transaction() as revision:
        add_job(database, "t/x", revision)
        raise ZeroDivisionError
    assert database.row("job_key", job_id="t/x") is None
    database.close()


def test_versions(path: Path) -> None:
    database = Database.create(path)
    database.run("set_meta", name="schema_version", value=SCHEMA_VERSION + 1)
    database.close()
    with pytest.raises(UnusableIndex, match="schema version"):
        Database.open(path, write=True)


def test_missing_or_not_a_database(path: Path) -> None:
    with pytest.raises(UnusableIndex):
        Database.open(path, write=False)
    for garbage in (b"", b"garbage" * 1000, b"SQLite format 3\0" + os.urandom(5000)):
        path.write_bytes(garbage)
        with pytest.raises(UnusableIndex):
            Database.open(path, write=True)


def test_cut_anywhere(path: Path) -> None:
    database = Database.create(path)
    with database.transaction() as revision:
        for number in range(500):
            add_job(database, f"t/{number}", revision)
    database.close()
    whole = path.read_bytes()
    for size in range(0, len(whole), 1013):
        path.write_bytes(whole[:size])
        with pytest.raises(UnusableIndex):
            Database.open(path, write=True)
    path.write_bytes(whole)
    Database.open(path, write=True).close()


def test_in_memory() -> None:
    database = Database.create(None)
    assert database.is_current()
    assert database.meta("schema_version") == SCHEMA_VERSION
    database.close()


def test_a_deleted_file_is_noticed(path: Path) -> None:
    database = Database.create(path)
    assert database.is_current()
    path.unlink()
    assert not database.is_current()
    path.touch()
    assert not database.is_current()
    database.close()
