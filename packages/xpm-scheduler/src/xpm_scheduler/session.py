"""One run of an experiment: its lock, its journal, and the scheduler's thread."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from xpm_scheduler import job_folder
from xpm_scheduler.callbacks import CallbackThread, OutputWatcher, call_on_completed
from xpm_scheduler.driver import Driver
from xpm_scheduler.environment import job_environ
from xpm_scheduler.errors import SchedulerCrash
from xpm_scheduler.events import Change, Event
from xpm_scheduler.index_feeder import IndexFeeder
from xpm_scheduler.job import Job
from xpm_scheduler.loop_thread import LoopThread
from xpm_scheduler.recorder import RunRecorder
from xpm_scheduler.token_store import TokenStore
from xpm_tasks.submission import TransientMode
from xpm_workspace.layout import ExperimentLayout
from xpm_workspace.lifecycle import FailureReason, JobState
from xpm_workspace.process import ProcessRecord
from xpm_workspace.runs import ExperimentLock, RunHandle, create_run

#: Seconds between two looks at the outputs that running jobs register.
_WATCH_S = 0.25


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
        listeners: tuple[SessionListener, ...] = (),
    ) -> None:
        """Describe the session.

        Args:
            layout: the experiment.
            parameters: gives the content of a job's `params.json`.
            environ: gives the layers of environment variables for the jobs, lowest first.
            listeners: who wants to know.
        """
        self._layout = layout
        self._parameters = parameters
        self._environ = environ
        self._listeners = listeners
        self._lock = ExperimentLock(layout)
        self._callbacks = CallbackThread(lambda: self._loop.call_soon(self._settled))
        self._watchers: dict[str, OutputWatcher] = {}
        self._looking = False
        self._loop = LoopThread(f"experiment {layout.experiment_id}")
        self._outbox: deque[Job] = deque()
        #: Whether nothing will happen by itself; guarded by `changed`.
        self._idle = True
        #: Notified after each batch of changes.
        self.changed = threading.Condition()
        #: Jobs that failed by themselves, in the order in which they did.
        self.failures: list[Job] = []

    def start(self) -> None:
        """Wait for the experiment's lock, then start a run."""
        if not self._lock.acquire():
            for listener in self._listeners:
                listener.waits_for_lock(self._lock.holder())
            self._lock.acquire(timeout_s=None)
        try:
            self.run: RunHandle = create_run(self._layout.workspace, self._layout.experiment_id)
        except BaseException:
            self._lock.release()
            raise
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
        self._loop.start()

    def submit(self, job: Job) -> None:
        """Give a job to the scheduler; nothing is waited for."""
        with self.changed:
            self._outbox.append(job)
            self._idle = False
        self._loop.call_soon(self._flush_outbox)

    def post(self, event: Event) -> None:
        """Give an event to the scheduler."""
        self._loop.call_soon(lambda: self._driver.post(event))

    def wait(self) -> None:
        """Wait until no job will change by itself.

        Raises:
            SchedulerCrash: the scheduler met a defect of ours; running jobs go on.
        """
        with self.changed:
            self.changed.wait_for(lambda: self._idle or self._driver.crash is not None)
        if self._driver.crash is not None:
            raise SchedulerCrash(f"the scheduler stopped: {self._driver.crash}") from self._driver.crash

    def close(self, status: str) -> None:
        """End the run: its journal, its lock, the thread. Running jobs go on."""
        self._callbacks.close()
        self._loop.call(self._driver.close())
        if status == "done":
            self._remove_transient()
        self._loop.stop()
        try:
            self.run.end(status)
        finally:
            self._index.close()
            self._lock.release()

    def _remove_transient(self) -> None:
        """Remove the folders that were only needed on the way: all jobs are done."""
        for job in self._driver.jobs.values():
            if job.submission.transient is TransientMode.REMOVE and job.state is JobState.DONE:
                job_folder.remove(job.layout)

    def _flush_outbox(self) -> None:
        """In the loop: submit at once all that came since the last time."""
        batch = [self._outbox.popleft() for _ in range(len(self._outbox))]
        if batch:
            self._driver.submit(batch)

    def _notify(self, changes: tuple[Change, ...]) -> None:
        """In the loop: tell those who listen."""
        pairs = [(self._driver.jobs[change.job_id], change) for change in changes]
        for job, change in pairs:
            failed = change.status.state is JobState.ERROR
            if failed and change.status.reason is not FailureReason.DEPENDENCY:
                self.failures.append(job)
            self._call_back(job, change.status.state)
        for listener in self._listeners:
            listener.changed(pairs)

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

    def _look_at_outputs(self) -> None:
        """In the loop: see what running jobs have registered, now and again later."""
        running = [w for job_id, w in self._watchers.items() if self._driver.jobs[job_id].state.active]
        for watcher in running:
            watcher.look()
        self._looking = bool(running)
        if running:
            self._loop.call_later(_WATCH_S, self._look_at_outputs)

    def _settled(self) -> None:
        """In the loop: wake those who wait."""
        with self.changed:
            self._idle = not self._outbox and self._driver.idle and self._callbacks.idle
            self.changed.notify_all()
