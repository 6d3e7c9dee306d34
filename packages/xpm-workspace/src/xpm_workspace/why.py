"""Why a job is in its state: what decided, what it waits for, and what will happen to it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from xpm_workspace.events import JobStateChanged
from xpm_workspace.fold import JobStory
from xpm_workspace.index.look import Look, look_at
from xpm_workspace.informations import read_informations
from xpm_workspace.journal import follow
from xpm_workspace.layout import JobLayout, RunLayout, WorkspaceLayout
from xpm_workspace.lifecycle import FailureReason, JobState, Status
from xpm_workspace.names import JobFiles
from xpm_workspace.process import ProcessRecord
from xpm_workspace.records import JobRecord
from xpm_workspace.requests import live_run

#: How many jobs are followed to find what made a job fail.
_FOLLOWED = 10_000


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """A job that this one needs, and that is not done."""

    #: The job.
    job_id: str
    #: Where it stands.
    status: Status


class Scheduler(msgspec.Struct, frozen=True, kw_only=True):
    """A scheduler that lives and knows the job."""

    #: The experiment it runs.
    experiment_id: str
    #: The run.
    run_id: str
    #: Its machine.
    host: str | None = None
    #: Its process there.
    pid: int | None = None


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why a job is where it is."""

    #: The job.
    job_id: str
    #: Where it stands.
    status: Status
    #: What decided: a marker, a lock, a process, a journal; in words, with the file.
    decided_by: str
    #: Jobs that it needs and that are not done.
    waits_for: tuple[Need, ...] = ()
    #: Jobs that failed by themselves, and because of which this one did not start.
    blamed: tuple[Need, ...] = ()
    #: Schedulers that live and know it.
    schedulers: tuple[Scheduler, ...] = ()
    #: What will happen to it, in words.
    outlook: str = ""


class Source(Protocol):
    """What is asked of a monitor; `LocalMonitor` has it."""

    @property
    def workspace(self) -> WorkspaceLayout:
        """Where the files are."""

    def job(self, job_id: str) -> JobRecord:
        """Return one job."""

    def memberships(self, job_id: str) -> list[tuple[str, str]]:
        """Return the (experiment, run) that know a job, the latest run first."""


def explain_job(monitor: Source, job_id: str) -> Explanation:
    """Say why a job is where it is.

    Args:
        monitor: of the workspace.
        job_id: its full id.

    Raises:
        UnknownJob: there is none.
    """
    record = monitor.job(job_id)
    layout = monitor.workspace.job_from_id(job_id)
    look = look_at(str(layout.path), JobFiles(layout.name), JobStory(), "")
    record = _as_of_now(record, look)
    schedulers = _schedulers(monitor, job_id)
    needs = _needs(monitor, record)
    return Explanation(
        job_id=job_id,
        status=record.status,
        decided_by=_decided_by(monitor.workspace, record, layout, look),
        waits_for=needs if not record.state.final else (),
        blamed=_blamed(monitor, record),
        schedulers=schedulers,
        outlook=_outlook(record, needs, alive=bool(schedulers)),
    )


def _as_of_now(record: JobRecord, look: Look) -> JobRecord:
    """The index may be a moment behind the folder: what it takes for unfinished may have ended since."""
    if look.marker is None or record.state in (JobState.WAITING, JobState.READY):
        return record
    return msgspec.structs.replace(record, status=look.marker.status)


def _decided_by(workspace: WorkspaceLayout, record: JobRecord, layout: JobLayout, look: Look) -> str:
    """Find the highest evidence that there is, in the one order of truth (see `fold`)."""
    journal = _run_journal(workspace, record)
    if look.marker is not None:
        file = layout.done if look.marker.state == "DONE" else layout.failed
        if look.marker.status != record.status:
            return f"{journal}: its scheduler has put it back into its queue after the failure in {file}"
        at = f", written {look.marker.at}" if look.marker.at else ""
        code = f", exit code {look.marker.exit_code}" if look.marker.exit_code is not None else ""
        return f"the marker {file}{at}{code}" + (f": {look.marker.message}" if look.marker.message else "")
    if look.alive:
        return _by_process(layout)
    if record.status.reason is FailureReason.LOST:
        return _lost(look, layout)
    if look.story.ended is not None and record.state is JobState.ERROR:
        return f"its journal {layout.journal}"
    if record.run_id is None:
        return "no run that is kept asks for it" + ("" if look.folder else ", and it has no folder")
    return journal


