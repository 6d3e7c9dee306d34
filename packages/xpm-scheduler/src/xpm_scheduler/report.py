"""What an experiment tells on standard error while it runs."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xpm_scheduler.events import Change
from xpm_scheduler.job import Job
from xpm_tasks.submission import RunMode
from xpm_workspace.lifecycle import FailureReason, JobState
from xpm_workspace.process import ProcessRecord

if TYPE_CHECKING:
    from xpm_scheduler.context import experiment

#: Jobs that failed for this reason are counted at the end; one line each would hide the cause.
_VICTIM = FailureReason.DEPENDENCY


class Reporter:
    """Plain lines, one for each thing worth knowing (a `session.SessionListener`)."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()  # it is called from the user's threads and the scheduler's

    def say(self, text: str) -> None:
        """Write one line."""
        with self._lock:
            print(text, file=sys.stderr, flush=True)

    def started(self, xp: experiment) -> None:
        """The experiment was entered."""
        if xp.run_mode is RunMode.NORMAL:
            self.say(f"experiment {self._name}, run {xp.run_id}, in {xp.workspace.path}")
        else:
            self.say(f"experiment {self._name}, {xp.run_mode.name.lower()}, in {xp.workspace.path}")

    def waits_for_lock(self, holder: ProcessRecord | None) -> None:
        """Another process runs the same experiment."""
        who = "another process" if holder is None else f"process {holder.pid} on {holder.host}"
        self.say(f"experiment {self._name} is already run by {who}: waiting for it to end")

    def submitted(self, job: Job) -> None:
        """A task was submitted; worth a line only when nothing else will be said about it."""
        if job.run_mode is RunMode.NORMAL:
            return
        lines = [
            f"{job.task_id}",
            f"  identifier   {job.identifier}",
            f"  folder       {job.path}",
            f"  state        {'DONE' if job.layout.done.exists() else 'not done'}",
        ]
        if job.tags:
            lines.append("  tags         " + ", ".join(f"{k}={v}" for k, v in sorted(job.tags.items())))
        lines += [f"  depends on   {needed}" for needed in job.plan.depends_on]
        self.say("\n".join(lines))

    def changed(self, jobs: list[tuple[Job, Change]]) -> None:
        """Jobs changed their state."""
        for job, change in jobs:
            if change.status.state is JobState.RUNNING:
                again = f", try {change.attempt}" if change.attempt > 1 else ""
                self.say(f"  started  {_label(job)}{again}" if job.executed else f"  follows  {_label(job)}")
            elif change.status.state is JobState.DONE and job.attempts:
                self.say(f"  done     {_label(job)}")
            elif change.status.state is JobState.ERROR and change.status.reason is not _VICTIM:
                reason = change.status.reason.value if change.status.reason else ""
                self.say(f"  failed   {_label(job)}: {reason}: {job.message}")

    def ended(self, status: str, jobs: Sequence[Job]) -> None:
        """The experiment was left."""
        jobs = [job for job in jobs if job.run_mode is RunMode.NORMAL]
        if not jobs:
            return
        states = Counter(job.state for job in jobs)
        executed = sum(job.executed for job in jobs)
        parts = [f"{states[JobState.DONE]} of {len(jobs)} jobs done"]
        if states[JobState.ERROR]:
            parts.append(f"{states[JobState.ERROR]} failed")
        active = states[JobState.RUNNING] + states[JobState.SCHEDULED]
        if active:
            parts.append(f"{active} still running, run the same command again to follow them")
        if not executed and states[JobState.DONE] == len(jobs):
            parts.append("all were done already, nothing was executed")
        else:
            parts.append(f"{executed} executed")
        self.say(f"experiment {self._name} {status}: {', '.join(parts)}")


def _label(job: Job) -> str:
    tags = " ".join(f"{name}={value}" for name, value in sorted(job.tags.items()))
    return f"{job.short_id} {tags}".rstrip()
