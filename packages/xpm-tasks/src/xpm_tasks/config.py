"""The classes that users derive from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from xpm_tasks.errors import NotAnInstanceError
from xpm_tasks.fields import field
from xpm_tasks.locations import user_location
from xpm_tasks.meta import ConfigMeta, config_class

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self, dataclass_transform

    from xpm_tasks.generators import GenerationContext
    from xpm_tasks.identifier import ObjectIdentifier
    from xpm_tasks.information import ConfigInformation
    from xpm_tasks.instance import ObjectStore
    from xpm_tasks.serialization import SerializationContext, SerializedPath
    from xpm_tasks.typeinfo import ObjectType

    # Not for jobs: a bound in quotes is compiled, and the first compilation of a process takes a millisecond.
    ConfigT = TypeVar("ConfigT", bound="Config")
    T = TypeVar("T")
else:

    def dataclass_transform(**options: Any) -> Any:
        """For type checkers only: `typing` has it from 3.11."""
        return lambda cls: cls


class _ConfigClass:
    """``Model.C``: what makes configurations."""

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
    and saved; ``config.instance()`` makes the object that does the work.
    """

    if TYPE_CHECKING:
        #: The description of the class.
        __xpmtype__: ObjectType
        #: What is known of a configuration object.
        __xpm__: ConfigInformation
        __xpm_made__: bool

    #: Objects with equal parameters are distinct (see `InstanceConfig`).
    __xpm_instance__ = False

    if TYPE_CHECKING:
        # Checkers are told that it is the class itself: its parameters are those that `dataclass_transform`
        # gives it, and what it makes is a `Model`.
        C: ClassVar[type[Self]]
        XPMConfig: ClassVar[type[Self]]
        XPMValue: ClassVar[type[Self]]

        @property
        def xpmconfig(self) -> Self:
            """Of an instance, the configuration it was made from."""
    else:
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
            for argument, value in information_of(self, "__xpm_serialize__").xpmvalues()
            if argument.data and value is not None
        }

    # --- Configurations ---

    def __identifier__(self) -> ObjectIdentifier:
        """The identifier: same parameters, same identifier."""
        return information_of(self, "__identifier__").identifier

    @property
    def __arguments__(self) -> dict[str, Any]:
        """The parameters of the class, and their values: name -> value, defaults included."""
        return {argument.name: value for argument, value in information_of(self, "__arguments__").xpmvalues()}

    def tag(self, name: str, value: Any) -> Self:
        """Tag the configuration.

        Args:
            name: Name of the tag.
            value: A number, a string or a boolean.

        Returns:
            The configuration.
        """
        from xpm_tasks.tagging import check_tag

        information_of(self, "tag").add_tag(name, check_tag(name, value), user_location(2))
        return self

    def tags(self) -> dict[str, Any]:
        """The tags of the configuration and of all it holds."""
        return information_of(self, "tags").tags()

    def seal(self, context: GenerationContext | None = None) -> Self:
        """Validate the configuration and make it read-only, with all it holds.

        Args:
            context: Where generated paths go (`DirectoryContext`).
        """
        information_of(self, "seal").seal(context)
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

        information_of(self, "instance")
        made: Self = instantiate(self, context, objects=objects, keep=keep)
        return made

    def copy(self) -> Self:
        """An unsealed copy, sharing what it holds. See also `copyconfig`."""
        from xpm_tasks.copying import copyconfig

        information_of(self, "copy")
        made: Self = copyconfig(self)
        return made

    def add_dependencies(self, *resources: object) -> Self:
        """Make the task wait for resources: ``task.add_dependencies(token.dependency(2))``."""
        info = information_of(self, "add_dependencies")
        info.resources = (*info.resources, *resources)
        return self

    def __matmul__(self, inner: Config) -> Self:
        """``outer @ inner``: set the one parameter of `outer` that can hold `inner`."""
        from xpm_tasks.composition import compose

        information_of(self, "@")
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


def information_of(config: Config, what: str) -> ConfigInformation:
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
