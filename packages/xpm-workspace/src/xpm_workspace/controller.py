"""What people can do to jobs and services, through whatever monitor they look at.

Nothing is touched unless `perform` is given: by default the answer says what would be done.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from xpm_workspace.errors import LocksUnsupported, WorkspaceError
from xpm_workspace.informations import read_informations
from xpm_workspace.journal_writer import JournalWriter
from xpm_workspace.layout import JobLayout, RunLayout, WorkspaceLayout
from xpm_workspace.locks import FileLock, is_held
from xpm_workspace.markers import read_marker, write_failed
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.process import ProcessRecord, hostname
from xpm_workspace.references import LiveReferences, References
from xpm_workspace.removal import check_inside, remove_tree
from xpm_workspace.requests import live_run, write_request
from xpm_workspace.service_files import read_services

#: How long a job may take to leave after it was asked to.
GRACE_S = 10.0

#: How long the system may take to end a process that was killed.
KILL_WAIT_S = 5.0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to a job or service, or would be."""

    #: The job, or the service.
    id: str
    #: In words: what was, or would be, done. Empty when there is nothing to do.
    what: str = ""
    #: Why it cannot be done.
    problem: str = ""
    #: Whether it was done.
    done: bool = False


class Controller(Protocol):
    """Acts on a workspace."""

    def kill(self, job_ids: Iterable[str], *, perform: bool = False) -> list[Outcome]:
        """Stop jobs that run, and withdraw those that wait."""
        ...

    def clean(self, job_ids: Iterable[str], *, perform: bool = False) -> list[Outcome]:
        """Remove the folders of jobs that do not run."""
        ...

    def retry(self, job_ids: Iterable[str], *, perform: bool = False) -> list[Outcome]:
        """Have failed jobs run again."""
        ...

    def start_service(self, experiment_id: str, service_id: str) -> Outcome:
        """Start a service, without waiting for it.

        The scheduler does it while the experiment is being run. Once it is over, the process of the monitor
        makes the service again, and keeps it until the monitor is closed.
        """
        ...

    def stop_service(self, experiment_id: str, service_id: str) -> Outcome:
        """Stop a service; one that this process started is waited for."""
        ...


