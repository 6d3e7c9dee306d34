"""What an experiment tells on standard error while it runs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from xpm_scheduler import job_folder
from xpm_scheduler.events import Change
from xpm_scheduler.job import Job
from xpm_scheduler.live_line import LiveLine, duration
from xpm_tasks.submission import RunMode
from xpm_workspace.lifecycle import FailureReason, JobState
from xpm_workspace.markers import read_marker
from xpm_workspace.process import ProcessRecord

if TYPE_CHECKING:
    from xpm_scheduler.context import experiment

#: Jobs that failed for this reason are counted at the end; one line each would hide the cause.
_VICTIM = FailureReason.DEPENDENCY


class Reporter:
    """A `session.SessionListener`: in a terminal a live line and the failures, else a line for each step."""

    def __init__(self, name: str, stream: TextIO | None = None) -> None:
        self._name = name
        self._line = LiveLine(self._summary, stream)
        self._jobs: dict[str, Job] = {}
        #: When the running jobs started, by id (monotonic seconds).
        self._running: dict[str, float] = {}
        #: How long those took that this run executed.
        self._took_s: list[float] = []

    def say(self, text: str) -> None:
        """Write one line."""
        self._line.say(text)

    def started(self, xp: experiment) -> None:
        """The experiment was entered."""
        if xp.run_mode is RunMode.NORMAL:
            self.say(f"experiment {self._name}, run {xp.run_id}, in {xp.workspace.path}")
            self._line.start()
        else:
            self.say(f"experiment {self._name}, {xp.run_mode.name.lower()}, in {xp.workspace.path}")

    def waits_for_lock(self, holder: ProcessRecord | None) -> None:
        """Another process runs the same experiment."""
        who = "another process" if holder is None else f"process {holder.pid} on {holder.host}"
        self.say(f"experiment {self._name} is already run by {who}: waiting for it to end")

    def submitted(self, job: Job) -> None:
        """A task was submitted; worth a line only when nothing else will be said about it."""
        if job.run_mode is RunMode.NORMAL:
            self._jobs[job.job_id] = job
            self._line.changed()
            return
        lines = [
            f"{job.task_id}",
            f"  identifier   {job.identifier}",
            f"  folder       {job.path}",
            f"  state        {_state_on_disk(job)}",
        ]
        if job.tags:
            lines.append("  tags         " + ", ".join(f"{k}={v}" for k, v in sorted(job.tags.items())))
        lines += [f"  depends on   {needed}" for needed in job.plan.depends_on]
        self.say("\n".join(lines))

    def changed(self, jobs: list[tuple[Job, Change]]) -> None:
        """Jobs changed their state."""
        for job, change in jobs:
            state = change.status.state
            if state is JobState.RUNNING:
                self._running[job.job_id] = time.monotonic()
                again = f", try {change.attempt}" if change.attempt > 1 else ""
                self._step("started " if job.executed else "follows ", f"{_label(job)}{again}")
                continue
            since = self._running.pop(job.job_id, None)
            if state is JobState.DONE and since is not None:
                self._took_s.append(time.monotonic() - since)
                self._step("done    ", _label(job))
            elif state is JobState.ERROR and change.status.reason is not _VICTIM:
                reason = change.status.reason.value if change.status.reason else ""
                self.say(f"  failed   {_label(job)}: {reason}: {job.message}")
        self._line.changed()

    def leaves(self, status: str) -> None:
        """The experiment is about to be left; jobs may still run."""
        if status == "interrupted":
            self.say(f"experiment {self._name}: no further job starts, running ones go on; leaving")

    def ended(self, status: str, jobs: Sequence[Job]) -> None:
        """The experiment was left."""
        self._line.close()
        jobs = [job for job in jobs if job.run_mode is RunMode.NORMAL]
        if not jobs:
            return
        states = Counter(job.state for job in jobs)
        executed = sum(job.executed for job in jobs)
        parts = [f"{states[JobState.DONE]} of {len(jobs)} jobs done", *_failures(jobs)]
        active = states[JobState.RUNNING] + states[JobState.SCHEDULED]
        waiting = sum(not (j.state.final or j.state.active or j.plan.transient) for j in jobs)
        if active:
            parts.append(f"{active} still running")
        if waiting and status != "done":
            parts.append(f"{waiting} not started")
        if active or (waiting and status != "done"):
            parts.append("run the same command again to go on")
        if not executed and states[JobState.DONE] == len(jobs):
            parts.append("all were done already, nothing was executed")
        else:
            parts.append(f"{executed} executed")
        self.say(f"experiment {self._name} {status}: {', '.join(parts)}")

    def _step(self, what: str, label: str) -> None:
        if not self._line.live:
            self.say(f"  {what} {label}")

    def _summary(self) -> str:
        """What the live line says."""
        jobs = list(self._jobs.values())
        states = Counter(job.state for job in jobs)
        active = states[JobState.RUNNING] + states[JobState.SCHEDULED]
        waiting = states[JobState.WAITING] + states[JobState.READY]
        parts = [f"{states[JobState.DONE]}/{len(jobs)} done", f"{active} running", f"{waiting} waiting"]
        parts += _failures(jobs)
        running = dict(self._running)
        if running:
            slowest = min(running, key=running.__getitem__)
            took = duration(time.monotonic() - running[slowest])
            parts.append(f"slowest {self._jobs[slowest].short_id} {took}")
        if self._took_s and waiting + active:
            mean_s = sum(self._took_s) / len(self._took_s)
            parts.append(f"about {duration(mean_s * (waiting + active) / max(active, 1))} left")
        return f"{self._name}: {', '.join(parts)}"


def _failures(jobs: Sequence[Job]) -> list[str]:
    """How many jobs failed, and how many did not run because of them."""
    reasons = Counter(job.status.reason for job in jobs if job.state is JobState.ERROR)
    skipped = reasons.pop(_VICTIM, 0)
    failed = reasons.total()
    return [f"{failed} failed"] * (failed > 0) + [f"{skipped} skipped"] * (skipped > 0)


def _state_on_disk(job: Job) -> str:
    """Where a job stands that is not run, as its folder tells."""
    marker = read_marker(job.layout)
    if marker is not None:
        return str(marker.status)
    return "RUNNING" if job_folder.runs_elsewhere(job.layout) else "not started"


def _label(job: Job) -> str:
    tags = " ".join(f"{name}={value}" for name, value in sorted(job.tags.items()))
    return f"{job.short_id} {tags}".rstrip()
