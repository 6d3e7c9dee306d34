"""One run of an experiment: its lock, its journal, and the scheduler's thread."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from typing import Protocol

from xpm_scheduler.bell import Bell
from xpm_scheduler.callbacks import CallbackThread, OutputWatcher, call_on_completed
from xpm_scheduler.driver import Driver
from xpm_scheduler.environment import job_environ
from xpm_scheduler.errors import NoExperiment, SchedulerCrash, WorkspaceFailed
from xpm_scheduler.events import Change, Event, KillRequested, RetryRequested, StopRequested
from xpm_scheduler.index_feeder import IndexFeeder
from xpm_scheduler.job import Job
from xpm_scheduler.loop_thread import HEAR_S, LoopThread
from xpm_scheduler.recorder import RunRecorder
from xpm_scheduler.services import RunServices
from xpm_scheduler.token_store import TokenStore
from xpm_scheduler.transient import remove_transient
from xpm_workspace.layout import ExperimentLayout
from xpm_workspace.lifecycle import FailureReason, JobState
from xpm_workspace.process import ProcessRecord
from xpm_workspace.requests import take_requests
from xpm_workspace.runs import ExperimentLock, RunHandle, create_run

logger = logging.getLogger("xpm.scheduler")

#: Jobs that are submitted together at most: while many come, those that came first run already.
_BATCH = 100
#: Longest time in seconds that whoever submits the first job waits until it was looked at.
_FIRST_S = 1.0
#: Seconds between two looks at the outputs that running jobs register.
_WATCH_S = 0.25
#: Seconds between two looks at what monitors ask for.
_TAKE_S = 0.5
#: What monitors may ask for.
_REQUESTS: dict[str, type[KillRequested] | type[RetryRequested]] = {
    "kill": KillRequested,
    "retry": RetryRequested,
}
#: Seconds given to the index, which can be made later: at a good end, and when somebody wants to leave.
_PATIENCE_S, _HURRY_S = 60.0, 1.0


class SessionListener(Protocol):
    """Who wants to know. The methods are called in the scheduler's thread, but for the first."""

    def waits_for_lock(self, holder: ProcessRecord | None) -> None:
        """Another process runs the same experiment; the session waits for it to end."""

    def changed(self, jobs: list[tuple[Job, Change]]) -> None:
        """Jobs changed their state; the journal knows already."""


