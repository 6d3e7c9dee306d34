"""Opens the index: schema, named queries, transactions, and what to do with a file that is not ours."""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from xpm_workspace.errors import WorkspaceError
from xpm_workspace.filters import search

#: What each version changed:
#: 1. first.
#: 2. services have `changed`.
SCHEMA_VERSION = 2

_BUSY_S = 30.0

#: Indexes that filling the tables needs.
_USED_IN_FILLING = frozenset({"job_runs_by_job"})


class UnusableIndex(WorkspaceError):
    """The database is missing, damaged, or made by another version. The disk holds all that it held."""


class OtherVersion(UnusableIndex):
    """The database was made by another version, which may be using it."""


@functools.cache
def queries() -> dict[str, str]:
    """Return the queries of `queries.sql` by name."""
    text = Path(__file__).with_name("queries.sql").read_text(encoding="utf-8")
    found = {}
    for block in text.split("-- name: ")[1:]:
        name, _, body = block.partition("\n")
        found[name.strip()] = body.strip()
    return found


class Database:
    """A connection. Safe to use from several threads, one at a time."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self.connection = connection
        self.path = path
        #: Held around each use that spans several statements.
        self.guard = threading.RLock()
        #: Whether it also writes, so that `data_version` says nothing about its own changes.
        self.shared = False
        self.closed = False
        self._identity = _identity(path)
        self._queries = queries()

    @classmethod
    def create(cls, path: Path | None) -> Database:
        """Make an empty index, in place of whatever is there."""
        if path is not None:
            for suffix in ("", "-wal", "-shm", "-journal"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(f"{path}{suffix}")
        connection = _connect(":memory:" if path is None else _uri(path, "rwc"))
        if path is not None:
            connection.execute("PRAGMA journal_mode = WAL")
        schema = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
        connection.executescript(f"BEGIN;\n{schema}\nCOMMIT;")
        database = cls(connection, path)
        database._prepare_for_writing()
        for name, value in (
            ("schema_version", SCHEMA_VERSION),
            ("generation", os.urandom(8).hex()),
            ("revision", 0),
            ("complete", 0),
        ):
            database.run("set_meta", name=name, value=value)
        return database

    @classmethod
    def open(cls, path: Path, *, write: bool) -> Database:
        """Open an index that exists.

        Raises:
            UnusableIndex: it is missing, damaged, or made by another version.
        """
        try:
            if _is_truncated(path):
                raise UnusableIndex(f"{path} is cut short")
            connection = _connect(_uri(path, "rw" if write else "ro"))
        except (sqlite3.Error, OSError) as error:
            raise UnusableIndex(f"{path}: {error}") from error
        database = cls(connection, path)
        try:
            version = database.meta("schema_version")
            if version != SCHEMA_VERSION:
                raise OtherVersion(f"{path} has schema version {version}, this program has {SCHEMA_VERSION}")
            if write:
                database._prepare_for_writing()
        except OtherVersion:
            database.close()
            raise
        except (sqlite3.Error, UnicodeDecodeError) as error:  # the schema itself may be garbage
            database.close()
            raise UnusableIndex(str(error)) from error
        return database

    def _prepare_for_writing(self) -> None:
        # What a power cut would lose is on disk in another form: no need to wait for the disk.
        self.shared = True
        self.connection.execute("PRAGMA synchronous = OFF")
        self.connection.execute("PRAGMA cache_size = -32000")

    def rows(self, name: str, /, **parameters: Any) -> list[tuple[Any, ...]]:
        """Run a named query and return all rows."""
        return self.connection.execute(self._queries[name], parameters).fetchall()

    def row(self, name: str, /, **parameters: Any) -> tuple[Any, ...] | None:
        """Run a named query and return its first row."""
        found: tuple[Any, ...] | None = self.connection.execute(self._queries[name], parameters).fetchone()
        return found

    def run(self, name: str, /, **parameters: Any) -> int:
        """Run a named statement and return the key of the inserted row, if it inserted one."""
        return self.connection.execute(self._queries[name], parameters).lastrowid or 0

    def count(self, name: str, /, **parameters: Any) -> int:
        """Run a named statement and return how many rows it changed."""
        return self.connection.execute(self._queries[name], parameters).rowcount

    def run_many(self, name: str, rows: list[tuple[Any, ...]]) -> None:
        """Run a named statement with positional parameters once for each row."""
        if rows:
            self.connection.executemany(self._queries[name], rows)

    def run_positional(self, name: str, parameters: tuple[Any, ...]) -> None:
        """Run a named statement whose parameters are positional."""
        self.connection.execute(self._queries[name], parameters)

    def clear(self) -> None:
        """Delete all rows, within a transaction; watchers will see another generation."""
        tables = self.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            if table != "meta" and not table.startswith("sqlite_"):
                self.connection.execute(f'DELETE FROM "{table}"')
        self.run("set_meta", name="generation", value=os.urandom(8).hex())

    @contextlib.contextmanager
    def filling(self) -> Iterator[None]:
        """Run a block that fills an empty index: what is derived from the rows is made once, at the end."""
        derived = (
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        )
        made = [row for row in self.connection.execute(derived).fetchall() if row[1] not in _USED_IN_FILLING]
        self.connection.execute("PRAGMA cache_size = -96000")
        for kind, name, _ in made:
            self.connection.execute(f'DROP {kind} "{name}"')
        yield
        with self.transaction():
            for _, _, statement in made:
                self.connection.execute(statement)
            self.run("count_run_states")
            self.run("set_meta", name="complete", value=1)
        self.connection.execute("PRAGMA cache_size = -32000")
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def meta(self, name: str) -> Any:
        """Return one value about the index itself; `None` if it is absent."""
        found = self.row("meta", name=name)
        return found[0] if found else None

    def data_version(self) -> int:
        """Return a number that changes when another connection commits; costs microseconds."""
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0])

    @contextlib.contextmanager
    def transaction(self) -> Iterator[int]:
        """Run a block as one transaction; yields the revision for what it changes.

        A block that changes nothing leaves no trace, so that nobody who watches wakes up.
        """
        with self.guard:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                revision = int(self.meta("revision") or 0) + 1
                before = self.connection.total_changes
                yield revision
                if self.connection.total_changes != before:
                    self.run("set_meta", name="revision", value=revision)
                self.connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self.connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Run a block of reads that all see the same state."""
        with self.guard:
            nested = self.connection.in_transaction
            if not nested:
                self.connection.execute("BEGIN")
            try:
                yield
            finally:
                if not nested:
                    with contextlib.suppress(sqlite3.Error):
                        self.connection.execute("ROLLBACK")

    def is_current(self) -> bool:
        """Whether the file is still the one that was opened, and not deleted or replaced by somebody."""
        return self.path is None or _identity(self.path) == self._identity

    def close(self) -> None:
        """Close the connection."""
        with self.guard:
            self.closed = True
            self.connection.close()


def _connect(target: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        target,
        uri=True,
        timeout=_BUSY_S,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    connection.create_function("xpm_search", 2, search, deterministic=True)
    return connection


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(os.fsencode(path))}?mode={mode}"


def _identity(path: Path | None) -> tuple[int, int] | None:
    if path is None:
        return None
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_truncated(path: Path) -> bool:
    """Compare the size with what the header says, unless a log waits to be merged."""
    with path.open("rb") as file:
        header = file.read(100)
        size = file.seek(0, 2)
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        return True
    with contextlib.suppress(OSError):
        if os.path.getsize(f"{path}-wal") > 0:
            return False
    page_size = int.from_bytes(header[16:18], "big")
    page_count = int.from_bytes(header[28:32], "big")
    return size < page_count * (65536 if page_size == 1 else page_size)
