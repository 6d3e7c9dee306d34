"""The classes that users derive from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from xpm_tasks.errors import NotAnInstanceError
from xpm_tasks.fields import field
from xpm_tasks.locations import user_location
from xpm_tasks.meta import ConfigMeta, config_class

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from typing_extensions import Self, dataclass_transform

    from xpm_tasks.generators import GenerationContext
    from xpm_tasks.identifier import ObjectIdentifier
    from xpm_tasks.information import ConfigInformation
    from xpm_tasks.instance import ObjectStore
    from xpm_tasks.serialization import SerializationContext, SerializedPath
    from xpm_tasks.submission import JobLike, RunMode, TransientMode
    from xpm_tasks.typeinfo import ObjectType
else:

    def dataclass_transform(**options: Any) -> Any:
        """For type checkers only: `typing` has it from 3.11."""
        return lambda cls: cls


ConfigT = TypeVar("ConfigT", bound="Config")
T = TypeVar("T")
Result = TypeVar("Result", covariant=True)


class _ConfigClass:
    """``Model.C``: what makes configurations.

    Type checkers are told that it is the class itself: its parameters are those that `dataclass_transform`
    gives it,
    and what it makes is a `Model`.
    """

    def __get__(self, config: object, owner: type[ConfigT]) -> type[ConfigT]:
        return config_class(owner)


class _ValueClass:
    """``Model.XPMValue``: the class of instances."""

    def __get__(self, config: object, owner: type[ConfigT]) -> type[ConfigT]:
        return owner.__xpmtype__.value_class


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
class Config(metaclass=ConfigMeta):
    """Something described by its parameters: a model, a dataset, a way to evaluate.

    A subclass declares parameters; ``Model.C(layers=2)`` makes a configuration, that is checked, identified
    and saved;
    ``config.instance()`` makes the object that does the work.
    """

    if TYPE_CHECKING:
        #: The description of the class.
        __xpmtype__: ObjectType
        #: What is known of a configuration object.
        __xpm__: ConfigInformation
        __xpm_made__: bool

    #: Objects with equal parameters are distinct (see `InstanceConfig`).
    __xpm_instance__ = False

    C = _ConfigClass()
    XPMConfig = _ConfigClass()
    XPMValue = _ValueClass()

    @classmethod
    def __getxpmtype__(cls) -> ObjectType:
        """The description of the class."""
        return cls.__xpmtype__

    @classmethod
    def value_class(cls) -> Callable[[type[T]], type[T]]:
        """Register another class for the instances, with what only instances need.

        It must derive from this class, and from the value class of its parent if it has one.

        Example:
            ```python
            @Model.value_class()
            class TorchModel(Model, nn.Module): ...
            ```
        """

        def register(value_class: type[T]) -> type[T]:
            cls.__xpmtype__.register_value_class(value_class)
            return value_class

        return register

    # --- Hooks for subclasses ---

    def __validate__(self) -> None:
        """Called when a configuration is sealed: raise an exception to refuse it."""

    def __post_init__(self) -> None:
        """Called on an instance once its parameters are set."""

    def __xpm_serialize__(self, context: SerializationContext) -> dict[str, SerializedPath | None]:
        """Called when the configuration is saved: hand its files to the context.

        Returns:
            For each `DataPath` parameter that travels, what ``context.serialize([name], path)`` gave.
        """
        return {
            argument.name: context.serialize([argument.name], value)
            for argument, value in _information(self, "__xpm_serialize__").xpmvalues()
            if argument.data and value is not None
        }

    # --- Configurations ---

    def __identifier__(self) -> ObjectIdentifier:
        """The identifier: same parameters, same identifier."""
        return _information(self, "__identifier__").identifier

    @property
    def __arguments__(self) -> dict[str, Any]:
        """The parameters of the class, and their values: name -> value, defaults included."""
        return {argument.name: value for argument, value in _information(self, "__arguments__").xpmvalues()}

    def tag(self, name: str, value: Any) -> Self:
        """Tag the configuration.

        Args:
            name: Name of the tag.
            value: A number, a string or a boolean.

        Returns:
            The configuration.
        """
        from xpm_tasks.tagging import check_tag

        _information(self, "tag").add_tag(name, check_tag(name, value), user_location(2))
        return self

    def tags(self) -> dict[str, Any]:
        """The tags of the configuration and of all it holds."""
        return _information(self, "tags").tags()

    def seal(self, context: GenerationContext | None = None) -> Self:
        """Validate the configuration and make it read-only, with all it holds.

        Args:
            context: Where generated paths go (`DirectoryContext`).
        """
        _information(self, "seal").seal(context)
        return self

    def instance(
        self,
        context: GenerationContext | None = None,
        *,
        objects: ObjectStore | None = None,
        keep: bool = True,
    ) -> Self:
        """Make the object that does the work.

        Args:
            context: Where generated paths go (`DirectoryContext`).
            objects: Instances made before, to be shared.
            keep: Let ``instance.xpmconfig`` be the configuration.
        """
        from xpm_tasks.instance import instantiate

        _information(self, "instance")
        made: Self = instantiate(self, context, objects=objects, keep=keep)
        return made

    def copy(self) -> Self:
        """An unsealed copy, sharing what it holds. See also `copyconfig`."""
        from xpm_tasks.copying import copyconfig

        _information(self, "copy")
        made: Self = copyconfig(self)
        return made

    def add_dependencies(self, *resources: object) -> Self:
        """Make the task wait for resources: ``task.add_dependencies(token.dependency(2))``."""
        info = _information(self, "add_dependencies")
        info.resources = (*info.resources, *resources)
        return self

    def __matmul__(self, inner: Config) -> Self:
        """``outer @ inner``: set the one parameter of `outer` that can hold `inner`."""
        from xpm_tasks.composition import compose

        _information(self, "@")
        made: Self = compose(self, inner)
        return made


class InstanceConfig(Config):
    """A configuration whose objects are distinct even when their parameters are equal.

    Inside one configuration, a second object has another identifier than the first.
    """

    __xpm_instance__ = True


class LightweightTask(Config):
    """Something to run in the job before the task: ``task.submit(init_tasks=[LoadWeights.C(...)])``."""

    def execute(self) -> None:
        """Do it."""
        raise NotImplementedError(f"{type(self).__qualname__}.execute")


class Prepare(Config):
    """Something to prepare once, in the process of the experiment, before the tasks that hold it."""

    def prepare(self) -> None:
        """Do it."""
        raise NotImplementedError(f"{type(self).__qualname__}.prepare")


if TYPE_CHECKING:

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

        _information(self, "submit")
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
    def job(self) -> JobLike:
        """The job, once submitted."""
        from xpm_tasks.submitting import job_of

        return job_of(self)

    @property
    def jobpath(self) -> Path:
        """The folder of the job, once submitted."""
        return self.job.path

    def stdout(self) -> Path:
        """The file with the standard output of the job."""
        return self.job.stdout

    def stderr(self) -> Path:
        """The file with the standard error of the job."""
        return self.job.stderr

    def wait(self) -> Any:
        """Wait for the end of the job, and give its state."""
        return _information(self, "wait").wait()

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
        info = _information(self, "on_completed")
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


def _information(config: Config, what: str) -> ConfigInformation:
    """The information of a configuration.

    Raises:
        NotAnInstanceError: the object is an instance.
    """
    info: ConfigInformation | None = config.__dict__.get("__xpm__")
    if info is None:
        name = type(config).__name__
        raise NotAnInstanceError(
            f"{what} is for configurations: this {name} is an instance (made from a configuration, to do "
            "the work)"
        )
    return info
