"""What monitors show, whatever they show it of: the protocols, and the monitor of a local workspace."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeVar

import msgspec

from xpm_workspace.filter_sql import compile_filter
from xpm_workspace.filters import parse_filter
from xpm_workspace.hosted_services import HostedServices
from xpm_workspace.index.database import Database, OtherVersion, UnusableIndex
from xpm_workspace.index.indexer import Indexer
from xpm_workspace.index.location import Location, locate
from xpm_workspace.index.reader import Reader
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.logs import log_path, read_part
from xpm_workspace.parameters import Parameters, read_parameters
from xpm_workspace.records import (
    Changes,
    ExperimentRecord,
    JobPage,
    JobRecord,
    LogPart,
    RunRecord,
    ServiceRecord,
    TaskGraph,
)

T = TypeVar("T")

#: How often a monitor that does not write the index looks whether it changed.
_FOLLOW_S = 0.1

#: How often a monitor that writes the index looks at the files, at most; slow disks are looked at less often.
_INDEX_S = 0.15

#: How often a monitor tries to take over an index that nobody writes.
_TAKE_OVER_S = 1.0

#: Separates a position in the index from one in the services that this process started.
_HOSTED = "+"

#: How long to wait for an index that another process is building.
_PATIENCE_S = 20.0


class Monitor(Protocol):
    """Something that can be shown: a live experiment, a dead workspace, a remote one.

    Safe to use from several threads. `changes` and `watch` raise a `WorkspaceError` or an `OSError` while the
    workspace cannot be reached (it was moved, its disk is gone, the line is down): say so, and ask again
    later with the last position; the monitor itself stays good.
    """

    def experiments(self) -> list[ExperimentRecord]:
        """Return all experiments by id."""
        ...

    def runs(self, experiment_id: str) -> list[RunRecord]:
        """Return the runs of an experiment, the latest first."""
        ...

    def jobs(
        self,
        filter: str | None = None,
        *,
        experiment_id: str | None = None,
        run_id: str | None = None,
        order: str = "-submitted",
        offset: int = 0,
        limit: int | None = 100,
        total: bool = False,
    ) -> JobPage:
        """Return some jobs.

        Args:
            filter: an expression of the filter language.
            experiment_id: only jobs of this experiment's current run.
            run_id: of this run instead.
            order: `submitted`, `started`, `ended`, `duration`, `state`, `task`, `memory` or `id`; `-` before
                it reverses.
            offset: how many to leave out.
            limit: how many at most; `None` for all.
            total: count all that fit.

        Raises:
            FilterError: the filter makes no sense; points at the column.
            UnknownExperiment: no such experiment or run.
        """
        ...

    def job(self, job_id: str) -> JobRecord:
        """Return one job, in the latest run that submitted it.

        Raises:
            UnknownJob: there is none.
        """
        ...

    def parameters(self, job_id: str) -> Parameters:
        """Return the parameters of a job; nothing of the user's is imported.

        Raises:
            LoadError: there is no parameter file, or it cannot be understood.
        """
        ...

    def folder(self, job_id: str) -> str:
        """Return the path of a job's folder on the machine that has the workspace; it need not exist."""
        ...

    def memberships(self, job_id: str) -> list[tuple[str, str]]:
        """Return the (experiment, run) that know a job, the latest run first."""
        ...

    def dependents(self, job_id: str) -> list[str]:
        """Return the jobs that need a job, in any run."""
        ...

    def task_graph(self, experiment_id: str, run_id: str | None = None) -> TaskGraph:
        """Return which tasks of a run need which: what is left to draw when there are too many jobs.

        Args:
            experiment_id: the experiment.
            run_id: the run; by default, its current one.

        Raises:
            UnknownExperiment: no such experiment or run.
        """
        ...

    def orphans(self) -> list[str]:
        """Return the jobs that have a folder but belong to no kept run."""
        ...

    def services(self) -> list[ServiceRecord]:
        """Return the services of the current runs."""
        ...

    def log(self, job_id: str, stream: str = "out", offset: int = 0, limit: int = 65536) -> LogPart:
        """Return a part of a log, `out` or `err`; a negative offset counts from the end."""
        ...

    def position(self) -> str:
        """Return a mark of the present state, for `changes`."""
        ...

    def changes(self, since: str) -> Changes | None:
        """Return what changed since a position, without waiting; `None` if nothing did."""
        ...

    def watch(self, since: str | None = None, stop: threading.Event | None = None) -> Iterator[Changes]:
        """Yield changes as they come, until `stop` is set or the monitor is closed.

        Args:
            since: from this position on; by default from now.
            stop: set it to end.
        """
        ...

    def close(self) -> None:
        """Give up what is held."""
        ...


