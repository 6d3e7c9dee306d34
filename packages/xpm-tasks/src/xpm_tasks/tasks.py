"""What can be run: tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from xpm_tasks.config import LightweightTask, information_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Protocol

    from typing_extensions import Self

    from xpm_tasks.submission import RunMode, TransientMode

Result = TypeVar("Result", covariant=True)

if TYPE_CHECKING:
    from pathlib import Path

    class _HasOutputs(Protocol[Result]):
        """A task with ``task_outputs``: what submitting it gives."""

        def task_outputs(self, dep: Any, /) -> Result: ...

    class _Submits(Protocol[Result]):
        """A task with ``__submit__``, which can also add actions."""

        def __submit__(self, dep: Any, add_action: Any, /) -> Result: ...


class Task(LightweightTask):
    """Something to run in a job of its own, once for each identifier."""

    @overload
    def submit(
        self: _Submits[Result],
        *,
        launcher: object = ...,
        workspace: object = ...,
        run_mode: RunMode | str | None = ...,
        init_tasks: Sequence[LightweightTask] = ...,
        max_retries: int | None = ...,
        transient: TransientMode | str | None = ...,
    ) -> Result: ...
    @overload
    def submit(
        self: _HasOutputs[Result],
        *,
        launcher: object = ...,
        workspace: object = ...,
        run_mode: RunMode | str | None = ...,
        init_tasks: Sequence[LightweightTask] = ...,
        max_retries: int | None = ...,
        transient: TransientMode | str | None = ...,
    ) -> Result: ...
    @overload
    def submit(
        self,
        *,
        launcher: object = ...,
        workspace: object = ...,
        run_mode: RunMode | str | None = ...,
        init_tasks: Sequence[LightweightTask] = ...,
        max_retries: int | None = ...,
        transient: TransientMode | str | None = ...,
    ) -> Self: ...
    def submit(
        self,
        *,
        launcher: object = None,
        workspace: object = None,
        run_mode: RunMode | str | None = None,
        init_tasks: Sequence[LightweightTask] = (),
        max_retries: int | None = None,
        transient: TransientMode | str | None = None,
    ) -> Any:
        """Ask for the task to be run.

        Args:
            launcher: What runs it; by default, the one of the experiment.
            workspace: Where; by default, the workspace of the experiment.
            run_mode: Another mode than the one of the experiment. `RunMode.DRY_RUN` works without an
                experiment.
            init_tasks: Run in the job before the task.
            max_retries: How many times a resumable task is resumed after a timeout.
            transient: Run only if another task needs it.

        Returns:
            What ``task_outputs`` returns; the task itself when there is no such method.
        """
        from xpm_tasks.submitting import submit

        information_of(self, "submit")
        return submit(
            self,
            launcher=launcher,
            workspace=workspace,
            run_mode=run_mode,
            init_tasks=tuple(init_tasks),
            max_retries=max_retries,
            transient=transient,
        )

    # --- Configurations ---

    @property
    def job(self) -> Any:
        """The job, once submitted: of the class of the scheduler that took it."""
        from xpm_tasks.submitting import job_of

        return job_of(self)

    @property
    def jobpath(self) -> Path:
        """The folder of the job, once submitted."""
        path: Path = self.job.path
        return path

    def stdout(self) -> Path:
        """The file with the standard output of the job."""
        path: Path = self.job.stdout
        return path

    def stderr(self) -> Path:
        """The file with the standard error of the job."""
        path: Path = self.job.stderr
        return path

    def wait(self) -> Any:
        """Wait for the end of the job, and give its state."""
        return information_of(self, "wait").wait()

    def watch_output(self, method: Callable[..., Any], callback: Callable[[Any], Any]) -> Self:
        """Call back for each output that the job registers with `register_task_output`.

        Args:
            method: The method of a configuration held by the task: ``validation.checkpoint``.
            callback: Called, in the process of the experiment, with what the method returns.
        """
        from xpm_tasks.outputs import watch

        watch(self, method, callback)
        return self

    def on_completed(self, callback: Callable[..., Any]) -> Self:
        """Call back when the task is done."""
        info = information_of(self, "on_completed")
        info.completed = (*info.completed, callback)
        return self

    # --- Instances ---

    @property
    def __taskdir__(self) -> Path:
        """The folder of the job, inside it."""
        from xpm_tasks.runtime import require_runtime

        return require_runtime("__taskdir__").taskdir

    @property
    def __tags__(self) -> dict[str, Any]:
        """The tags of the job, inside it."""
        from xpm_tasks.runtime import require_runtime

        return require_runtime("__tags__").tags

    @property
    def __xpm_stdout__(self) -> Path:
        """The standard output of this task: the file that its job wrote, or writes."""
        from xpm_tasks.runtime import stream_path

        return stream_path(self, "stdout")

    @property
    def __xpm_stderr__(self) -> Path:
        """The same for the standard error."""
        from xpm_tasks.runtime import stream_path

        return stream_path(self, "stderr")

    def remaining_time(self) -> float | None:
        """Seconds before the job is stopped, inside it; None when there is no limit."""
        from xpm_tasks.runtime import current_runtime

        runtime = current_runtime()
        return runtime.remaining_time() if runtime is not None else None


class ResumableTask(Task):
    """A task that can go on where it stopped: its folder is kept, and it is run again after a timeout."""

    def register_task_output(self, method: Callable[..., Any], /, **values: Any) -> None:
        """Tell the experiment, from inside the job, that an output is there.

        Args:
            method: A method of a configuration held by the task: ``self.validation.checkpoint``.
            values: Its arguments, plain values.
        """
        from xpm_tasks.outputs import register

        register(method, values)
