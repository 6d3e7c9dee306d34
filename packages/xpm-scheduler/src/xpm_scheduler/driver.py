"""The driver: executes the engine's instructions in the real world, and reports back with events.

It lives in one asyncio loop. All its methods are called in that loop's thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, Protocol

from xpm_scheduler import job_folder
from xpm_scheduler.claims import Claims, Store
from xpm_scheduler.engine import Engine
from xpm_scheduler.events import (
    Change,
    Denied,
    Ended,
    Event,
    Finding,
    Follow,
    Inspect,
    Inspected,
    Instruction,
    Kill,
    Launch,
    Launched,
    Publish,
    Started,
    StopRequested,
    Submitted,
    TokensFreed,
)
from xpm_scheduler.job import Job
from xpm_scheduler.launchers.base import Handle, Launcher
from xpm_scheduler.outcome import Exit, Outcome, conclude
from xpm_scheduler.plan import JobSpec
from xpm_scheduler.preparing import PreparationFailed, Preparations
from xpm_workspace.lifecycle import FailureReason, JobState
from xpm_workspace.markers import read_final_marker, read_marker
from xpm_workspace.process import ProcessRecord

logger = logging.getLogger("xpm.scheduler")

#: Seconds between two looks at a job that runs on another machine: first, and longest.
_LOOK_FIRST_S, _LOOK_MAX_S = 0.1, 2.0


class Recorder(Protocol):
    """Where the driver writes what happened: the run's journal and the index."""

    def jobs(self, jobs: Iterable[Job]) -> None:
        """Jobs were submitted."""

    def changes(self, changes: tuple[Change, ...]) -> None:
        """Jobs changed their state."""