def _by_process(layout: JobLayout) -> str:
    process = ProcessRecord.read(layout.pid)
    who = "a process" if process is None else f"process {process.pid or process.jobid} on {process.host}"
    return f"{who} holds the lock {layout.lock} or is recorded in {layout.pid.name}"


def _lost(look: Look, layout: JobLayout) -> str:
    if look.story.ended is not None and look.story.ended.state == JobState.DONE:
        return f"its journal {layout.journal} ends well, but its process left no marker: it was cut short"
    return f"it started, its lock {layout.lock} is free, its process is gone, and there is no marker"


def _run_journal(workspace: WorkspaceLayout, record: JobRecord) -> str:
    if record.experiment_id is None or record.run_id is None:
        return "no journal"
    run = workspace.experiment(record.experiment_id).run(record.run_id)
    last = _last_word(run, record.job_id)
    said = "has no word of it since it was submitted" if last is None else f"says {last.state} last"
    at = f" ({last.at:%Y-%m-%dT%H:%M:%SZ})" if last is not None and last.at else ""
    return f"the run journal {run.journal} {said}{at}"


def _last_word(run: RunLayout, job_id: str) -> JobStateChanged | None:
    last = None
    for events, _, _ in follow(run.journal):
        for event in events:
            if isinstance(event, JobStateChanged) and event.job == job_id:
                last = event
    return last


def _needs(monitor: Source, record: JobRecord) -> tuple[Need, ...]:
    found = []
    for job_id in record.depends_on:
        status = _status(monitor, job_id)
        if status.state is not JobState.DONE:
            found.append(Need(job_id=job_id, status=status))
    return tuple(found)


def _blamed(monitor: Source, record: JobRecord) -> tuple[Need, ...]:
    """Walk down to the jobs that failed by themselves."""
    if record.status.reason is not FailureReason.DEPENDENCY:
        return ()
    found: list[Need] = []
    pending, seen = list(record.depends_on), set(record.depends_on)
    while pending and len(seen) < _FOLLOWED:
        job_id = pending.pop(0)
        status = _status(monitor, job_id)
        if status.state is not JobState.ERROR:
            continue
        if status.reason is not FailureReason.DEPENDENCY:
            found.append(Need(job_id=job_id, status=status))
            continue
        further = [need for need in monitor.job(job_id).depends_on if need not in seen]
        seen.update(further)
        pending += further
    return tuple(found)


def _status(monitor: Source, job_id: str) -> Status:
    try:
        return monitor.job(job_id).status
    except LookupError:
        return Status(state=JobState.UNSCHEDULED)


def _schedulers(monitor: Source, job_id: str) -> tuple[Scheduler, ...]:
    found = []
    for experiment_id in dict.fromkeys(experiment for experiment, _ in monitor.memberships(job_id)):
        experiment = monitor.workspace.experiment(experiment_id)
        run = live_run(experiment)
        if run is not None:
            info = read_informations(experiment).runs.get(run.run_id)
            found.append(
                Scheduler(
                    experiment_id=experiment_id,
                    run_id=run.run_id,
                    host=info.hostname if info else None,
                    pid=info.pid if info else None,
                )
            )
    return tuple(found)


def _outlook(record: JobRecord, needs: tuple[Need, ...], *, alive: bool) -> str:
    """What will happen next, by itself or at the next submission."""
    state, reason = record.state, record.status.reason
    if state is JobState.DONE:
        return "it is done: it will not run again while its folder is there"
    if state is JobState.RUNNING:
        return "it runs; a scheduler that needs it follows it instead of starting it"
    if state is JobState.SCHEDULED:
        return f"it was handed to the launcher {record.launcher or '?'}, and its process has not reported yet"
    if state is JobState.WAITING and needs:
        return "it starts when the jobs that it waits for are done"
    if state in (JobState.READY, JobState.WAITING):
        return (
            f"all that it needs is done: it waits for a free place of the launcher {record.launcher or '?'}"
        )
    if reason is FailureReason.DEPENDENCY:
        return "it runs when the experiment is run again and those jobs are done"
    if state is JobState.ERROR and reason is FailureReason.LOST:
        return "it runs again when an experiment asks for it"
    if state is JobState.ERROR:
        return "it runs again when an experiment asks for it" + (", or with `jobs retry`" if alive else "")
    return "nobody waits for it: it runs when an experiment asks for it"
