"""Brings the experiments, runs and memberships of the index in line with `xp/` and its journals."""

from __future__ import annotations

import json
import os
from typing import Any

from xpm_workspace.errors import LocksUnsupported
from xpm_workspace.events import MAX_NUMBER, AnyEvent, JobStateChanged, JobSubmitted
from xpm_workspace.filters import tag_value
from xpm_workspace.index.database import Database
from xpm_workspace.index.sync_jobs import JobSync
from xpm_workspace.informations import RUN_STATUSES, RunInfo, process_of, read_informations, run_order
from xpm_workspace.journal import follow
from xpm_workspace.layout import ExperimentLayout, RunLayout, WorkspaceLayout
from xpm_workspace.lifecycle import JobState
from xpm_workspace.locks import is_held, read_note
from xpm_workspace.names import is_name
from xpm_workspace.process import ProcessRecord
from xpm_workspace.service_files import read_services
from xpm_workspace.times import seconds_at, seconds_of
from xpm_workspace.version2 import old_experiments, old_jobs, old_runs, old_signature


class RunSync:
    """Reads experiments and run journals. All methods run inside a transaction of the caller.

    Methods return the ids of the jobs that must be looked at again.
    """

    def __init__(self, database: Database, workspace: WorkspaceLayout, jobs: JobSync) -> None:
        self._database = database
        self._workspace = workspace
        self._jobs = jobs

    def sync(self, revision: int, *, deep: bool) -> set[str]:
        """Look for experiments and runs that came, went or changed; read on in the open journals."""
        touched: set[str] = set()
        known = {row[1]: row for row in self._database.rows("experiments_known")}
        present = {*_folders(str(self._workspace.experiments_dir)), *old_experiments(self._workspace)}
        for experiment_id in sorted(present):
            experiment = self._workspace.experiment(experiment_id)
            row = known.pop(experiment_id, None)
            if row is None or row[2] != _signature(experiment):
                touched |= self._load(experiment, revision)
        for row in known.values():
            touched |= self._remove_experiment(row[0], row[1], revision)
        touched |= self._open_runs(revision)
        if deep:
            for key, experiment_id, run_id in self._database.rows("all_runs"):
                run = self._workspace.experiment(experiment_id).run(run_id)
                touched |= self._read_run(key, run, revision)
        return touched

    def _load(self, experiment: ExperimentLayout, revision: int) -> set[str]:
        """Read `informations.json`, and the journals of runs that are new or were open."""
        signature = _signature(experiment)
        info = read_informations(experiment)
        known = {row[1]: row for row in self._database.rows("experiments_known")}
        row = known.get(experiment.experiment_id)
        old = old_runs(self._workspace, experiment.experiment_id)
        current_run = info.current_run or max(old, key=run_order, default=None)
        values = {"current_run": current_run, "signature": signature, "changed": revision}
        if row is None:
            self._database.run("delete_removal", kind="experiment", id=experiment.experiment_id)
            key = self._database.run("add_experiment", experiment_id=experiment.experiment_id, **values)
        else:
            key = row[0]
            self._database.run("update_experiment", key=key, **values)
        runs = {row[1]: row for row in self._database.rows("runs_of", experiment=key)}
        touched: set[str] = set()
        for run_id, run_info in info.runs.items():
            if is_name(run_id):
                before = runs.pop(run_id, None)
                touched |= self._load_run(
                    key, experiment, run_id, run_info, before, info.current_run, revision
                )
        for run_id, run_info in old.items():
            if run_id not in info.runs and runs.pop(run_id, None) is None:
                touched |= self._load_old_run(key, experiment.experiment_id, run_id, run_info, revision)
        for run_row in runs.values():
            touched |= self._remove_run(run_row[0])
        if row is not None and row[3] != current_run:
            self._database.run("touch_current_services", experiment=key, changed=revision)
        return touched

    def _load_run(
        self,
        experiment_key: int,
        experiment: ExperimentLayout,
        run_id: str,
        info: RunInfo,
        before: tuple[Any, ...] | None,
        current_run: str | None,
        revision: int,
    ) -> set[str]:
        recorded = info.status if info.status in RUN_STATUSES else "interrupted"
        status = recorded
        if recorded == "running" and not (run_id == current_run and scheduler_lives(experiment, info)):
            status = "interrupted"
        self._database.run(
            "upsert_run",
            experiment=experiment_key,
            run_id=run_id,
            hostname=info.hostname,
            started_at=seconds_of(info.started_at),
            ended_at=seconds_of(info.ended_at),
            recorded_status=recorded,
            status=status,
            pid=info.pid if info.pid is not None and abs(info.pid) < MAX_NUMBER else None,
            version2=0,
        )
        if before is not None and before[2] != "running" and recorded != "running":
            return set()
        found = self._database.row("run_by_id", experiment_id=experiment.experiment_id, run_id=run_id)
        assert found is not None
        touched = self._read_run(found[0], experiment.run(run_id), revision)
        if before is not None and before[3] != status:
            self._database.run("touch_run_services", run=found[0], changed=revision)
            touched.update(row[0] for row in self._database.rows("uncertain_jobs_of_run", run=found[0]))
        return touched

    def _load_old_run(
        self, experiment_key: int, experiment_id: str, run_id: str, info: RunInfo, revision: int
    ) -> set[str]:
        """Take up a run of experimaestro 2.x; it never changes."""
        self._database.run(
            "upsert_run",
            experiment=experiment_key,
            run_id=run_id,
            hostname=info.hostname,
            started_at=seconds_of(info.started_at),
            ended_at=None,
            recorded_status=info.status,
            status=info.status,
            pid=None,
            version2=1,
        )
        found = self._database.row("run_by_id", experiment_id=experiment_id, run_id=run_id)
        assert found is not None
        jobs = [JobSubmitted(job=job_id) for job_id in old_jobs(self._workspace, experiment_id, run_id)]
        return self._apply(found[0], list[AnyEvent](jobs), revision)

    def _open_runs(self, revision: int) -> set[str]:
        touched: set[str] = set()
        for row in self._database.rows("open_runs"):
            key, experiment_id, run_id, experiment_key, current_run, status = row
            experiment = self._workspace.experiment(experiment_id)
            before = self._database.connection.total_changes
            if run_id == current_run:
                touched |= self._read_run(key, experiment.run(run_id), revision)
            lives = run_id == current_run and scheduler_lives(experiment, None)
            present = "running" if lives else "interrupted"
            if present != status:
                self._database.run("set_run_status", run=key, status=present)
                self._database.run("touch_run_services", run=key, changed=revision)
                touched.update(row[0] for row in self._database.rows("uncertain_jobs_of_run", run=key))
            if self._database.connection.total_changes != before:
                self._database.run("touch_experiment", key=experiment_key, changed=revision)
        return touched

    def _read_run(self, key: int, run: RunLayout, revision: int) -> set[str]:
        """Read on in the two journals of a run, and its services if they changed."""
        row = self._database.row("run_cursors", run=key)
        assert row is not None
        journal, jobs, services = row
        touched: set[str] = set()
        cursors = {"jobs_cursor": jobs, "journal_cursor": journal}
        for name, path in (("jobs_cursor", run.jobs), ("journal_cursor", run.journal)):
            for events, cursor, restarted in follow(path, cursors[name]):
                if restarted:
                    # Not the journal that was read before: forget the run's jobs, and read both from the
                    # start.
                    return touched | self._forget_run_jobs(key) | self._read_run(key, run, revision)
                cursors[name] = cursor
                touched |= self._apply(key, events, revision)
        if (journal, jobs) != (cursors["journal_cursor"], cursors["jobs_cursor"]):
            self._database.run("set_run_cursors", run=key, **cursors)
        self._read_services(key, run, services, revision)
        return touched

    def _forget_run_jobs(self, key: int) -> set[str]:
        touched = {row[0] for row in self._database.rows("jobs_of_run", run=key)}
        for name in ("delete_run_jobs", "delete_run_tags", "delete_run_dependencies"):
            self._database.run(name, run=key)
        self._database.run("set_run_cursors", run=key, journal_cursor="", jobs_cursor="")
        return touched

    def _apply(self, run: int, events: list[AnyEvent], revision: int) -> set[str]:
        touched: set[str] = set()
        views: dict[str, JobStateChanged] = {}
        for event in events:
            if isinstance(event, JobStateChanged):
                views[event.job] = event  # the last word counts
            elif isinstance(event, JobSubmitted):
                state = JobState.WAITING if event.depends_on else JobState.READY
                at = seconds_at(event.at)
                key = self._jobs.key_of(event.job, revision, state=state, home_run=run, submitted_at=at)
                if key is not None:
                    self._submit(run, key, event)
                    touched.add(event.job)
        for job_id, view in views.items():
            key = self._jobs.key_of(job_id, revision)
            if key is not None:
                self._database.run(
                    "set_view",
                    run=run,
                    job=key,
                    state=view.state,
                    reason=view.reason,
                    at=seconds_at(view.at),
                    attempt=view.attempt,
                )
                touched.add(job_id)
        return touched

    def _submit(self, run: int, job: int, event: JobSubmitted) -> None:
        database = self._database
        values = {
            "run": run,
            "job": job,
            "tags": json.dumps(event.tags, ensure_ascii=False),
            "submitted_at": seconds_at(event.at),
            "launcher": event.launcher,
            "transient": event.transient,
        }
        if not database.count("add_submission", **values):
            database.run("change_submission", **values)
            database.run("delete_job_tags", run=run, job=job)
            database.run("delete_job_dependencies", run=run, job=job)
        database.run_many(
            "add_tag", [(run, job, name, tag_value(value)) for name, value in event.tags.items()]
        )
        needs = [(run, job, need, position) for position, need in enumerate(event.depends_on)]
        database.run_many("add_dependency", needs)

    def _read_services(self, key: int, run: RunLayout, signature: str, revision: int) -> None:
        present = _file_signature(run.services)
        if present == signature:
            return
        services = read_services(run)
        for (service_id,) in self._database.rows("services_of_run", run=key):
            if service_id not in services:
                self._database.run("delete_service", run=key, service_id=service_id)
        for service_id, content in services.items():
            text = json.dumps(content, ensure_ascii=False)
            self._database.run("add_service", run=key, service_id=service_id, content=text, changed=revision)
        self._database.run("set_services_signature", run=key, signature=present)

    def _remove_run(self, key: int) -> set[str]:
        touched = self._forget_run_jobs(key)
        for name in ("delete_run_services", "delete_run_states", "delete_run"):
            self._database.run(name, run=key)
        return touched

    def _remove_experiment(self, key: int, experiment_id: str, revision: int) -> set[str]:
        touched: set[str] = set()
        for row in self._database.rows("runs_of", experiment=key):
            touched |= self._remove_run(row[0])
        self._database.run("delete_experiment", key=key)
        self._database.run("add_removal", kind="experiment", id=experiment_id, changed=revision)
        return touched


