"""What ``task.submit()`` does."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

from xpm_tasks.config import LightweightTask
from xpm_tasks.documents import forget_beginnings
from xpm_tasks.errors import ConfigurationError, SubmissionError
from xpm_tasks.generators import GenerationContext
from xpm_tasks.identifier import compute
from xpm_tasks.locations import at, user_location
from xpm_tasks.seal import seal, summary_of
from xpm_tasks.submission import JobLike, RunMode, Submission, Submitter, TransientMode, current_submitter
from xpm_tasks.tagging import tags
from xpm_tasks.tasks import ResumableTask, Task
from xpm_tasks.types.base import short
from xpm_tasks.walk import is_config

if TYPE_CHECKING:
    from xpm_tasks.config import Config

ConfigT = TypeVar("ConfigT", bound="Config")

#: Tasks submitted by two threads may share configurations: one is sealed at a time.
_lock = RLock()


@dataclass(frozen=True)
class DryRunJob:
    """The job of a task that was submitted outside an experiment, with `RunMode.DRY_RUN`."""

    task_id: str
    identifier: str
    state: str = dataclass_field(default="DRY_RUN", init=False)

    @property
    def name(self) -> str:
        """The last part of the task id."""
        return self.task_id.rpartition(".")[2]

    @property
    def path(self) -> Path:
        """Where the job would be, in its workspace."""
        return Path(self.task_id, self.identifier)

    @property
    def stdout(self) -> Path:
        """Where its standard output would be."""
        return self.path / f"{self.name}.out"

    @property
    def stderr(self) -> Path:
        """Where its standard error would be."""
        return self.path / f"{self.name}.err"

    def wait(self) -> str:
        """There is nothing to wait for."""
        return self.state


class _DryRun:
    """Takes tasks outside an experiment."""

    workspace_path = Path()

    def job_path(self, task_id: str, identifier: str) -> Path:
        return DryRunJob(task_id, identifier).path

    def submit(self, submission: Submission) -> JobLike:
        return DryRunJob(submission.task_id, submission.identifier)


# --- Submitting ---


def submit(
    task: Task,
    *,
    launcher: object = None,
    workspace: object = None,
    run_mode: RunMode | str | None = None,
    init_tasks: tuple[LightweightTask, ...] = (),
    max_retries: int | None = None,
    transient: TransientMode | str | None = None,
) -> Any:
    """Submit a task: see `Task.submit`."""
    mode = RunMode(run_mode) if run_mode is not None else None
    submitter = _submitter(task, workspace, mode)
    with _lock:
        submission = _prepare(task, submitter, init_tasks, launcher, mode, max_retries, transient)
    job = submitter.submit(submission)
    task.__xpm__.job = job
    return _outputs(task, submitter, job)


def _submitter(task: Task, workspace: object, mode: RunMode | None) -> Submitter:
    if workspace is not None and isinstance(workspace, Submitter):
        return workspace
    found = current_submitter()
    if found is not None:
        return found
    if mode is RunMode.DRY_RUN:
        return _DryRun()
    raise SubmissionError(
        f"{task.__xpm__.type.name} is submitted outside an experiment{at(user_location())}: "
        "submit it inside `with experiment(...)`, or use submit(run_mode=RunMode.DRY_RUN) to see what it "
        "would do"
    )


def _prepare(
    task: Task,
    submitter: Submitter,
    init_tasks: tuple[LightweightTask, ...],
    launcher: object,
    mode: RunMode | None,
    max_retries: int | None,
    transient: TransientMode | str | None,
) -> Submission:
    info = task.__xpm__
    _set_init_tasks(task, init_tasks)
    context = _JobContext(task, submitter)
    identifier = seal(task, place=context.place).hex()
    if context.partial_folders:
        info.partial_folders = tuple(dict.fromkeys(context.partial_folders))
    summary = summary_of(task)
    return Submission(
        task=task,
        task_id=info.type.identifier,
        identifier=identifier,
        tags=dict(tags(task)),
        dependencies=tuple(item for item in summary.dependencies if item is not task),
        resources=summary.resources,
        init_tasks=info.init_tasks,
        launcher=launcher,
        run_mode=mode,
        max_retries=max_retries,
        transient=TransientMode(transient) if transient is not None else TransientMode.NONE,
        resumable=isinstance(task, ResumableTask),
        submit_hooks=summary.hooks,
        prepares=summary.prepares,
        partial_folders=info.partial_folders,
        watched_outputs=info.watched,
        on_completed=info.completed,
    )


class _JobContext(GenerationContext):
    """Generated paths go into the folder of the job."""

    def __init__(self, task: Task, submitter: Submitter) -> None:
        super().__init__(None, submitter.workspace_path)
        self._task = task
        self._submitter = submitter

    def place(self, digest: bytes) -> GenerationContext:
        """Find the folder, once the identifier is known."""
        self.path = self._submitter.job_path(self._task.__xpm__.type.identifier, digest.hex())
        return self


def _set_init_tasks(task: Task, init_tasks: tuple[LightweightTask, ...]) -> None:
    info = task.__xpm__
    for item in init_tasks:
        if not (is_config(item) and isinstance(item, LightweightTask)):
            raise ConfigurationError(
                f"an init task is a LightweightTask configuration, not {short(item)}{at(user_location())}"
            )
    if not init_tasks or init_tasks == info.init_tasks:
        return
    if info.sealed:
        raise ConfigurationError(
            f"this {info.type.name} was already submitted, with other init tasks{at(user_location())}: "
            "submit a copy (copyconfig)"
        )
    info.init_tasks = init_tasks


# --- Outputs ---


def _outputs(task: Task, submitter: Submitter, job: JobLike) -> Any:
    """What submitting the task gives to the user."""
    # Looked up in the class, as methods with a special role are. The object itself, asked for what it does
    # not have, would look for a parameter that may be meant, which takes long.
    kind = type(task)
    with_actions: Any = getattr(task, "__submit__") if hasattr(kind, "__submit__") else None  # noqa: B009
    plain: Any = getattr(task, "task_outputs") if hasattr(kind, "task_outputs") else None  # noqa: B009
    if with_actions is None and plain is None:
        return task
    marked: list[Any] = []

    def dep(config: ConfigT, /) -> ConfigT:
        mark_output(task, config)
        marked.append(config)
        return config

    if with_actions is not None:
        result = with_actions(dep, getattr(submitter, "add_action", _no_actions))
    else:
        assert plain is not None
        result = plain(dep)
    with _lock:
        for config in marked:
            context = GenerationContext(job.path, submitter.workspace_path)
            seal(config, context)
    return result


def mark_output(task: Task, config: Any) -> None:
    """Say that a configuration is made by a task: using it later makes a dependency."""
    if not is_config(config):
        raise ConfigurationError(
            f"dep(...) takes a configuration, not {short(config)} "
            f"({type(config).__qualname__}){at(user_location())}"
        )
    if config is task:
        return
    info = config.__xpm__
    info.output_of = task
    # What was known of it was known without the task.
    info.digest = info.loop_digest = info.summary = info.tag_cache = None
    if info.sealed:
        compute(config)
        summary_of(config)
        forget_beginnings()


def _no_actions(*arguments: Any) -> None:
    """Outside an experiment, actions go nowhere."""


def job_of(task: Task) -> JobLike:
    """The job of a submitted task.

    Raises:
        SubmissionError: it was not submitted.
    """
    info = task.__dict__.get("__xpm__")
    if info is None:
        raise SubmissionError("an instance has no job: inside a job, use self.__taskdir__")
    if info.job is None:
        raise SubmissionError(
            f"this {info.type.name} has not been submitted{at(user_location())}: it has no job"
        )
    job: JobLike = info.job
    return job
