"""Reads the index: rows become records."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timezone
from typing import Any, ParamSpec, TypeVar

import msgspec

from xpm_workspace.errors import AmbiguousJob, UnknownExperiment, UnknownJob
from xpm_workspace.fold import ProgressLevel
from xpm_workspace.index.database import Database, UnusableIndex, queries
from xpm_workspace.lifecycle import FailureReason, JobState, Status
from xpm_workspace.records import (
    Changes,
    ExperimentRecord,
    JobCounts,
    JobPage,
    JobRecord,
    RunRecord,
    ServiceRecord,
    TaskEdge,
    TaskGraph,
    TaskNode,
)
from xpm_workspace.service_files import service_record
from xpm_workspace.task_graph import count_states

P = ParamSpec("P")
R = TypeVar("R")

#: More changes than this at once are not listed: reading again is cheaper.
MAX_CHANGES = 2000

_progress = msgspec.json.Decoder(tuple[ProgressLevel, ...])

#: What jobs can be ordered by; the run's own time of submission is used when a run is asked for.
ORDERS = {
    "submitted": "j.submitted_at",
    "started": "j.started_at",
    "ended": "j.ended_at",
    "duration": "j.ended_at - j.started_at",
    "state": "j.rank",
    "task": "j.task_id",
    "memory": "j.peak_memory_bytes",
    "id": "j.job_id",
}

_NEVER_NULL = frozenset({"state", "task", "id"})


def _sensible(make: Callable[P, R]) -> Callable[P, R]:
    """Say that the index is damaged where its rows cannot be made into a record."""

    @functools.wraps(make)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return make(*args, **kwargs)
        except (
            ArithmeticError,
            AttributeError,
            OSError,
            TypeError,
            ValueError,
            msgspec.MsgspecError,
        ) as error:
            raise UnusableIndex(f"it has a row that makes no sense: {error}") from error

    return checked


class Reader:
    """Queries over one connection."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def position(self) -> str:
        """Return a mark for `changes`: generation and revision."""
        return f"{self.database.meta('generation')}:{self.database.meta('revision')}"

    def version(self) -> int:
        """Return a number that changes with the index; cheap to ask."""
        if self.database.shared:
            return int(self.database.meta("revision"))  # our own commits do not change the data version
        return self.database.data_version()

    def is_usable(self) -> bool:
        """Whether the file is still the one that was opened."""
        return not self.database.closed and self.database.is_current()

    def experiments(self) -> list[ExperimentRecord]:
        """Return all experiments by id."""
        with self.database.snapshot():
            return [self._experiment(row) for row in self.database.rows("list_experiments")]

    def tag_values(self, experiment_id: str) -> dict[str, list[Any]]:
        """Return the values of each tag in the current run of an experiment, both in order."""
        found: dict[str, list[Any]] = {}
        for name, value in self.database.rows("run_tags", experiment_id=experiment_id):
            found.setdefault(name, []).append(value)
        return {name: sorted(found[name], key=_tag_order) for name in sorted(found)}

    def runs(self, experiment_id: str) -> list[RunRecord]:
        """Return the runs of an experiment, the latest first."""
        with self.database.snapshot():
            if not self.database.row("experiment_exists", experiment_id=experiment_id):
                raise UnknownExperiment(
                    f"there is no experiment {experiment_id!r}{self._close(experiment_id)}"
                )
            rows = self.database.rows("list_runs", experiment_id=experiment_id)
            return [self._run(row[0], row[1:]) for row in rows]

    def jobs(
        self,
        condition: tuple[str, Sequence[Any]] | None,
        *,
        experiment_id: str | None,
        run_id: str | None,
        order: str,
        offset: int,
        limit: int | None,
        total: bool,
    ) -> JobPage:
        """Return some jobs; see `monitor.Monitor.jobs`.

        Args:
            condition: SQL for the WHERE clause, over `j` (jobs) and `m` (job_runs), with its parameters.
            experiment_id: only jobs of this experiment.
            run_id: of this run; by default its current one.
            order: key of `ORDERS`, after `-` for a descending order.
            offset: how many to leave out.
            limit: how many at most.
            total: count them all.
        """
        with self.database.snapshot():
            conditions, parameters = ["1"], list[Any]()
            suffix = ""
            if experiment_id is not None:
                suffix = "_of_run"
                conditions = ["m.run = ?"]
                parameters.append(self._run_key(experiment_id, run_id))
            if condition is not None:
                conditions.append(f"({condition[0]})")
                parameters += condition[1]
            where = f" WHERE {' AND '.join(conditions)}"
            keys = self.database.connection.execute(
                queries()[f"jobs{suffix}_by_key"] + where + _order_by(order, suffix) + " LIMIT ? OFFSET ?",
                [*parameters, -1 if limit is None else limit, offset],
            ).fetchall()
            count = None
            if total:
                counting = queries()[f"count_jobs{suffix}"] + where
                count = self.database.connection.execute(counting, parameters).fetchone()[0]
            return JobPage(jobs=tuple(self._jobs(keys)), total=count)

    def job(self, job_id: str, run: tuple[str, str] | None = None) -> JobRecord:
        """Return one job, in one run or its home run.

        Raises:
            UnknownJob: there is none.
        """
        with self.database.snapshot():
            row = self.database.connection.execute(
                queries()["jobs_by_key"] + " WHERE j.job_id = ?", [job_id]
            ).fetchone()
            if row is None:
                raise UnknownJob(f"there is no job {job_id!r}")
            if run is not None:
                row = (row[0], self._run_key(*run))
            return next(iter(self._jobs([row])))

    def find_job(self, text: str) -> str:
        """Return the one job id that a text stands for: itself, its beginning, or the beginning of its last
        parts.

        Raises:
            UnknownJob: none fits.
            AmbiguousJob: several do.
        """
        with self.database.snapshot():
            if self.database.row("job_key", job_id=text):
                return text
            found = [
                r[0]
                for r in self.database.rows("jobs_by_prefix", low=text, high=text + "\U0010ffff", limit=4)
            ]
            mark = "." if "/" in text else "/"
            if not found and text:
                found = [r[0] for r in self.database.rows("jobs_by_end", slash=mark, text=text, limit=4)]
        if not found:
            raise UnknownJob(f"there is no job {text!r}")
        if len(found) > 1:
            raise AmbiguousJob(f"{text!r} stands for several jobs: {', '.join(found[:3])}...")
        return str(found[0])

    def complete_job_ids(self, prefix: str, limit: int) -> list[str]:
        """Return job ids that begin with a text, for completion in a shell."""
        rows = self.database.rows("jobs_by_prefix", low=prefix, high=prefix + "\U0010ffff", limit=limit)
        return [row[0] for row in rows]

    def memberships(self, job_id: str) -> list[tuple[str, str]]:
        """Return the (experiment, run) that know a job, the latest run first."""
        key = self.database.row("job_key", job_id=job_id)
        return (
            []
            if key is None
            else [(row[0], row[1]) for row in self.database.rows("job_memberships", job=key[0])]
        )

    def dependents(self, job_id: str) -> list[str]:
        """Return the jobs that need a job."""
        return [row[0] for row in self.database.rows("job_dependents", job_id=job_id)]

    def task_graph(self, experiment_id: str, run_id: str | None) -> TaskGraph:
        """Return which tasks of a run need which."""
        with self.database.snapshot():
            run = self._run_key(experiment_id, run_id)
            states: dict[str, list[tuple[str, int]]] = {}
            for task_id, state, number in self.database.rows("run_tasks", run=run):
                states.setdefault(task_id, []).append((state, number))
            edges = self.database.rows("run_task_edges", run=run)
            return TaskGraph(
                tasks=tuple(
                    TaskNode(task_id=task, jobs=count_states(found)) for task, found in states.items()
                ),
                edges=tuple(TaskEdge(needed=needed, by=by, count=count) for needed, by, count in edges),
            )

    def orphans(self) -> list[str]:
        """Return the jobs that have a folder but belong to no kept run."""
        return [row[0] for row in self.database.rows("orphans")]

    def services(self) -> list[ServiceRecord]:
        """Return the services of the current runs."""
        return [_service(row) for row in self.database.rows("all_services")]

    def changes(self, since: str) -> Changes | None:
        """Return what changed since a position; `None` if nothing did."""
        with self.database.snapshot():
            position = self.position()
            if position == since:
                return None
            generation, _, revision = since.rpartition(":")
            if generation != position.rpartition(":")[0]:
                return Changes(position=position, reset=True)
            keys = self.database.rows("changed_jobs", revision=int(revision), limit=MAX_CHANGES + 1)
            if len(keys) > MAX_CHANGES:
                return Changes(position=position, reset=True)
            experiments = self.database.rows("changed_experiments", revision=int(revision))
            services = self.database.rows("changed_services", revision=int(revision))
            removals = self.database.rows("removals_since", revision=int(revision))
            return Changes(
                position=position,
                experiments=tuple(self._experiment(row) for row in experiments),
                jobs=tuple(self._jobs(keys)),
                services=tuple(_service(row) for row in services),
                removed_experiments=tuple(row[1] for row in removals if row[0] == "experiment"),
                removed_jobs=tuple(row[1] for row in removals if row[0] == "job"),
            )

    def _run_key(self, experiment_id: str, run_id: str | None) -> int:
        if run_id is None:
            found = self.database.row("current_run", experiment_id=experiment_id)
            if found is None and self.database.row("experiment_exists", experiment_id=experiment_id):
                return 0
        else:
            found = self.database.row("run_by_id", experiment_id=experiment_id, run_id=run_id)
        if found is None:
            known = self.database.row("experiment_exists", experiment_id=experiment_id)
            if run_id is not None and known:
                raise UnknownExperiment(f"there is no run {run_id!r} of {experiment_id!r}")
            raise UnknownExperiment(f"there is no experiment {experiment_id!r}{self._close(experiment_id)}")
        return int(found[0])

    def _close(self, experiment_id: str) -> str:
        """Which experiment may have been meant, for a message."""
        from difflib import get_close_matches

        known = [row[1] for row in self.database.rows("experiments_known")]
        close = get_close_matches(experiment_id, known, n=1)
        return f"; did you mean {close[0]!r}?" if close else ""

    def _experiment(self, row: tuple[Any, ...]) -> ExperimentRecord:
        run = None if row[2] is None else self._run(row[0], row[2:])
        return ExperimentRecord(experiment_id=row[0], run_count=row[1], run=run)

    @_sensible
    def _run(self, experiment_id: str, row: tuple[Any, ...]) -> RunRecord:
        key, run_id, hostname, started_at, ended_at, status, pid, version2 = row
        return RunRecord(
            experiment_id=experiment_id,
            run_id=run_id,
            hostname=hostname,
            started_at=_moment(started_at),
            ended_at=_moment(ended_at),
            status=status,
            pid=pid,
            jobs=self._counts(key),
            version2=bool(version2),
        )

    def _counts(self, run: int) -> JobCounts:
        return count_states(self.database.rows("run_counts", run=run))

    def _jobs(self, keys: Iterable[tuple[int, int | None]]) -> Iterable[JobRecord]:
        for job, run in keys:
            row = self.database.row("select_jobs", job=job, run=run or 0)
            if row is not None:
                needs = self.database.rows("job_dependencies", run=row[1], job=job) if row[1] else []
                yield _job(row, tuple(need[0] for need in needs))


