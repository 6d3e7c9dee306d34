"""Submitting a task: what this package says to a scheduler, and nothing about how a scheduler works."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from xpm_tasks.errors import SubmissionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from xpm_tasks.config import Config, LightweightTask, Prepare
    from xpm_tasks.hooks import SubmitHook
    from xpm_tasks.tasks import Task

ConfigT = TypeVar("ConfigT", bound="Config")


class _Named(str, Enum):
    """An enumeration whose values are its names, read in any case, with ``-`` or ``_``."""

    @classmethod
    def _missing_(cls, value: object) -> Any:
        name = str(value).upper().replace("-", "_")
        return cls.__members__.get(name)

    def __str__(self) -> str:
        return str(self.value)


class RunMode(_Named):
    """What submitting a task does."""

    #: Run it.
    NORMAL = "NORMAL"
    #: Say what would be run; nothing is written.
    DRY_RUN = "DRY_RUN"
    #: Write the folders of the jobs; run nothing.
    GENERATE_ONLY = "GENERATE_ONLY"
    #: Run what prepares the tasks (`Prepare`), and no task.
    PREPARE = "PREPARE"


class TransientMode(_Named):
    """Whether a task is worth running for itself."""

    #: It is.
    NONE = "NONE"
    #: It runs only if another task that must run needs it.
    TRANSIENT = "TRANSIENT"
    #: The same, and its folder is removed at the end.
    REMOVE = "REMOVE"


@dataclass(frozen=True)
class WatchedOutput:
    """A callback for what a job registers while it runs."""

    #: The configuration whose method is watched.
    config: Config
    #: The name of the method.
    method: str
    #: Called with what the method returns.
    callback: Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One task, as it is handed to a scheduler."""

    #: The task, sealed.
    task: Task
    #: The name of its type, lower-case.
    task_id: str
    #: Its identifier, 64 hexadecimal digits.
    identifier: str
    #: The tags of everything it holds.
    tags: dict[str, Any]
    #: Submitted tasks that must be done first; each once, in order of appearance.
    dependencies: tuple[Task, ...] = ()
    #: What was given to `add_dependencies`.
    resources: tuple[object, ...] = ()
    #: Run in the job before the task.
    init_tasks: tuple[LightweightTask, ...] = ()
    #: What was given to `submit`.
    launcher: object | None = None
    #: The mode given to `submit`, if any.
    run_mode: RunMode | None = None
    #: How many times it is resumed; None for the default.
    max_retries: int | None = None
    #: Whether it runs for itself.
    transient: TransientMode = TransientMode.NONE
    #: It is a `ResumableTask`.
    resumable: bool = False
    #: Applied to the job before it is launched.
    submit_hooks: tuple[SubmitHook, ...] = ()
    #: To be prepared before the task runs.
    prepares: tuple[Prepare, ...] = ()
    #: Folders shared with other tasks (partials), in which the task writes.
    partial_folders: tuple[Path, ...] = ()
    #: Callbacks for what the job registers.
    watched_outputs: tuple[WatchedOutput, ...] = ()
    #: Called when the task is done.
    on_completed: tuple[Callable[..., Any], ...] = ()


@runtime_checkable
class JobLike(Protocol):
    """A job, as its task sees it."""

    @property
    def path(self) -> Path:
        """Its folder."""

    @property
    def identifier(self) -> str:
        """The identifier of its task."""

    @property
    def task_id(self) -> str:
        """The name of the type of its task."""

    @property
    def name(self) -> str:
        """The last part of `task_id`."""

    @property
    def state(self) -> Any:
        """Where it stands."""

    @property
    def stdout(self) -> Path:
        """Its standard output."""

    @property
    def stderr(self) -> Path:
        """Its standard error."""

    def wait(self) -> Any:
        """Wait for its end, and give its state."""


@runtime_checkable
class Submitter(Protocol):
    """Takes submitted tasks: an experiment."""

    @property
    def workspace_path(self) -> Path:
        """The folder of the workspace."""

    def job_path(self, task_id: str, identifier: str) -> Path:
        """The folder of a job."""

    def submit(self, submission: Submission) -> JobLike:
        """Take a task. The same identifier gives the same job."""


class DependentMarker(Protocol):
    """Given to ``task_outputs``: marks a configuration as made by the task."""

    def __call__(self, config: ConfigT, /) -> ConfigT:
        """Mark it."""


# --- Who takes the tasks ---

_submitters: list[Submitter] = []
_lock = RLock()


def current_submitter() -> Submitter | None:
    """Who takes submitted tasks now."""
    with _lock:
        return _submitters[-1] if _submitters else None


def push_submitter(submitter: Submitter) -> None:
    """Let tasks be submitted to it from now on, in every thread."""
    with _lock:
        _submitters.append(submitter)


def pop_submitter(submitter: Submitter) -> None:
    """Undo `push_submitter`.

    Raises:
        SubmissionError: it was not the last one pushed.
    """
    with _lock:
        if not _submitters or _submitters[-1] is not submitter:
            raise SubmissionError("experiments are left in the reverse order of their entering")
        _submitters.pop()