class Session:
    """Holds the experiment's lock and runs its jobs. Used from the user's threads."""

    def __init__(
        self,
        layout: ExperimentLayout,
        *,
        parameters: Callable[[Job], bytes],
        environ: Callable[[], tuple[Mapping[str, str], ...]],
        services: RunServices | None = None,
        listeners: tuple[SessionListener, ...] = (),
    ) -> None:
        """Describe the session.

        Args:
            layout: the experiment.
            parameters: gives the content of a job's `params.json`.
            environ: gives the layers of environment variables for the jobs, lowest first.
            services: what runs beside the jobs; who made them closes them.
            listeners: who wants to know.
        """
        self._services = services or RunServices()
        self._layout = layout
        self._parameters = parameters
        self._environ = environ
        self._listeners = listeners
        self._lock = ExperimentLock(layout)
        self._callbacks = CallbackThread(lambda: self._in_loop(self._settled))
        self._watchers: dict[str, OutputWatcher] = {}
        self._looking = False
        self._loop = LoopThread(f"experiment {layout.experiment_id}")
        self._outbox: deque[Job] = deque()
        #: Whether nothing will happen by itself; guarded by `_guard`.
        self._idle = True
        #: Whether a job was submitted, and whether the run was left; guarded by `_guard`.
        self._begun = self._closed = False
        #: Jobs that a thread waits for, and those of them that nothing makes run; guarded by `_guard`.
        self._awaited: Counter[str] = Counter()
        self._dormant: set[str] = set()
        self._guard = threading.RLock()
        #: Rung after each batch of changes, one for each thread that waits; guarded by `_guard`.
        self._bells: set[Bell] = set()
        #: Jobs that failed by themselves, in the order in which they did.
        self.failures: list[Job] = []

    def start(self) -> None:
        """Wait for the experiment's lock, then start a run."""
        with ExitStack() as undo:
            undo.callback(self._lock.release)  # also after a Ctrl+C
            if not self._lock.acquire():
                for listener in self._listeners:
                    listener.waits_for_lock(self._lock.holder())
                self._lock.acquire(timeout_s=None)
            self._start()
            undo.pop_all()

    def _start(self) -> None:
        self.run: RunHandle = create_run(self._layout.workspace, self._layout.experiment_id)
        self._index = IndexFeeder(self.run.layout)
        self._index.start()
        self._driver = Driver(
            recorder=RunRecorder(self.run, self._index),
            notify=self._notify,
            settled=self._settled,
            environ=lambda job: job_environ(job, *self._environ()),
            parameters=self._parameters,
            tokens=TokenStore(self._layout.workspace, self._layout.experiment_id),
            python=sys.executable,
        )
        self._services.open(self.run.layout)
        self._loop.start()
        self._in_loop(self._take_requests)

    def submit(self, job: Job) -> None:
        """Give a job to the scheduler, if it does not have it; wait until it has looked at the first one.

        Raises:
            NoExperiment: the run was left.
            SchedulerError: the scheduler stopped.
        """
        with self._guard:
            if self._closed:
                raise NoExperiment(
                    f"experiment {self._layout.experiment_id} was left: nothing starts any more"
                )
            self._check()
            if not self._outbox:
                # Before the job is there: else a Ctrl+C between the two would leave it there for ever.
                self._in_loop(self._take_some)
            self._idle = False
            self._outbox.append(job)
            first, self._begun = not self._begun, True
        if first:
            # So that its launcher gets ready meanwhile: others that follow at once keep the loop busy, and
            # the interpreter's lock from it.
            with suppress(TimeoutError):
                self._loop.call(self._driver.settle, _FIRST_S)

    def post(self, event: Event) -> None:
        """Give an event to the scheduler; without effect once the run was left."""

        def post() -> None:
            self._take()  # the event may be about a job that was just submitted
            self._driver.post(event)

        self._in_loop(post)

    def wait(self) -> None:
        """Wait until no job will change by itself.

        Raises:
            SchedulerCrash: the scheduler met a defect of ours; running jobs go on.
            WorkspaceFailed: the workspace cannot be written any more; running jobs go on.
            RuntimeError: called by a callback, which would wait for itself.
        """
        if self._callbacks.is_current:
            raise RuntimeError(
                "a callback cannot wait for the experiment, which waits for it; wait for a job"
            )
        self._wait_until(lambda: self._idle or self._over)
        self._check()

    def _wait_until(self, ready: Callable[[], bool], timeout_s: float | None = None) -> None:
        """Wait until something is so.

        Not in one go: the system may hand a signal (SIGTERM, Ctrl+C) to any thread, which does not wake the
        main one, although it is the one that has to act.
        """
        left_s = float("inf") if timeout_s is None else timeout_s
        deadline = time.monotonic() + left_s
        bell = Bell()
        try:
            while True:
                with self._guard:
                    self._bells.add(bell)
                    if ready() or left_s <= 0:
                        return
                bell.wait(min(HEAR_S, left_s))
                left_s = deadline - time.monotonic()
        finally:
            with self._guard:
                self._bells.discard(bell)

    def wait_for(self, job: Job, timeout_s: float | None) -> None:
        """Wait until a job is done, failed, or will not run by itself (`job.Waiter`)."""
        with self._guard:
            self._awaited[job.job_id] += 1
            self._dormant.discard(job.job_id)
        try:
            self._in_loop(self._settled)  # it may have been dormant for long
            self._wait_until(lambda: job.state.final or job.job_id in self._dormant or self._over, timeout_s)
        finally:
            with self._guard:
                self._awaited[job.job_id] -= 1
                self._awaited += Counter()  # forgets those that nobody waits for
        if not job.state.final:
            self._check()

    @property
    def _over(self) -> bool:
        """Whether nothing will happen any more."""
        return self._closed or self._driver.crash is not None

    def _check(self) -> None:
        crash = self._driver.crash
        if isinstance(crash, OSError):
            raise WorkspaceFailed.of(crash, self._layout.workspace.root) from crash
        if crash is not None:
            raise SchedulerCrash(f"the scheduler stopped: {type(crash).__name__}: {crash}") from crash

    def stop(self) -> None:
        """Start no further job."""
        self.post(StopRequested())

    def close(self, status: str) -> None:
        """End the run: its journal, its lock, the thread. Running jobs go on.

        Each step is taken even if one before it fails, or is cut short by a second Ctrl+C.
        """
        with ExitStack() as steps:
            steps.callback(self._lock.release)
            steps.callback(self._index.close, _PATIENCE_S if status in ("done", "failed") else _HURRY_S)
            if status == "done":
                steps.callback(self._remove_transient)
            steps.callback(self._end_run, status)
            steps.callback(self._loop.stop)
            steps.callback(self._close_driver)
            # Who is in a hurry does not wait for a callback; it ends with the process.
            steps.callback(self._callbacks.close, wait=status in ("done", "failed"))

    def _close_driver(self) -> None:
        self._in_loop(self._take)  # what was submitted is written down, whatever comes
        try:
            self._loop.call(self._driver.close)
        finally:
            with self._guard:
                self._closed = True
                self._wake()

    def _end_run(self, status: str) -> None:
        try:
            self.run.end(status)
        except OSError as error:
            if status == "done":
                raise
            # Something went wrong before, which matters more; the next run closes this one.
            logger.warning("the end of the run is not recorded: %s", error)

    def _remove_transient(self) -> None:
        self._index.changed(remove_transient(self._driver.jobs.values(), self._layout))

    def _in_loop(self, function: Callable[[], object]) -> None:
        """Have a function called in the loop; what it raises stops the scheduler and wakes those who wait."""

        def call() -> None:
            try:
                function()
            except Exception as error:  # noqa: BLE001 - whoever waits must learn of it, whatever it is
                self._driver.fail(error)

        self._loop.call_soon(call)

    def _take_some(self) -> None:
        """In the loop: submit what came since the last time; of many jobs the first, so that they start."""
        self._take(_BATCH)
        if self._outbox:
            self._in_loop(self._take_some)

    def _take(self, limit: int | None = None) -> None:
        """In the loop: submit together the next jobs that came, or all of them."""
        with self._guard:
            jobs = [self._outbox.popleft() for _ in range(len(self._outbox))[:limit]]
        if jobs:
            self._driver.submit(dict.fromkeys(jobs))  # one whose submission was interrupted comes again

    def _notify(self, changes: tuple[Change, ...]) -> None:
        """In the loop: tell those who listen."""
        pairs = [(self._driver.jobs[change.job_id], change) for change in changes]
        for job, change in pairs:
            failed = change.status.state is JobState.ERROR
            if failed and change.status.reason is not FailureReason.DEPENDENCY:
                self.failures.append(job)
            self._call_back(job, change.status.state)
        for listener in self._listeners:
            try:
                listener.changed(pairs)
            except Exception:
                # Who listens must not stop the scheduler.
                logger.exception("a listener raised")

    def _call_back(self, job: Job, state: JobState) -> None:
        """In the loop: have those called who watch the job."""
        if job.submission.watched_outputs and (state.final or state is JobState.RUNNING):
            if job.job_id not in self._watchers:
                self._watchers[job.job_id] = OutputWatcher(job, self._callbacks)
                if not self._looking:
                    self._look_at_outputs()
            if state.final:
                self._watchers[job.job_id].look()
        if state is JobState.DONE:
            call_on_completed(job, self._callbacks)

    def _take_requests(self) -> None:
        """In the loop: do what monitors ask for, now and again later."""
        for request in take_requests(self.run.layout):
            if self._services.take(request):
                continue
            event, job_id = _REQUESTS.get(request["action"]), request.get("job")
            if event is not None and job_id in self._driver.jobs:
                self._driver.post(event(job_id=job_id))
        self._loop.call_later(_TAKE_S, self._take_requests)

    def _look_at_outputs(self) -> None:
        """In the loop: see what running jobs have registered, now and again later."""
        running = [w for job_id, w in self._watchers.items() if self._driver.jobs[job_id].state.active]
        for watcher in running:
            watcher.look()
        self._looking = bool(running)
        if running:
            self._loop.call_later(_WATCH_S, self._look_at_outputs)

    def _settled(self) -> None:
        """In the loop: wake those who wait, if there is something to see for them."""
        with self._guard:
            self._idle = not self._outbox and self._driver.idle and self._callbacks.idle
            self._dormant = {job_id for job_id in self._awaited if not self._driver.will_change(job_id)}
            if self._idle or self._awaited or self._over:
                self._wake()

    def _wake(self) -> None:
        """With `_guard` held: let all who wait have a look."""
        for bell in self._bells:
            bell.ring()