@_sensible
def _job(row: tuple[Any, ...], depends_on: tuple[str, ...]) -> JobRecord:
    return JobRecord(
        job_id=row[2],
        task_id=row[3],
        identifier=row[2].partition("/")[2],
        status=Status(state=JobState(row[4]), reason=FailureReason(row[5]) if row[5] else None),
        experiment_id=row[6],
        run_id=row[7],
        tags=json.loads(row[8]) if row[8] else {},
        depends_on=depends_on,
        launcher=row[9],
        transient=row[10] or "NONE",
        submitted_at=_moment(row[11]),
        started_at=_moment(row[12]),
        ended_at=_moment(row[13]),
        progress=_progress.decode(row[14]) if row[14] else (),
        exit_code=row[15],
        message=row[16],
        peak_memory_bytes=row[17],
        cpu_time_s=row[18],
        attempts=row[19],
        host=row[20],
        folder=bool(row[21]),
    )


@_sensible
def _service(row: tuple[Any, ...]) -> ServiceRecord:
    experiment_id, run_id, service_id, content, alive = row
    return service_record(experiment_id, run_id, service_id, json.loads(content), alive=bool(alive))


def _tag_order(value: Any) -> tuple[bool, float, str]:
    """Numbers before texts."""
    is_text = not isinstance(value, (int, float))
    return is_text, 0.0 if is_text else value, str(value)


def _order_by(order: str, suffix: str) -> str:
    descending = order.startswith("-")
    name = order.lstrip("-")
    if name not in ORDERS:
        raise ValueError(f"jobs cannot be ordered by {name!r}; one of {', '.join(ORDERS)}")
    column = ORDERS[name]
    tie = "j.key"
    if suffix and name == "submitted":
        column, tie = "m.submitted_at", "m.job"
    if descending:
        return f" ORDER BY {column} DESC, {tie} DESC"
    if name in _NEVER_NULL:
        return f" ORDER BY {column}, {tie}"
    return f" ORDER BY {column} IS NULL, {column}, {tie}"


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc)
