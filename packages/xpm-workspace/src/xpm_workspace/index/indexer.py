"""The one writer of an index."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator

from xpm_workspace.errors import LocksUnsupported, WorkspaceError
from xpm_workspace.index.database import Database, UnusableIndex
from xpm_workspace.index.location import Location, elsewhere, file_system, is_network, locate
from xpm_workspace.index.sync_jobs import JobSync
from xpm_workspace.index.sync_runs import RunSync
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.locks import FileLock
from xpm_workspace.process import ProcessRecord

logger = logging.getLogger(__name__)

#: Jobs looked at in one transaction while the index is built for the first time.
_SLICE = 2000

#: Known folders and processes of active jobs looked at in each `sync`, besides what is known to have changed.
_WALK = 300


class IndexRebuilt(UserWarning):
    """The index could not be used and was built again from the files. Nothing was lost."""


class Indexer:
    """Keeps the index of a workspace in line with its files. One per workspace at a time (per machine where
    the workspace is on a network file system); safe to call from several threads.
    """

    def __init__(self, workspace: WorkspaceLayout, location: Location, lock: FileLock | None) -> None:
        """Use `open`."""
        self.workspace = workspace
        self.location = location
        self._lock = lock
        #: Called while the index is built for the first time, with how many jobs were looked at, and of how
        #: many.
        self.on_build: Callable[[int, int], None] | None = None
        self._guard = threading.RLock()
        self._network = is_network(file_system(workspace.root))
        self._use(*_open_or_create(location))

    @classmethod
    def open(cls, workspace: WorkspaceLayout, location: Location | None = None) -> Indexer | None:
        """Become the indexer; `None` when another process is.

        Nothing is read yet: call `sync`.

        Args:
            workspace: which workspace.
            location: where its index is, when that is already known.
        """
        why = ""
        for place in _places(workspace, location):
            lock = FileLock(place.lock, note=json.dumps(ProcessRecord.of().to_dict())) if place.lock else None
            try:
                if lock is not None and not lock.acquire():
                    return None
            except (OSError, LocksUnsupported) as error:
                why = str(error)
                logger.debug("no index at %s: %s", place.database, error)
                continue
            try:
                indexer = cls(workspace, place, lock)
                if place.database is None:
                    _say_in_memory(why or place.why_elsewhere)
                return indexer
            except (sqlite3.Error, OSError) as error:
                why = str(error)
                logger.debug("no index at %s: %s", place.database, error)
                if lock is not None:
                    lock.release()
        raise AssertionError("an index in memory can always be made")

    @property
    def database(self) -> Database:
        """The connection; readers in this process may share it when the index is in memory."""
        return self._database

    @property
    def complete(self) -> bool:
        """Whether the index has seen the whole workspace at least once."""
        return bool(self._database.meta("complete") == 1)

    def sync(
        self, *, full: bool = False, deep: bool = False, walk: bool = True, jobs: Iterable[str] = ()
    ) -> None:
        """Look for changes.

        By default the cost depends on what changed and on the number of experiments, tasks and active jobs,
        not on the number of jobs; changes that somebody made by hand in old job folders are found over many
        calls.

        Args:
            full: forget everything and start over.
            deep: look at every job folder.
            walk: also look for job folders that changed without a journal that says so.
            jobs: ids of jobs that are known to have changed.
        """
        touched = set(jobs)
        self._recovering(lambda: self._rebuild() if full else self._update(touched, deep=deep, walk=walk))

    def refresh(self, jobs: Iterable[str]) -> None:
        """Look at some jobs only, given by their ids."""
        touched = set(jobs)

        def refresh() -> None:
            with self._database.transaction() as revision:
                self._jobs.fold(touched, revision)

        self._recovering(refresh)

    def start_over(self, error: Exception) -> None:
        """Throw the index away and build another, because a reader found it damaged."""
        with self._guard:
            self._start_over(error)

    def close(self) -> None:
        """Close the index and give up the lease."""
        with self._guard:
            self._database.close()
            if self._lock is not None:
                self._lock.release()

    def __enter__(self) -> Indexer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _use(self, database: Database, fresh: bool) -> None:
        self._database = database
        self._fresh = fresh
        self._jobs = JobSync(self._database, self.workspace, network=self._network)
        self._runs = RunSync(self._database, self.workspace, self._jobs)

    def _recovering(self, action: Callable[[], None]) -> None:
        """Run an action on a usable index: one that is new, damaged or deleted is built."""
        with self._guard:
            try:
                if not self._database.is_current():
                    raise UnusableIndex("it was deleted or replaced")
                if self.complete:
                    action()
                else:
                    self._build()
            except (sqlite3.ProgrammingError, OSError):
                raise  # a defect of ours, a closed index, or a disk: building again would hide it
            except Exception as error:
                if isinstance(error, WorkspaceError) and not isinstance(error, UnusableIndex):
                    raise
                # A row that makes no sense shows in any way. A defect of ours shows again in `_build`.
                self._start_over(error)

    def _start_over(self, error: Exception) -> None:
        warn_rebuilt(self.location, error)
        self._recreate()
        try:
            self._build()
        except sqlite3.Error as failure:
            if self.location.database is None:
                raise
            self._database.close()
            self._use_memory(failure)  # the disk took the beginning, and is full
            self._build()

    def _recreate(self) -> None:
        """Put an empty index in the place of the present one."""
        self._database.close()
        try:
            self._use(Database.create(self.location.database), fresh=True)
        except (sqlite3.Error, OSError) as failure:
            self._use_memory(failure)

    def _use_memory(self, failure: Exception) -> None:
        _say_in_memory(str(failure))
        self.location = Location(database=None, lock=None, why_elsewhere=str(failure))
        self._use(Database.create(None), fresh=True)

    def _build(self) -> None:
        """Read everything, in pieces, so that others can see what is there so far."""
        if not self._fresh:  # an earlier attempt was cut short
            self._recreate()
        self._fresh = False
        with self._database.filling():
            with self._database.transaction() as revision:
                touched = self._runs.sync(revision, deep=False)
                touched |= self._jobs.changed_folders(deep=True)
            job_ids = sorted(touched)
            for start in range(0, len(job_ids), _SLICE):
                if self.on_build is not None:
                    self.on_build(start, len(job_ids))
                with self._database.transaction() as revision:
                    self._jobs.fold(job_ids[start : start + _SLICE], revision)

    def _rebuild(self) -> None:
        """Forget and read everything, in one step for those who read."""
        with self._database.transaction() as revision:
            self._database.clear()
            touched = self._runs.sync(revision, deep=False)
            touched |= self._jobs.changed_folders(deep=True)
            self._jobs.fold(sorted(touched), revision)

    def _update(self, touched: set[str], *, deep: bool, walk: bool) -> None:
        with self._database.transaction() as revision:
            touched = touched | self._runs.sync(revision, deep=deep)
            touched |= self._jobs.active_jobs(_WALK)
            if walk or deep:
                touched |= self._jobs.changed_folders(deep=deep)
                touched |= self._jobs.some_folders(_WALK)
            self._jobs.fold(touched, revision)


def _say_in_memory(why: str) -> None:
    logger.warning("no index can be kept on disk (%s): it is made in memory, each time anew", why)


def _places(workspace: WorkspaceLayout, location: Location | None) -> Iterator[Location]:
    first = location or locate(workspace)
    yield first
    if not first.why_elsewhere:
        yield elsewhere(workspace, f"no index can be kept in {workspace.state_dir}")
    yield Location(database=None, lock=None, why_elsewhere="no folder can be written")


def _open_or_create(location: Location) -> tuple[Database, bool]:
    path = location.database
    if path is None or not path.exists():
        return Database.create(path), True
    try:
        database = Database.open(path, write=True)
    except UnusableIndex as error:
        warn_rebuilt(location, error)
        return Database.create(path), True
    return database, False


def warn_rebuilt(location: Location, error: Exception) -> None:
    """Say once that the index is built again, and why."""
    message = f"the index {location.database} is built again ({error}); nothing is lost"
    warnings.warn(message, IndexRebuilt, stacklevel=2)
