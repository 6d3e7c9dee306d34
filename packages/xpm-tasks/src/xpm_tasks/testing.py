"""Stand-ins for a scheduler and for the process of a job, for tests of configurations and tasks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xpm_tasks.runtime import current_runtime, set_runtime
from xpm_tasks.submission import JobLike, Submission, pop_submitter, push_submitter


class FakeJob:
    """A job that is never run."""

    def __init__(self, submission: Submission, path: Path) -> None:
        self.submission = submission
        self.task_id = submission.task_id
        self.identifier = submission.identifier
        self.path = path
        self.state = "DONE"
        #: For submit hooks.
        self.environ: dict[str, str] = {}

    @property
    def name(self) -> str:
        """The last part of the task id."""
        return self.task_id.rpartition(".")[2]

    @property
    def stdout(self) -> Path:
        """The standard output."""
        return self.path / f"{self.name}.out"

    @property
    def stderr(self) -> Path:
        """The standard error."""
        return self.path / f"{self.name}.err"

    def wait(self) -> str:
        """It is done."""
        return self.state


class FakeSubmitter:
    """Remembers what is submitted, and runs nothing.

    Example:
        ```python
        with FakeSubmitter(tmp_path).current() as submitter:
            Learn.C(lr=tag(0.1)).submit()
        assert submitter.last.tags == {"lr": 0.1}
        ```
    """

    def __init__(self, workspace: Path) -> None:
        self.workspace_path = workspace
        #: All that was submitted, in order.
        self.submissions: list[Submission] = []
        #: One job for each task id and identifier.
        self.jobs: dict[tuple[str, str], FakeJob] = {}
        #: The arguments of the calls of `add_action`.
        self.actions: list[tuple[Any, ...]] = []

    @property
    def last(self) -> Submission:
        """What was submitted last."""
        return self.submissions[-1]

    def job_path(self, task_id: str, identifier: str) -> Path:
        """The folder of a job."""
        return self.workspace_path / "jobs" / task_id / identifier

    def submit(self, submission: Submission) -> JobLike:
        """Take a task."""
        self.submissions.append(submission)
        key = submission.task_id, submission.identifier
        if key not in self.jobs:
            self.jobs[key] = FakeJob(submission, self.job_path(*key))
        return self.jobs[key]

    def add_action(self, *action: Any) -> None:
        """Take an action."""
        self.actions.append(action)

    @contextmanager
    def current(self) -> Iterator[FakeSubmitter]:
        """Take the tasks submitted in a ``with`` block."""
        push_submitter(self)
        try:
            yield self
        finally:
            pop_submitter(self)


class FakeRuntime:
    """A job process that remembers what the task reports."""

    def __init__(
        self,
        taskdir: Path,
        workspace: Path | None = None,
        tags: dict[str, Any] | None = None,
        remaining_time_s: float | None = None,
    ) -> None:
        self.taskdir = taskdir
        self.workspace = workspace or taskdir
        self.tags = tags or {}
        self.remaining_time_s = remaining_time_s
        #: (level, value, description)
        self.reports: list[tuple[int, float, str | None]] = []
        #: (key, payload)
        self.outputs: list[tuple[str, dict[str, Any]]] = []

    def progress(self, level: int, value: float, desc: str | None) -> None:
        """Remember a report."""
        self.reports.append((level, value, desc))

    def remaining_time(self) -> float | None:
        """What was given."""
        return self.remaining_time_s

    def register_output(self, key: str, payload: dict[str, Any]) -> None:
        """Remember an output."""
        self.outputs.append((key, payload))

    def stream_path(self, task_id: str, identifier: str, stream: str) -> Path:
        """The standard output or error of a job."""
        name = task_id.rpartition(".")[2]
        return self.workspace / "jobs" / task_id / identifier / f"{name}.{stream[3:]}"

    @contextmanager
    def current(self) -> Iterator[FakeRuntime]:
        """Be the job of this process in a ``with`` block."""
        before = current_runtime()
        set_runtime(self)
        try:
            yield self
        finally:
            set_runtime(before)
