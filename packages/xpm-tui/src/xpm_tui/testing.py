"""A workspace in memory, for tests and pictures; `sample` fills one."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any

import msgspec

from xpm_workspace.controller import Outcome
from xpm_workspace.errors import UnknownExperiment, UnknownJob
from xpm_workspace.filters import matches, parse_filter
from xpm_workspace.lifecycle import JobState
from xpm_workspace.parameters import Parameters, parse_parameters
from xpm_workspace.records import (
    Changes,
    ExperimentRecord,
    JobCounts,
    JobPage,
    JobRecord,
    LogPart,
    RunRecord,
    ServiceRecord,
    TaskGraph,
)
from xpm_workspace.task_graph import task_graph_of

#: What time it is in the sample.
NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=timezone.utc)

_RANKS = {state: rank for rank, state in enumerate(JobState)}


class SampleMonitor:
    """A `Monitor` over records; tests change them, break it and watch it."""

    def __init__(self) -> None:
        self.jobs_by_id: dict[str, JobRecord] = {}
        self.runs_by_experiment: dict[str, list[RunRecord]] = {}
        self.services_: list[ServiceRecord] = []
        self.orphans_: list[str] = []
        self.logs: dict[tuple[str, str], bytes] = {}
        self.document: dict[str, Any] | None = None
        #: Raised by whatever is asked, while it is set.
        self.error: Exception | None = None
        #: Waited for by whatever is asked, while it is set.
        self.gate: threading.Event | None = None
        self.closed = False
        self._changed = threading.Condition()
        self._journal: list[Changes] = []

    # --- For tests

    def change(self, *jobs: JobRecord, removed: Iterable[str] = ()) -> None:
        """Have jobs changed, added and removed, and tell."""
        with self._changed:
            removed = tuple(removed)
            self.jobs_by_id.update({record.job_id: record for record in jobs})
            for job_id in removed:
                del self.jobs_by_id[job_id]
            touched = {record.experiment_id for record in jobs}
            experiments = tuple(x for x in self._experiments() if x.experiment_id in touched)
            self._tell(Changes(position="", jobs=jobs, experiments=experiments, removed_jobs=removed))

    def change_service(self, service: ServiceRecord) -> None:
        """Have a service changed, and tell."""
        with self._changed:
            others = [s for s in self.services_ if s.service_id != service.service_id]
            self.services_ = [*others, service]
            self._tell(Changes(position="", services=(service,)))

    def _tell(self, changes: Changes) -> None:
        position = str(len(self._journal) + 1)
        self._journal.append(msgspec.structs.replace(changes, position=position))
        self._changed.notify_all()

    def _asked(self) -> None:
        gate = self.gate
        if gate is not None:
            gate.wait(30)
        if self.error is not None:
            raise self.error

    # --- `Monitor`

    def experiments(self) -> list[ExperimentRecord]:
        """See `Monitor`."""
        self._asked()
        return self._experiments()

    def _experiments(self) -> list[ExperimentRecord]:
        records = []
        for experiment_id, runs in sorted(self.runs_by_experiment.items()):
            current = msgspec.structs.replace(runs[0], jobs=self._counts(experiment_id)) if runs else None
            records.append(ExperimentRecord(experiment_id=experiment_id, run=current, run_count=len(runs)))
        return records

    def _counts(self, experiment_id: str) -> JobCounts:
        states = Counter(j.state for j in self.jobs_by_id.values() if j.experiment_id == experiment_id)
        return JobCounts(
            total=sum(states.values()),
            done=states[JobState.DONE],
            failed=states[JobState.ERROR],
            running=states[JobState.RUNNING],
            scheduled=states[JobState.SCHEDULED],
            waiting=states[JobState.WAITING] + states[JobState.READY],
            unscheduled=states[JobState.UNSCHEDULED],
        )

    def runs(self, experiment_id: str) -> list[RunRecord]:
        """See `Monitor`."""
        self._asked()
        if experiment_id not in self.runs_by_experiment:
            raise UnknownExperiment(f"there is no experiment {experiment_id!r}")
        first, *others = self.runs_by_experiment[experiment_id]
        return [msgspec.structs.replace(first, jobs=self._counts(experiment_id)), *others]

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
        self._asked()
        if experiment_id is not None and experiment_id not in self.runs_by_experiment:
            raise UnknownExperiment(f"there is no experiment {experiment_id!r}")
        node = parse_filter(filter) if filter else None
        found = [
            record
            for record in self.jobs_by_id.values()
            if (experiment_id is None or record.experiment_id == experiment_id)
            and (run_id is None or record.run_id == run_id)
            and record.job_id not in self.orphans_
            and (node is None or matches(node, record))
        ]
        found.sort(key=lambda record: _sort_key(record, order.lstrip("-")), reverse=order.startswith("-"))
        end = None if limit is None else offset + limit
        return JobPage(jobs=tuple(found[offset:end]), total=len(found) if total else None)

    def job(self, job_id: str) -> JobRecord:
        """See `Monitor`."""
        self._asked()
        if job_id not in self.jobs_by_id:
            raise UnknownJob(f"there is no job {job_id!r}")
        return self.jobs_by_id[job_id]

    def parameters(self, job_id: str) -> Parameters:
        """See `Monitor`."""
        self._asked()
        return parse_parameters(self.document, "params.json")

    def folder(self, job_id: str) -> str:
        """See `Monitor`."""
        return f"/data/experiments/jobs/{job_id}"

    def memberships(self, job_id: str) -> list[tuple[str, str]]:
        """See `Monitor`."""
        self._asked()
        record = self.jobs_by_id[job_id]
        return [(record.experiment_id, record.run_id)] if record.experiment_id and record.run_id else []

    def dependents(self, job_id: str) -> list[str]:
        """See `Monitor`."""
        self._asked()
        return sorted(record.job_id for record in self.jobs_by_id.values() if job_id in record.depends_on)

    def task_graph(self, experiment_id: str, run_id: str | None = None) -> TaskGraph:
        """See `Monitor`."""
        return task_graph_of(self.jobs(experiment_id=experiment_id, run_id=run_id, limit=None).jobs)

    def orphans(self) -> list[str]:
        """See `Monitor`."""
        self._asked()
        return list(self.orphans_)

    def services(self) -> list[ServiceRecord]:
        """See `Monitor`."""
        self._asked()
        return sorted(self.services_, key=lambda service: (service.experiment_id, service.service_id))

    def log(self, job_id: str, stream: str = "out", offset: int = 0, limit: int = 65536) -> LogPart:
        """See `Monitor`."""
        self._asked()
        content = self.logs.get((job_id, stream), b"")
        begin = max(len(content) + offset, 0) if offset < 0 else min(offset, len(content))
        return LogPart(content=content[begin : begin + limit], offset=begin, size=len(content))

    def position(self) -> str:
        """See `Monitor`."""
        self._asked()
        return str(len(self._journal))

    def changes(self, since: str) -> Changes | None:
        """See `Monitor`; one batch at a time."""
        self._asked()
        with self._changed:
            return self._journal[int(since)] if int(since) < len(self._journal) else None

    def watch(self, since: str | None = None, stop: threading.Event | None = None) -> Iterator[Changes]:
        """See `Monitor`."""
        position = self.position() if since is None else since
        while not (self.closed or (stop is not None and stop.is_set())):
            changes = self.changes(position)
            if changes is not None:
                position = changes.position
                yield changes
            else:
                with self._changed:
                    self._changed.wait(0.02)

    def close(self) -> None:
        """See `Monitor`."""
        self.closed = True


def _sort_key(record: JobRecord, order: str) -> tuple[object, ...]:
    keys: dict[str, Any] = {
        "submitted": record.submitted_at or NOW,
        "started": record.started_at or NOW,
        "ended": record.ended_at or NOW,
        "duration": record.duration_s or 0.0,
        "state": _RANKS[record.state],
        "task": record.task_id,
        "memory": record.peak_memory_bytes or 0,
        "id": record.job_id,
    }
    return keys[order], record.job_id


class SampleController:
    """A `Controller` that keeps what it was asked; jobs that run can be killed, others deleted."""

    def __init__(self, monitor: SampleMonitor) -> None:
        self._monitor = monitor
        #: What was done: the action and on what.
        self.done: list[tuple[str, str]] = []

    def kill(self, job_ids: Iterable[str], *, perform: bool = False) -> list[Outcome]:
        """See `Controller`."""
        return [self._act("kill", i, not self._state(i).final, "stop process 4321", perform) for i in job_ids]

    def clean(self, job_ids: Iterable[str], *, perform: bool = False) -> list[Outcome]:
        """See `Controller`."""
        what = "remove /data/experiments/jobs/{}"
        return [self._act("clean", i, not self._state(i).active, what.format(i), perform) for i in job_ids]

    def retry(self, job_ids: Iterable[str], *, perform: bool = False) -> list[Outcome]:
        """See `Controller`."""
        return [
            self._act(
                "retry", i, self._state(i) is JobState.ERROR, "ask its scheduler to run it again", perform
            )
            for i in job_ids
        ]

    def start_service(self, experiment_id: str, service_id: str) -> Outcome:
        """See `Controller`."""
        self.done.append(("start", service_id))
        return Outcome(id=service_id, what="ask the scheduler", done=True)

    def stop_service(self, experiment_id: str, service_id: str) -> Outcome:
        """See `Controller`."""
        self.done.append(("stop", service_id))
        return Outcome(id=service_id, what="ask the scheduler", done=True)

    def _state(self, job_id: str) -> JobState:
        return self._monitor.jobs_by_id[job_id].state

    def _act(self, action: str, job_id: str, possible: bool, what: str, perform: bool) -> Outcome:
        if not possible:
            state = self._state(job_id).value.lower()
            return Outcome(id=job_id, problem=f"it is {state}")
        if perform:
            self.done.append((action, job_id))
        return Outcome(id=job_id, what=what, done=perform)
