"""The job as the task sees it: set by the process that runs the job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from xpm_tasks.errors import NotAnInstanceError

if TYPE_CHECKING:
    from pathlib import Path


class TaskRuntime(Protocol):
    """What the process of a job provides."""

    @property
    def taskdir(self) -> Path:
        """The folder of the job."""

    @property
    def workspace(self) -> Path:
        """The folder of the workspace."""

    @property
    def tags(self) -> dict[str, Any]:
        """The tags of the job."""

    def progress(self, level: int, value: float, desc: str | None) -> None:
        """Report how much is done, between 0 and 1."""

    def remaining_time(self) -> float | None:
        """Seconds before the job is stopped, if there is a limit."""

    def register_output(self, key: str, payload: dict[str, Any]) -> None:
        """Tell the experiment that an output is there."""

    def stream_path(self, task_id: str, identifier: str, stream: str) -> Path:
        """The file of a job's ``"stdout"`` or ``"stderr"``."""


_runtime: TaskRuntime | None = None


def current_runtime() -> TaskRuntime | None:
    """The job this process runs, or None outside a job."""
    return _runtime


def set_runtime(runtime: TaskRuntime | None) -> None:
    """Say which job this process runs."""
    global _runtime
    _runtime = runtime


def require_runtime(what: str) -> TaskRuntime:
    """The job this process runs.

    Raises:
        NotAnInstanceError: this is not a job.
    """
    if _runtime is None:
        raise NotAnInstanceError(f"{what} is known inside a job only, when the task is executed")
    return _runtime


class Origin:
    """Where an instance comes from: enough to name files after it."""

    __slots__ = ("_identifier", "config", "type_id")

    def __init__(self, type_id: str, identifier: str | None = None, config: Any = None) -> None:
        #: The name of the type, as in folders.
        self.type_id = type_id
        self._identifier = identifier
        #: The configuration, when it was kept.
        self.config = config

    @property
    def identifier(self) -> str:
        """The identifier of the configuration, in hexadecimal."""
        if self._identifier is None:
            from xpm_tasks.identifier import compute

            self._identifier = compute(self.config).hex()
        return self._identifier


def origin_of(value: Any) -> Origin:
    """Where an instance comes from.

    Raises:
        NotAnInstanceError: it was not made from a configuration.
    """
    origin: Origin | None = getattr(value, "__xpm_origin__", None)
    if origin is not None:
        return origin
    info = getattr(value, "__xpm__", None)
    if info is None:
        raise NotAnInstanceError(f"this {type(value).__qualname__} was not made from a configuration")
    return Origin(info.type.identifier, config=value)


def stream_path(task: Any, stream: str) -> Path:
    """The standard output or error of a task: of its configuration, or of its instance in a later job."""
    info = getattr(task, "__xpm__", None)
    if info is not None and info.job is not None:
        path: Path = getattr(info.job, stream)
        return path
    origin = origin_of(task)
    return require_runtime(f"__xpm_{stream}__").stream_path(origin.type_id, origin.identifier, stream)