class LocalController:
    """Acts on a workspace of this machine; what it does is written to `.experimaestro/actions.jsonl`."""

    def __init__(self, monitor: LocalMonitor, *, grace_s: float = GRACE_S) -> None:
        """Act on the workspace of a monitor.

        Args:
            monitor: finds the runs that know a job.
            grace_s: how long a job may take to leave after it was asked to.
        """
        self._monitor = monitor
        self._workspace: WorkspaceLayout = monitor.workspace
        self._grace_s = grace_s
        self._live = LiveReferences(self._workspace)
        self._kept = References(self._workspace)

    def kill(self, job_ids: Iterable[str], *, perform: bool = False) -> list[Outcome]:
        """See `Controller`. All are asked to leave first, then those that stay are forced to."""
        planned = [self._guarded(job_id, self._plan_kill, perform) for job_id in job_ids]
        if not perform:
            return planned
        deadline = time.monotonic() + self._grace_s
        return self._seen(
            [self._finish_kill(outcome, deadline) if outcome.done else outcome for outcome in planned]
        )

    def clean(self, job_ids: Iterable[str], *, perform: bool = False) -> list[Outcome]:
        """See `Controller`. A job that is done stays while a run goes on that may need it."""
        return self._seen([self._guarded(job_id, self._clean, perform) for job_id in job_ids])

    def clean_orphans(self, job_ids: Iterable[str]) -> list[Outcome]:
        """Remove the folders of jobs to which no run refers, not even a run that has just begun."""
        return self._seen([self._guarded(job_id, self._clean_orphan, True) for job_id in job_ids])

    def retry(self, job_ids: Iterable[str], *, perform: bool = False) -> list[Outcome]:
        """See `Controller`."""
        return self._seen([self._guarded(job_id, self._retry, perform) for job_id in job_ids])

    def start_service(self, experiment_id: str, service_id: str) -> Outcome:
        """See `Controller`."""
        return self._service(experiment_id, service_id, "start-service", self._start_here)

    def stop_service(self, experiment_id: str, service_id: str) -> Outcome:
        """See `Controller`."""
        return self._service(experiment_id, service_id, "stop-service", self._stop_here)

    def _seen(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Let the monitor see at once what was done."""
        self._monitor.refresh([outcome.id for outcome in outcomes if outcome.done])
        return outcomes

    def _guarded(self, job_id: str, act: _Act, perform: bool) -> Outcome:
        """Run one action; what goes wrong with one job says nothing about the others."""
        try:
            job = self._workspace.job_from_id(job_id)
            outcome = act(job, perform)
        except WorkspaceError as error:
            return Outcome(id=job_id, problem=str(error))
        except OSError as error:
            return Outcome(id=job_id, problem=f"{error.strerror or error}: {error.filename or job.path}")
        if outcome.done:
            self._journal(act.__name__.lstrip("_").removeprefix("plan_"), job_id)
        return outcome

    def _plan_kill(self, job: JobLayout, perform: bool) -> Outcome:
        runs = self._live_runs(job)
        record = ProcessRecord.read(job.pid)
        running = _is_running(job)
        if not running and not runs:
            return Outcome(id=job.job_id, problem="it does not run")
        if not running and read_marker(job) is not None:
            return Outcome(id=job.job_id, problem="it has ended")
        here = running and record is not None and record.is_alive() and record.pid is not None
        if not here and not runs:
            where = f"it runs on {record.host}" if record and record.host else "its process is not known"
            return Outcome(id=job.job_id, problem=f"{where}, and no scheduler is there to stop it")
        what = f"stop process {record.pid}" if here and record else "ask its scheduler to stop it"
        if perform:
            for run in runs:
                write_request(run, "kill", job=job.job_id)
            if here and record:
                send_signal(record, signal.SIGTERM)
        return Outcome(id=job.job_id, what=what, done=perform)

    def _finish_kill(self, outcome: Outcome, deadline: float) -> Outcome:
        job = self._workspace.job_from_id(outcome.id)
        record = ProcessRecord.read(job.pid)
        if record is None or record.pid is None or record.host != hostname():
            return outcome
        if not _wait_for_end(record, deadline):
            # Its whole group: the task may have started processes of its own.
            send_signal(record, signal.SIGKILL, group=True)
            if not _wait_for_end(record, time.monotonic() + KILL_WAIT_S):
                return Outcome(id=outcome.id, what=outcome.what, problem=f"process {record.pid} does not end")
        lock = FileLock(job.lock)
        if job.path.exists() and lock.acquire(1.0):
            try:
                if read_marker(job) is None:
                    write_failed(job, "CANCELLED", -int(signal.SIGKILL), "killed")
            finally:
                lock.release()
        return outcome

    def _clean(self, job: JobLayout, perform: bool) -> Outcome:
        return self._remove(job, perform, self._is_needed)

    def _clean_orphan(self, job: JobLayout, perform: bool) -> Outcome:
        return self._remove(job, perform, self._is_kept)

    def _remove(self, job: JobLayout, perform: bool, why_not: Callable[[JobLayout], str]) -> Outcome:
        check_inside(self._workspace, job.path)
        if job.path.is_symlink():
            what = f"remove the link {job.path} (not what it points to)"
        elif job.path.is_dir():
            what = f"remove {job.path}"
        else:
            return Outcome(id=job.job_id, problem="it has no folder")
        if _is_running(job):
            return Outcome(id=job.job_id, problem="it runs; kill it first")
        if not perform:
            return Outcome(id=job.job_id, what=what, problem=why_not(job))
        with contextlib.ExitStack() as stack:
            if not job.path.is_symlink() and not job.state_dir.is_symlink():
                job.create()
                lock = FileLock(job.lock)
                if not lock.acquire():
                    return Outcome(id=job.job_id, problem="it has just started; kill it first")
                stack.callback(lock.release)
            # Now, while no scheduler can start it.
            problem = why_not(job)
            if problem:
                return Outcome(id=job.job_id, problem=problem)
            remove_tree(self._workspace, job.path)
        return Outcome(id=job.job_id, what=what, done=True)

    def _is_needed(self, job: JobLayout) -> str:
        """Why a job that is done may not go; empty if it may."""
        run = self._live.run_of(job.job_id) if job.done.exists() else None
        return f"{_name(run)} goes on and may need it: clean it when that has ended" if run else ""

    def _is_kept(self, job: JobLayout) -> str:
        """Why a job is no orphan; empty if it is one."""
        self._kept.refresh()
        return "a run refers to it now" if job.job_id in self._kept else ""

    def _retry(self, job: JobLayout, perform: bool) -> Outcome:
        marker = read_marker(job)
        if marker is None or marker.state != "ERROR":
            return Outcome(id=job.job_id, problem="it has not failed")
        check_inside(self._workspace, job.failed)
        runs = self._live_runs(job)
        if runs:
            what = "ask its scheduler to run it again"
        else:
            what = "forget the failure, so that it runs when its experiment is started again"
        if perform:
            for run in runs:
                write_request(run, "retry", job=job.job_id)
            if not runs:
                job.failed.unlink(missing_ok=True)
        return Outcome(id=job.job_id, what=what, done=perform)

    def _service(
        self, experiment_id: str, service_id: str, action: str, act_here: Callable[[RunLayout, str], Outcome]
    ) -> Outcome:
        try:
            experiment = self._workspace.experiment(experiment_id)
            current = read_informations(experiment).current_run
            if current is None:
                return Outcome(id=service_id, problem=f"{experiment_id} was never run")
            if service_id not in read_services(experiment.run(current)):
                return Outcome(id=service_id, problem=f"{experiment_id} has no service {service_id!r}")
            run = live_run(experiment)
            if run is None:
                outcome = act_here(experiment.run(current), service_id)
            else:
                # One that was started here, for an earlier run, gives way.
                self._monitor.hosted_services.stop(experiment_id, service_id)
                write_request(run, action, service=service_id)
                outcome = Outcome(id=service_id, what="ask the scheduler", done=True)
        except (WorkspaceError, OSError) as error:
            return Outcome(id=service_id, problem=str(error))
        if outcome.done:
            self._journal(action, service_id)
        return outcome

    def _start_here(self, run: RunLayout, service_id: str) -> Outcome:
        self._monitor.hosted_services.start(run, service_id)
        return Outcome(id=service_id, what="start it here: the experiment is over", done=True)

    def _stop_here(self, run: RunLayout, service_id: str) -> Outcome:
        if self._monitor.hosted_services.stop(run.experiment.experiment_id, service_id):
            return Outcome(id=service_id, what="stop it", done=True)
        return Outcome(id=service_id, problem="it does not run: the experiment is over")

    def _live_runs(self, job: JobLayout) -> list[RunLayout]:
        found = []
        for experiment_id in dict.fromkeys(e for e, _ in self._monitor.memberships(job.job_id)):
            run = live_run(self._workspace.experiment(experiment_id))
            if run is not None:
                found.append(run)
        return found

    def _journal(self, action: str, target: str) -> None:
        event = {
            "event": "action",
            "action": action,
            "target": target,
            "host": hostname(),
            "pid": os.getpid(),
        }
        # Several people may act at once: the lock makes each of them the one writer for a moment.
        with contextlib.suppress(OSError, LocksUnsupported), FileLock(self._workspace.actions_lock):
            writer = JournalWriter(self._workspace.actions)
            writer.append(event)
            writer.close()


class _Act(Protocol):
    __name__: str

    def __call__(self, job: JobLayout, perform: bool, /) -> Outcome: ...


def send_signal(record: ProcessRecord, number: int, *, group: bool = False) -> bool:
    """Send a signal to this very process, not to another that got its pid since.

    Args:
        record: a process of this machine.
        number: the signal.
        group: to its whole process group, if it leads one.

    Returns:
        Whether it was there.

    Raises:
        PermissionError: it belongs to somebody else.
    """
    pid = record.pid
    if pid is None or pid <= 1 or not record.is_alive():
        return False
    with contextlib.suppress(ProcessLookupError):
        if group and os.getpgid(pid) == pid and pid != os.getpgrp():
            os.killpg(pid, number)
            return True
        if not hasattr(os, "pidfd_open") or not hasattr(signal, "pidfd_send_signal"):
            os.kill(pid, number)
            return True
        descriptor = os.pidfd_open(pid)
        try:
            # The descriptor stands for one process for ever: what is true after opening it stays true.
            if record.is_alive():
                signal.pidfd_send_signal(descriptor, number)
                return True
        finally:
            os.close(descriptor)
    return False


def _name(run: RunLayout) -> str:
    return f"run {run.run_id} of {run.experiment.experiment_id}"


def _wait_for_end(record: ProcessRecord, deadline: float) -> bool:
    while record.is_alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _is_running(job: JobLayout) -> bool:
    try:
        if is_held(job.lock):
            return True
    except (LocksUnsupported, OSError):
        pass
    record = ProcessRecord.read(job.pid)
    return bool(record and read_marker(job) is None and record.is_alive())


def read_actions(workspace: WorkspaceLayout) -> list[dict[str, object]]:
    """Return what people did through controllers, in order."""
    try:
        lines = workspace.actions.read_bytes().splitlines()
    except OSError:
        return []
    actions = []
    for line in lines:
        with contextlib.suppress(ValueError):
            content = json.loads(line)
            if isinstance(content, dict):
                actions.append(content)
    return actions