def scheduler_lives(experiment: ExperimentLayout, info: RunInfo | None) -> bool:
    """Whether the scheduler of the current run of an experiment still holds the experiment's lock.

    Args:
        experiment: the experiment.
        info: what is recorded about the run, if known: used where there are no locks, and to tell its
        scheduler from
            one that has just taken the lock for the next run.
    """
    process = process_of(info) if info else None
    try:
        held = is_held(experiment.lock)
    except (LocksUnsupported, OSError):
        return bool(process and process.is_alive() is not False)
    if not held or process is None:
        return held
    try:
        holder = json.loads(read_note(experiment.lock))
    except ValueError:
        return held
    if not isinstance(holder, dict):
        return held
    owner = ProcessRecord.from_dict(holder)
    return owner.pid is None or (owner.pid, owner.host) == (process.pid, process.host)


def _folders(path: str) -> list[str]:
    try:
        with os.scandir(path) as entries:
            return sorted(entry.name for entry in entries if is_name(entry.name) and entry.is_dir())
    except OSError:
        return []


def _signature(experiment: ExperimentLayout) -> str:
    present = _file_signature(experiment.informations) or _file_signature(experiment.runs_dir)
    old = old_signature(experiment.workspace, experiment.experiment_id)
    return f"{present} {old}" if old else present


def _file_signature(path: os.PathLike[str]) -> str:
    try:
        found = os.stat(path)
    except OSError:
        return ""
    return f"{found.st_mtime_ns}:{found.st_size}:{found.st_ino}"
