"""Configuration objects: how they store, check and show their parameters.

The values of the parameters live in the object's own ``__dict__``: reading one costs what reading any
attribute
costs. Everything else known of the object is in ``config.__xpm__``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from xpm_tasks.errors import (
    GeneratedValueError,
    MissingParameterError,
    NotAnInstanceError,
    ParameterValueError,
    ReadOnlyError,
    UnknownParameterError,
)
from xpm_tasks.fields import MISSING
from xpm_tasks.locations import Location, at, user_location
from xpm_tasks.types.base import Mismatch, short
from xpm_tasks.walk import configs_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xpm_tasks.arguments import Argument
    from xpm_tasks.config import Config, LightweightTask, Task
    from xpm_tasks.generators import GenerationContext
    from xpm_tasks.identifier import ObjectIdentifier
    from xpm_tasks.seal import Summary
    from xpm_tasks.submission import JobLike, WatchedOutput
    from xpm_tasks.typeinfo import ObjectType


class TaggedValue:
    """A value with a tag named after the parameter it is given to."""

    __slots__ = ("location", "value")

    def __init__(self, value: Any, location: Location | None) -> None:
        self.value = value
        self.location = location

    def __repr__(self) -> str:
        return f"tag({self.value!r})"


class ConfigInformation:
    """What is known of a configuration object, besides the values of its parameters (`config.__xpm__`)."""

    # Most objects keep most of these: they are attributes of the class until they change.

    #: Nothing can be changed any more.
    sealed = False
    #: ``setmeta``: True leaves the object out of identifiers, False keeps it in, None says nothing.
    meta: bool | None = None
    #: The task that makes this configuration.
    output_of: Task | None = None
    #: Run before the object is used.
    init_tasks: tuple[LightweightTask, ...] = ()
    #: Parameters that got their value from a default factory.
    defaulted: frozenset[str] = frozenset()
    #: Parameters that got their value from a generator.
    generated: frozenset[str] = frozenset()
    #: Identifier, when it is the same wherever the sealed object is met.
    digest: bytes | None = None
    #: Identifier of a sealed object that is part of a loop.
    loop_digest: bytes | None = None
    #: What the tree below needs from a scheduler; set when sealed.
    summary: Summary | None = None
    #: The tags of the tree below, once sealed.
    tag_cache: dict[str, Any] | None = None
    #: `stop_tags`: the tags below do not count above.
    tags_stop = False
    #: The job, once submitted.
    job: JobLike | None = None
    #: What `add_dependencies` added.
    resources: tuple[object, ...] = ()
    #: Callbacks.
    watched: tuple[WatchedOutput, ...] = ()
    completed: tuple[Callable[..., Any], ...] = ()

    def __init__(self, config: Config, type_: ObjectType, location: Location | None) -> None:
        #: The object itself.
        self.pyobject = config
        #: The description of its class.
        self.type = type_
        #: Where it was made.
        self.location = location
        #: Its own tags: name -> (value, where it was set).
        self.own_tags: dict[str, tuple[Any, Location | None]] = {}

    # --- Values ---

    @property
    def values(self) -> dict[str, Any]:
        """The values that were given, or made by a factory."""
        stored = self.pyobject.__dict__
        return {name: stored[name] for name in self.type.arguments if name in stored}

    def xpmvalues(self) -> Iterator[tuple[Argument, Any]]:
        """Parameters and their values, defaults included."""
        for argument in self.type.arguments.values():
            value = self.value(argument)
            if value is not MISSING:
                yield argument, value

    def value(self, argument: Argument) -> Any:
        """The value of a parameter, default included; MISSING when there is none."""
        value = self.pyobject.__dict__.get(argument.name, MISSING)
        if value is MISSING and argument.generator is None and not argument.required:
            return argument.default if argument.shared_default else self.materialize(argument)
        return value

    def materialize(self, argument: Argument) -> Any:
        """Give a parameter its default as a value of its own, that can be changed."""
        value = argument.fresh_default()
        self.pyobject.__dict__[argument.name] = value
        self.defaulted |= {argument.name}
        return value

    def set(self, name: str, value: Any, *, bypass: bool = False) -> None:
        """Set a parameter.

        Args:
            name: Its name.
            value: Its value, tagged or not.
            bypass: Also when sealed, or constant.

        Raises:
            ConfigurationError: the object is sealed, there is no such parameter, or the value is not of its
                type.
        """
        argument = self.type.arguments.get(name)
        if argument is None:
            raise unknown_parameter(self.type, name)
        if not bypass:
            if self.sealed:
                raise ReadOnlyError(
                    f"{self.type.name}.{name} cannot be set: the configuration is sealed"
                    f"{at(user_location())}; make a copy with copyconfig(config, {name}=...)"
                )
            if argument.constant:
                raise ReadOnlyError(f"{self.type.name}.{name} is a constant{at(user_location())}")
        self.store(argument, value)

    def store(self, argument: Argument, value: Any) -> None:
        """Check a value and keep it."""
        name = argument.name
        location = None
        if type(value) is TaggedValue:
            location, value = value.location, value.value
            self.own_tags[name] = (value, location)
        try:
            checked = argument.type.check(value)
        except Mismatch as error:
            raise self._mismatch(argument, error) from None
        if argument.holds_configs:
            for config in configs_in(checked):
                self._refuse_generated(argument, config)
        stored = self.pyobject.__dict__
        if argument.type.typevars:
            self._store_generic(argument, checked)
        stored[name] = checked
        if name in self.defaulted:
            self.defaulted -= {name}
        if name in self.generated:
            self.generated -= {name}

    def _store_generic(self, argument: Argument, value: Any) -> None:
        from xpm_tasks.generics import bindings_of

        stored = self.pyobject.__dict__
        before = stored.get(argument.name, MISSING)
        stored[argument.name] = value
        try:
            bindings_of(self.pyobject)
        except Mismatch as error:
            if before is MISSING:
                del stored[argument.name]
            else:
                stored[argument.name] = before
            raise self._mismatch(argument, error) from None

    def _mismatch(self, argument: Argument, error: Mismatch) -> ParameterValueError:
        where = f"{self.type.name}.{argument.name}{''.join(error.path)}"
        kind = type(error.value).__qualname__
        hint = f"; {error.hint}" if error.hint else ""
        return ParameterValueError(
            f"{where} must be {error.expected}, not {short(error.value)} ({kind}){at(user_location())}{hint}"
        )

    def _refuse_generated(self, argument: Argument, config: Any) -> None:
        info: ConfigInformation = config.__xpm__
        if not info.sealed or info.summary is None or not info.summary.has_generated:
            return
        if info.output_of is not None or info.job is not None:
            return
        from xpm_tasks.seal import generated_paths

        paths = ", ".join(generated_paths(config))
        raise GeneratedValueError(
            f"{self.type.name}.{argument.name} cannot hold this {info.type.name}{at(user_location())}: "
            f"its generated values belong to another task ({paths}); "
            "make another configuration, or use the output of the task"
        )

    # --- What users ask ---

    @property
    def task(self) -> Task | None:
        """The task that makes this configuration; for a submitted task, itself."""
        return self.output_of if self.job is None else self.pyobject  # type: ignore[return-value]

    @property
    def identifier(self) -> ObjectIdentifier:
        """The identifier."""
        from xpm_tasks.identifier import ObjectIdentifier, compute

        return ObjectIdentifier(compute(self.pyobject))

    def tags(self) -> dict[str, Any]:
        """The tags of the tree below."""
        from xpm_tasks.tagging import tags

        return dict(tags(self.pyobject))

    def add_tag(self, name: str, value: Any, location: Location | None) -> None:
        """Tag the object."""
        self.own_tags[name] = (value, location)
        self.tag_cache = None

    def validate(self) -> None:
        """Check the configuration and what it holds, without sealing anything.

        Raises:
            ConfigurationError: a value is missing, or a ``__validate__`` refused.
        """
        from xpm_tasks.seal import validate

        validate(self.pyobject)

    def seal(self, context: GenerationContext | None = None) -> None:
        """Validate, generate the paths, and let nothing change any more.

        Args:
            context: Where generated paths go.
        """
        from xpm_tasks.seal import seal

        seal(self.pyobject, context)

    def wait(self) -> Any:
        """Wait for the end of the job.

        Raises:
            SubmissionError: the task was not submitted.
        """
        if self.job is None:
            from xpm_tasks.errors import SubmissionError

            raise SubmissionError(f"{self.type.name} was not submitted: there is nothing to wait for")
        return self.job.wait()

    def __repr__(self) -> str:
        return f"<information on {self.type.name}{', sealed' if self.sealed else ''}>"


def make_config(cls: Any, values: dict[str, Any]) -> Any:
    """Make a configuration object: what ``Model.C(...)`` does."""
    type_: ObjectType = cls.__xpmtype__
    location = user_location(2)
    if type_.deprecation is not None:
        type_.deprecation.warn(location)
    config = object.__new__(cls)
    info = ConfigInformation(config, type_, location)
    config.__dict__["__xpm__"] = info
    arguments = type_.arguments
    for name, value in values.items():
        argument = arguments.get(name)
        if argument is None:
            _set_other(config, info, name, value, location)
        elif argument.constant:
            raise ReadOnlyError(f"{type_.name}.{name} is a constant{at(location)}")
        else:
            info.store(argument, value)
    if type_.deprecation is not None and type_.deprecation.replaces:
        return type_.deprecation.convert(config)
    return config


def _set_other(
    config: Any, info: ConfigInformation, name: str, value: Any, location: Location | None
) -> None:
    """Set a parameter that has been deprecated, or refuse."""
    setter = info.type.deprecated_setter(name)
    if setter is None:
        raise unknown_parameter(info.type, name)
    setter(config, value, location)


def unknown_parameter(type_: ObjectType, name: str) -> UnknownParameterError:
    """Say that there is no such parameter, and what may have been meant."""
    from difflib import get_close_matches

    known = list(type_.arguments)
    close = get_close_matches(name, known, 1, 0.6)
    if close:
        hint = f"did you mean {close[0]!r}?"
    elif known:
        hint = f"its parameters are {', '.join(known)}"
    else:
        hint = "it has none"
    return UnknownParameterError(f"{type_.name} has no parameter {name!r}{at(user_location())}: {hint}")


class ConfigMixin:
    """What a configuration object does, whatever its class. Comes first among its bases."""

    __xpm__: ConfigInformation

    def __setattr__(self, name: str, value: Any) -> None:
        info: ConfigInformation = self.__dict__["__xpm__"]
        if name in info.type.arguments:
            info.set(name, value)
            return
        setter = info.type.deprecated_setter(name)
        if setter is not None:
            setter(self, value, user_location())
        elif hasattr(getattr(type(self), name, None), "__set__"):
            object.__setattr__(self, name, value)
        else:
            raise unknown_parameter(info.type, name)

    def __delattr__(self, name: str) -> None:
        info: ConfigInformation = self.__dict__["__xpm__"]
        if info.sealed:
            raise ReadOnlyError(f"{info.type.name}.{name} cannot be removed: the configuration is sealed")
        if name not in info.type.arguments:
            raise unknown_parameter(info.type, name)
        self.__dict__.pop(name, None)

    def __getattr__(self, name: str) -> Any:
        # Called for what is not stored: a default, or a mistake.
        if name.startswith("__"):
            raise AttributeError(name)
        info: ConfigInformation = self.__dict__["__xpm__"]
        argument = info.type.arguments.get(name)
        if argument is None:
            raise _no_attribute(info.type, name)
        value = info.value(argument)
        if value is not MISSING:
            return value
        if argument.generator is not None:
            raise MissingParameterError(
                f"{info.type.name}.{name} is generated when the configuration is sealed{at(user_location())}"
            )
        raise MissingParameterError(
            f"{info.type.name}.{name} has no value{at(user_location())}; made without it{at(info.location)}"
        )

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, ConfigMixin):
            return NotImplemented
        mine, theirs = self.__xpm__, other.__xpm__
        if not (mine.sealed and theirs.sealed):
            return False
        return mine.identifier == theirs.identifier

    def __hash__(self) -> int:
        # Until it is sealed, an object is only equal to itself.
        info = self.__xpm__
        return hash(info.identifier) if info.sealed else object.__hash__(self)

    def __repr__(self) -> str:
        from xpm_tasks.showing import show

        return show(self)

    def __copy__(self) -> Any:
        from xpm_tasks.copying import copyconfig

        return copyconfig(cast(Any, self))

    def __deepcopy__(self, memo: Any) -> Any:
        from xpm_tasks.copying import clone

        return clone(cast(Any, self))

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(
            f"{self.__xpm__.type.name} cannot be pickled: use xpm_tasks.save(config, folder), or "
            "state_dict(config)"
        )


def _no_attribute(type_: ObjectType, name: str) -> AttributeError:
    if name in ("remaining_time", "register_task_output", "xpmconfig"):
        return NotAnInstanceError(
            f"{type_.name}.{name} is for instances, inside a task{at(user_location())}: this is a "
            "configuration"
        )
    return unknown_parameter(type_, name)