class Driver:
    """Runs the jobs of one experiment."""

    def __init__(
        self,
        *,
        recorder: Recorder,
        notify: Callable[[tuple[Change, ...]], None],
        settled: Callable[[], None],
        environ: Callable[[Job], Mapping[str, str]],
        parameters: Callable[[Job], bytes],
        tokens: Store,
        python: str,
    ) -> None:
        """Make a driver; it needs a running loop when it is given something to do.

        Args:
            recorder: writes journal and index.
            notify: called after each batch of changes, once they are written.
            settled: called when all events so far were handled; `idle` and `crash` are worth a look then.
            environ: gives the whole environment of a job process.
            parameters: gives the content of a job's `params.json`.
            tokens: where jobs claim what they share.
            python: interpreter of the job processes.
        """
        self.engine = Engine({})
        self.jobs: dict[str, Job] = {}
        self._launchers: dict[str, Launcher] = {}
        #: Ids of those that know that a job will come; they are perhaps data classes, which have no hash.
        self._expecting: set[int] = set()
        #: What stopped the driver: a defect of ours, or a workspace that cannot be written.
        self.crash: Exception | None = None
        self._recorder = recorder
        self._notify = notify
        self._settled = settled
        self._environ = environ
        self._parameters = parameters
        self._python = python
        self._claims = Claims(
            tokens,
            waiting=lambda: [self.jobs[job_id] for job_id in self.engine.parked],
            freed=lambda job_ids: self.post(TokensFreed(job_ids=job_ids)),
        )
        self._preparations = Preparations()
        self._closed = False
        self._inbox: deque[Event] = deque()
        self._draining = False
        self._handles: dict[str, Handle] = {}
        #: Jobs that somebody wants stopped, and that have no process to stop yet.
        self._doomed: set[str] = set()
        self._background: set[asyncio.Task[None]] = set()

    # --- Coming in

    def submit(self, jobs: Iterable[Job]) -> None:
        """Take new jobs; those that they need come before them. None is taken once the driver is closed."""
        if self._closed:
            return
        new = [job for job in jobs if job.job_id not in self.jobs]
        for job in new:
            self.jobs[job.job_id] = job
            for name, launcher in job.choices.items():
                self._launchers[name] = launcher
                self.engine.add_launcher(name, launcher.max_jobs)
        self._recorder.jobs(new)
        self.post(Submitted(plans=tuple(job.plan for job in new)))

    def post(self, *events: Event) -> None:
        """Give events to the engine; those that arrive meanwhile are handled in the same batch."""
        if self._closed or self.crash is not None:
            return
        self._inbox.extend(events)
        if not self._draining:
            self._draining = True
            asyncio.get_running_loop().call_soon(self._drain)

    async def settle(self) -> None:
        """Return once all events so far were handled, and the work that they led to has begun."""
        while self._draining:
            await asyncio.sleep(0)

    @property
    def idle(self) -> bool:
        """Whether no job will change by itself."""
        return not self._inbox and self.engine.idle

    def will_change(self, job_id: str) -> bool:
        """Whether a job will change by itself; also true of one that did not get here yet."""
        return job_id not in self.engine or bool(self._inbox) or self.engine.will_change(job_id)

    def fail(self, error: Exception) -> None:
        """Stop: nothing that we do from now on could be relied on. Those who wait learn of it."""
        if self.crash is None:
            self.crash = error
        self._settled()

    async def close(self) -> None:
        """Start nothing more and stop following jobs; their processes go on."""
        if self.crash is None:
            self.post(StopRequested())
            self._drain()
        self._closed = True
        self._preparations.close()
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        self._claims.close()
        for launcher in self._launchers.values():
            try:
                await launcher.close()
            except Exception:
                # It is left as it is: the run has to be closed all the same.
                logger.exception("launcher %s: cannot be closed", launcher.name)

    def _drain(self) -> None:
        self._draining = False
        if self._closed or self.crash is not None:
            return
        events = tuple(self._inbox)
        self._inbox.clear()
        try:
            for instruction in self.engine.handle(*events):
                self._execute(instruction)
        except Exception as error:  # noqa: BLE001 - whoever waits must learn of it, whatever it is
            self.fail(error)
        self._settled()

    # --- Instructions

    def _execute(self, instruction: Instruction) -> None:
        match instruction:
            case Publish(changes=changes):
                self._publish(changes)
            case Inspect(job_ids=job_ids):
                found = [Inspected(job_id=job_id, finding=_inspect(self.jobs[job_id])) for job_id in job_ids]
                self._announce(self.jobs[each.job_id] for each in found if each.finding is Finding.FREE)
                self.post(*found)
            case Launch(job_id=job_id, attempt=attempt, launcher=launcher):
                job = self.jobs[job_id]
                job.launcher, job.attempts = self._launchers[launcher], attempt
                self._spawn(job_id, self._launch(job, attempt))
            case Follow(job_id=job_id):
                self._spawn(job_id, self._follow(self.jobs[job_id]))
            case Kill(job_id=job_id):
                self._kill(self.jobs[job_id])

    def _announce(self, jobs: Iterable[Job]) -> None:
        """Tell launchers that have no job yet that one will come."""
        for job in jobs:
            if id(job.launcher) not in self._expecting:
                self._expecting.add(id(job.launcher))
                try:
                    job.launcher.expect(self._python, self._environ(job))
                except Exception as error:  # noqa: BLE001 - starting the job meets it too, and tells as its own
                    logger.debug("launcher %s does not expect a job: %s", job.launcher.name, error)

    def _publish(self, changes: tuple[Change, ...]) -> None:
        for change in changes:
            job = self.jobs[change.job_id]
            job.status = change.status
            job.attempts = change.attempt
            state = change.status.state
            if state.final or state is JobState.UNSCHEDULED:
                self._doomed.discard(job.job_id)
                self._claims.release(job)  # also its place in line, if it never ran
        self._recorder.changes(changes)
        self._notify(changes)

    async def _launch(self, job: Job, attempt: int) -> None:
        await self._preparations.run(job.submission.prepares)
        if job.job_id in self._doomed:
            job.message = "stopped before it started"
            self.post(Ended(job_id=job.job_id, reason=FailureReason.CANCELLED))
            return
        if not self._claims.claim(job):
            self.post(Denied(job_id=job.job_id))
            return
        finding, lock = job_folder.prepare(job.layout, lambda: self._parameters(job), keep=job.plan.resumable)
        if lock is None:
            if finding is not Finding.RUNNING:
                self._claims.release(job)
            self.post(Inspected(job_id=job.job_id, finding=finding))
            return
        try:
            handle = await job.launcher.submit(
                JobSpec(
                    job=job.layout,
                    environ=self._environ(job),
                    attempt=attempt,
                    python=self._python,
                    time_limit_s=job.time_limit_s,
                )
            )
            self._record(job, handle)
        finally:
            lock.release()
        job.executed = True
        self.post(Launched(job_id=job.job_id))
        await self._watch(job, handle)

    def _record(self, job: Job, handle: Handle) -> None:
        """Write down which process runs the job; it does so itself where we cannot."""
        if handle.record.pid is not None and handle.record.start_time is None:
            return  # it ended already; its number may be another process's soon
        try:
            handle.record.write(job.layout.files.pid)
        except OSError as error:
            logger.warning("%s: its process is not recorded: %s", job.short_id, error)

    async def _watch(self, job: Job, handle: Handle, *, report_start: bool = True) -> None:
        self._handles[job.job_id] = handle
        if job.job_id in self._doomed:
            self._kill(job)
        try:
            if report_start:
                await handle.started()
                self.post(Started(job_id=job.job_id))
            exit = await handle.wait()
        finally:
            del self._handles[job.job_id]
        self._end(job, exit)

    async def _follow(self, job: Job) -> None:
        """Attach to a process that this driver did not start; without one to see, look at its lock."""
        first = ProcessRecord.read(job.layout.files.pid)
        stale = first is not None and first.is_alive() is False
        pause_s = _LOOK_FIRST_S
        while True:
            record = ProcessRecord.read(job.layout.files.pid)
            handle = None if record is None else await job.launcher.attach(job.layout, record)
            if handle is not None:
                await self._watch(job, handle, report_start=False)
                return
            if read_marker(job.layout.files) is not None or not job_folder.runs_elsewhere(job.layout):
                break
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, _LOOK_MAX_S)
        if read_final_marker(job.layout.files) is None and (record is None or (stale and record == first)):
            # The lock that we saw was held by a scheduler that was about to start it, and is gone.
            self.post(Ended(job_id=job.job_id, reason=FailureReason.LOST, never_ran=True))
            return
        self._end(job, Exit())

    def _kill(self, job: Job) -> None:
        handle = self._handles.get(job.job_id)
        if handle is None:
            self._doomed.add(job.job_id)
            return
        self._doomed.discard(job.job_id)
        self._spawn(job.job_id, _kill(job, handle))

    def _end(self, job: Job, exit: Exit) -> None:
        self._claims.release(job)
        marker = read_final_marker(job.layout.files)
        if marker is None and not job.layout.lock.exists():
            exit = Exit(folder_gone=True)
        outcome = conclude(job.job_id, marker, exit)
        job.message = outcome.message
        if marker is None and exit.known:
            _record_end(job, outcome, exit)
        self.post(outcome.event)

    # --- Background work

    def _spawn(self, job_id: str, work: Coroutine[Any, Any, None]) -> None:
        """Start work in the background; keep a reference, and turn its failure into the job's."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(lambda done: self._finished(job_id, done))

    def _finished(self, job_id: str, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        job = self.jobs[job_id]
        self._claims.release(job)
        if isinstance(error, OSError):
            job.message = f"{error.strerror or error}: {error.filename or job.path}"
            logger.debug("%s", job.short_id, exc_info=error)
        elif isinstance(error, PreparationFailed):
            job.message = str(error)
        else:
            job.message = f"{type(error).__name__}: {error}"
            logger.error("%s: unexpected error", job.short_id, exc_info=error)
        if not job.status.state.final:
            self.post(Ended(job_id=job_id, reason=FailureReason.FAILED))


def _inspect(job: Job) -> Finding:
    try:
        return job_folder.inspect(job.layout)
    except OSError:
        # A folder that cannot be read: starting the job meets the same error, and reports it as its own.
        return Finding.FREE


def _record_end(job: Job, outcome: Outcome, exit: Exit) -> None:
    """Write down what the process of a job could not, and only we know."""
    try:
        job_folder.record_end(
            job.layout, outcome.event.reason or FailureReason.LOST, exit.returncode, outcome.message
        )
    except OSError as error:
        logger.debug("%s: its end is not recorded: %s", job.short_id, error)


async def _kill(job: Job, handle: Handle) -> None:
    try:
        await handle.kill(job.launcher.kill_grace_s)
    except OSError as error:  # a process of somebody else, a cluster that does not answer
        logger.warning("%s: cannot be stopped: %s", job.short_id, error.strerror or error)


__all__ = ["Driver", "Finding", "Recorder"]