class LocalMonitor:
    """Shows a workspace of this machine, live or dead, writable or not.

    If nobody writes its index, this monitor does, for as long as it is open.
    """

    def __init__(
        self,
        workdir: str | os.PathLike[str] | WorkspaceLayout,
        *,
        on_build: Callable[[int, int], None] | None = None,
    ) -> None:
        """Open a workspace; its index is brought up to date, or built if it has none.

        Args:
            workdir: its folder.
            on_build: called now and then while the index is built, with how many jobs were looked at, and of
                how
                many: for a large workspace it takes long enough to say so.

        Raises:
            NotAWorkspace: there is none.
        """
        layout = workdir if isinstance(workdir, WorkspaceLayout) else WorkspaceLayout(workdir)
        self.workspace = layout.require()
        #: Services of experiments that are over, started by this process; stopped when the monitor is closed.
        self.hosted_services = HostedServices()
        self._guard = threading.RLock()
        self._closed = threading.Event()
        self._indexer: Indexer | None = None
        self._on_build = on_build
        self._next_take_over = 0.0
        self._pause_s = _FOLLOW_S
        self._reader = self._open()

    @property
    def indexing(self) -> bool:
        """Whether this monitor writes the index."""
        return self._indexer is not None

    def experiments(self) -> list[ExperimentRecord]:
        """See `Monitor`."""
        return self._read(lambda reader: reader.experiments())

    def runs(self, experiment_id: str) -> list[RunRecord]:
        """See `Monitor`."""
        return self._read(lambda reader: reader.runs(experiment_id))

    def tag_values(self, experiment_id: str) -> dict[str, list[Any]]:
        """Return the values of each tag in the current run of an experiment, as filters see them."""
        return self._read(lambda reader: reader.tag_values(experiment_id))

    def jobs(
        self,
        filter: str | None = None,
        *,
        experiment_id: str | None = None,
        run_id: str | None = None,
        order: str = "-submitted",
        offset: int = 0,
        limit: int | None = 100,
        total: bool = False,
    ) -> JobPage:
        """See `Monitor`."""
        condition = None
        if filter and filter.strip():
            condition = compile_filter(parse_filter(filter), "m.run" if experiment_id else "j.home_run")
        return self._read(
            lambda reader: reader.jobs(
                condition,
                experiment_id=experiment_id,
                run_id=run_id,
                order=order,
                offset=offset,
                limit=limit,
                total=total,
            )
        )

    def job(self, job_id: str) -> JobRecord:
        """See `Monitor`. The job's folder is looked at, if this monitor writes the index."""
        known = self._read(lambda reader: reader.job(job_id))
        return self._read(lambda reader: reader.job(job_id)) if self.refresh([job_id]) else known

    def find_job(self, text: str) -> str:
        """Return the one job id that a text stands for: itself, its beginning, or the beginning of its last
        parts.

        Raises:
            UnknownJob: none fits.
            AmbiguousJob: several do.
        """
        return self._read(lambda reader: reader.find_job(text))

    def parameters(self, job_id: str) -> Parameters:
        """See `Monitor`."""
        return read_parameters(self.job_layout(job_id))

    def folder(self, job_id: str) -> str:
        """See `Monitor`."""
        return os.fspath(self.job_layout(job_id).path)

    def memberships(self, job_id: str) -> list[tuple[str, str]]:
        """See `Monitor`."""
        return self._read(lambda reader: reader.memberships(job_id))

    def dependents(self, job_id: str) -> list[str]:
        """See `Monitor`."""
        return self._read(lambda reader: reader.dependents(job_id))

    def task_graph(self, experiment_id: str, run_id: str | None = None) -> TaskGraph:
        """See `Monitor`."""
        return self._read(lambda reader: reader.task_graph(experiment_id, run_id))

    def complete_job_ids(self, prefix: str, limit: int = 50) -> list[str]:
        """Return job ids that begin with a text, for completion in a shell."""
        return self._read(lambda reader: reader.complete_job_ids(prefix, limit))

    def orphans(self) -> list[str]:
        """See `Monitor`."""
        return self._read(lambda reader: reader.orphans())

    def services(self) -> list[ServiceRecord]:
        """See `Monitor`."""
        return self.hosted_services.overlay(self._read(lambda reader: reader.services()))

    def log(self, job_id: str, stream: str = "out", offset: int = 0, limit: int = 65536) -> LogPart:
        """See `Monitor`."""
        return read_part(log_path(self.job_layout(job_id), stream), offset, limit)

    def job_layout(self, job_id: str) -> JobLayout:
        """Return where the files of a job are."""
        return self.workspace.job_from_id(job_id)

    def position(self) -> str:
        """See `Monitor`."""
        return _position(self._read(lambda reader: reader.position()), self.hosted_services.revision)

    def changes(self, since: str) -> Changes | None:
        """See `Monitor`."""
        self._look()
        return self._changes(since)

    def watch(self, since: str | None = None, stop: threading.Event | None = None) -> Iterator[Changes]:
        """See `Monitor`."""
        # "From now" is from this call, not from the first time somebody asks for a change.
        return self._watch(self.position() if since is None else since, stop)

    def _watch(self, position: str, stop: threading.Event | None) -> Iterator[Changes]:
        seen: tuple[Reader | None, int, int] = (None, -1, -1)
        while not (self._closed.is_set() or (stop is not None and stop.is_set())):
            try:
                self._look()
                # Asking for the version costs microseconds. Those of two connections say nothing about each
                # other: a monitor that takes the index over has another one.
                reader, number = self._read(lambda reader: (reader, reader.version()))
                version = (reader, number, self.hosted_services.revision)
                changes = self._changes(position) if version != seen else None
            except sqlite3.ProgrammingError:
                if self._closed.is_set():
                    return
                raise
            seen = version
            if changes is not None:
                position = changes.position
                if not changes.empty:
                    yield changes
            (stop or self._closed).wait(self._pause_s)

    def _changes(self, since: str) -> Changes | None:
        """What changed in the index, and among the services that this process started."""
        since, _, hosted = since.partition(_HOSTED)
        revision = self.hosted_services.revision  # before we look: what comes meanwhile is told next time
        changes = self._read(lambda reader: reader.changes(since))
        position = _position(since if changes is None else changes.position, revision)
        if int(hosted or 0) > revision:  # from another process, whose services are gone with it
            return Changes(position=position, reset=True)
        ours = self.hosted_services.changed_since(int(hosted or 0))
        if changes is None:
            return Changes(position=position, services=tuple(ours)) if ours else None
        theirs = self.hosted_services.overlay(list(changes.services))
        services = tuple({(s.experiment_id, s.service_id): s for s in (*theirs, *ours)}.values())
        return msgspec.structs.replace(changes, position=position, services=services)

    def sync(self, *, full: bool = False, deep: bool = True) -> bool:
        """Look at every job folder, or (`full`) build the index again.

        Returns:
            Whether it was done; not if another process writes the index.
        """
        with self._guard:
            if self._indexer is None:
                return False
            self._indexer.sync(full=full, deep=deep)
            return True

    def refresh(self, job_ids: Iterable[str]) -> bool:
        """Look at the folders of some jobs; return whether it was done, as for `sync`."""
        with self._guard:
            if self._indexer is None or self._closed.is_set() or not self.workspace.exists():
                return False
            self._indexer.refresh(job_ids)
            return True

    def close(self) -> None:
        """See `Monitor`."""
        self.hosted_services.close()
        with self._guard:
            self._closed.set()
            self._reader.database.close()
            if self._indexer is not None:
                self._indexer.close()

    def __enter__(self) -> LocalMonitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> Reader:
        location = locate(self.workspace)
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            self._indexer = Indexer.open(self.workspace, location)
            if self._indexer is not None:
                self._indexer.on_build = self._on_build
                self._indexer.sync()
                return self._reader_of(self._indexer)
            try:
                reader = _try_reader(location, patient=time.monotonic() < deadline)
            except OtherVersion:  # it will not become ours
                return self._open_privately()
            if reader is not None:
                return reader
            if time.monotonic() > deadline:
                return self._open_privately()
            time.sleep(0.05)

    def _open_privately(self) -> Reader:
        """Make an index for this monitor alone, in memory: the one on disk is of no use to us."""
        self._indexer = Indexer(self.workspace, Location(database=None, lock=None), None)
        self._indexer.sync()
        return self._reader_of(self._indexer)

    def _reader_of(self, indexer: Indexer) -> Reader:
        path = indexer.database.path
        if path is None:
            return Reader(indexer.database)
        try:
            return Reader(Database.open(path, write=False))
        except UnusableIndex:
            return Reader(indexer.database)

    def _look(self) -> None:
        """Take up what happened on disk, or see that somebody does.

        Raises:
            NotAWorkspace: it is gone, for now at least. What is known stays: an index of nothing would say
                that all jobs are removed.
        """
        self.workspace.require()
        with self._guard:
            started = time.monotonic()
            if self._closed.is_set():
                return
            if self._indexer is not None:
                self._indexer.sync()
                took_s = time.monotonic() - started
                self._pause_s = min(max(_INDEX_S, 4 * took_s), 5.0)
            elif started >= self._next_take_over:
                self._next_take_over = started + _TAKE_OVER_S
                indexer = Indexer.open(self.workspace)
                if indexer is not None:
                    indexer.sync()
                    self._reader.database.close()
                    self._indexer, self._reader = indexer, self._reader_of(indexer)
            if not self._reader.is_usable():
                self._reopen()

    def _reopen(self) -> None:
        self._reader.database.close()
        self._reader = self._reader_of(self._indexer) if self._indexer is not None else self._open()

    def _read(self, query: Callable[[Reader], T]) -> T:
        with self._guard:
            try:
                return query(self._reader)
            except (sqlite3.DatabaseError, UnicodeDecodeError, UnusableIndex) as error:
                if self._closed.is_set():
                    raise
                if self._indexer is not None:
                    self._indexer.start_over(error)
                self._reopen()
                return query(self._reader)


def _position(index: str, hosted: int) -> str:
    """A position in the index, and one in the changes of the services that this process started, if any."""
    return f"{index}{_HOSTED}{hosted}" if hosted else index


def _try_reader(location: Location, *, patient: bool) -> Reader | None:
    if location.database is None:
        return None
    try:
        database = Database.open(location.database, write=False)
    except OtherVersion:
        raise
    except UnusableIndex:
        return None
    try:
        if database.meta("complete") == 1 or not patient:
            return Reader(database)
    except (sqlite3.Error, UnicodeDecodeError):
        pass
    database.close()
    return None
