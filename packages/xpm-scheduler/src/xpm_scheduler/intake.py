"""The intake of an experiment: every task that is submitted becomes one job, made in the caller's thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from xpm_scheduler import job_folder
from xpm_scheduler.job import Job, Waiter
from xpm_scheduler.launchers.base import Launcher
from xpm_scheduler.plan import JobPlan
from xpm_scheduler.provenance import installed_version
from xpm_scheduler.report import Reporter
from xpm_scheduler.resources import needs_of
from xpm_scheduler.workspace import Workspace
from xpm_tasks.parameters import dump_parameters
from xpm_tasks.submission import RunMode, Submission, TransientMode

if TYPE_CHECKING:
    from xpm_tasks import Task

#: How many times an interrupted resumable task is started again, when nothing else is asked for.
DEFAULT_MAX_RETRIES = 3


class Intake:
    """Makes jobs of submissions, and does with each what its run mode says."""

    def __init__(
        self,
        workspace: Workspace,
        launcher: Launcher,
        run_mode: RunMode,
        *,
        run: Callable[[Job], None],
        reporter: Reporter | None,
    ) -> None:
        """Make an intake that has no job yet.

        Args:
            workspace: where the jobs' folders are.
            launcher: where tasks run when they do not say.
            run_mode: what is done with tasks that do not say.
            run: takes each job that really runs.
            reporter: told of each job.
        """
        #: The jobs so far, in the order in which they were submitted.
        self.jobs: dict[str, Job] = {}
        #: Where tasks run that do not say, from now on.
        self.launcher = launcher
        #: Who knows when there is nothing left to wait for, once something runs.
        self.waiter: Waiter | None = None
        self._workspace = workspace
        self._run_mode = run_mode
        self._run = run
        self._reporter = reporter
        #: Threads of the user submit as well; a hook may submit in its turn.
        self._submitting = threading.RLock()
        #: Ids of jobs whose submission was cut short: whoever submits them again goes on with it.
        self._unfinished: set[str] = set()
        #: Identifiers of what `RunMode.PREPARE` has prepared.
        self._prepared: set[str] = set()

    def submit(self, submission: Submission) -> Job:
        """Take a task in; return its job, the same one when that task was submitted before."""
        with self._submitting:
            return self._submit(submission)

    def parameters(self, job: Job) -> bytes:
        """Return the content of a job's `params.json`, asked for once the job is about to start."""
        content, job.parameters = job.parameters, None
        return self._dump(job) if content is None else content

    def _submit(self, submission: Submission) -> Job:
        mode = self._run_mode if submission.run_mode is None else RunMode(submission.run_mode)
        job_id = f"{submission.task_id}/{submission.identifier}"
        job = self.jobs.get(job_id)
        if job is None or not self._counts_for(job, mode):
            job = self._make_job(submission, mode)
            for hook in submission.submit_hooks:
                hook.process(job, job.launcher)
            if mode in (RunMode.NORMAL, RunMode.GENERATE_ONLY) and not os.path.exists(job.layout.files.done):
                # Now, not when the job starts: marking configurations as outputs of a task changes its tree.
                job.parameters = self._dump(job)
            # Only now: a job that a hook or its parameters refused was never submitted.
            self._unfinished.add(job_id)
            self.jobs[job_id] = job
        if job_id in self._unfinished:
            self._begin(job)
            self._unfinished.discard(job_id)
        return job

    def _counts_for(self, job: Job, mode: RunMode) -> bool:
        """Whether a job that was submitted before is the one that a mode asks for."""
        ran = job.run_mode is RunMode.NORMAL and job.job_id not in self._unfinished
        return ran or job.run_mode is mode

    def _begin(self, job: Job) -> None:
        """Do what the run mode says; a second time if it was cut short, by a signal or an error."""
        if job.run_mode is RunMode.NORMAL:
            self._run(job)
        elif job.run_mode is RunMode.GENERATE_ONLY:
            job_folder.generate(job.layout, self.parameters(job))
        elif job.run_mode is RunMode.PREPARE:
            self._prepare(job.submission)
        if self._reporter is not None:
            self._reporter.submitted(job)

    def _prepare(self, submission: Submission) -> None:
        for prepare in submission.prepares:
            identifier = prepare.__identifier__().hex()
            if identifier not in self._prepared:
                if self._reporter is not None:
                    self._reporter.say(f"  prepares {type(prepare).__name__}")
                prepare.instance().prepare()
                self._prepared.add(identifier)

    def _make_job(self, submission: Submission, mode: RunMode) -> Job:
        layout = self._workspace.layout.job(submission.task_id, submission.identifier)
        launcher = self._launcher_of(submission)
        choices = {f"{choice.name}#{id(choice):x}": choice for choice in launcher.choices()}
        needs = [self._job_of(task, mode).job_id for task in submission.dependencies]
        plan = JobPlan(
            job_id=layout.job_id,
            depends_on=tuple(dict.fromkeys(needs)),
            launchers=tuple(choices),
            resumable=submission.resumable,
            max_retries=_first(submission.max_retries, self._workspace.max_retries, DEFAULT_MAX_RETRIES),
            transient=submission.transient is not TransientMode.NONE,
            priority=launcher.priority,
        )
        # What does not run is waited for by nobody.
        waiter = self.waiter if mode is RunMode.NORMAL else None
        job = Job(submission, layout, plan, launcher, mode, waiter, choices)
        job.needs = needs_of(submission)
        return job

    def _launcher_of(self, submission: Submission) -> Launcher:
        launcher = submission.launcher
        if launcher is None:
            return self.launcher
        if not isinstance(launcher, Launcher):
            raise TypeError(f"launcher={launcher!r} is not a launcher")
        return launcher

    def _job_of(self, task: Task, mode: RunMode) -> Job:
        """The job of a task that another one needs; it was submitted, here or in an earlier experiment."""
        job = task.__xpm__.job
        if not isinstance(job, Job):
            raise ValueError(
                f"{task!r} made a value that is needed, but it was not submitted to an experiment"
            )
        known = self.jobs.get(job.job_id)
        return known if known is not None else self.submit(replace(job.submission, run_mode=mode))

    def _dump(self, job: Job) -> bytes:
        return dump_parameters(
            job.config,
            workspace=self._workspace.path,
            experimaestro_version=installed_version(),
            job_path=job.path,
        )


def _first(*values: int | None) -> int:
    return next(value for value in values if value is not None)
