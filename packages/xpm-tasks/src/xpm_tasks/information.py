"""Configuration objects: how they store, check and show their parameters.

The values of the parameters live in the object's own ``__dict__``: reading one costs what reading any
attribute costs. Everything else known of the object is in ``config.__xpm__``.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from xpm_tasks.errors import (
    GeneratedValueError,
    ParameterValueError,
    ReadOnlyError,
    UnknownParameterError,
)
from xpm_tasks.fields import MISSING
from xpm_tasks.locations import Location, at, user_location
from xpm_tasks.types.base import Mismatch, Type, short
from xpm_tasks.walk import configs_in, is_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from xpm_tasks.arguments import Argument
    from xpm_tasks.config import Config, LightweightTask
    from xpm_tasks.generators import GenerationContext
    from xpm_tasks.identifier import ObjectIdentifier
    from xpm_tasks.seal import Summary
    from xpm_tasks.submission import JobLike, WatchedOutput
    from xpm_tasks.tasks import Task
    from xpm_tasks.typeinfo import ObjectType


_serials = count(1)


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
    #: The types given to a generic class: ``Box[int].C(...)``.
    bindings: Mapping[TypeVar, Type] | None = None
    #: The task that makes this configuration.
    output_of: Task | None = None
    #: Run before the object is used.
    init_tasks: tuple[LightweightTask, ...] = ()
    #: Parameters that got their value from a default factory.
    defaulted: frozenset[str] = frozenset()
    #: Parameters that got their value from a generator.
    generated: frozenset[str] = frozenset()
    #: Parameters whose values were given as ``tag(value)``.
    value_tags: frozenset[str] = frozenset()
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
    #: Partial folders in which the task writes.
    partial_folders: tuple[Path, ...] = ()
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
        #: Grows with each object that is made.
        self.serial = next(_serials)
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
        given = value
        if type(given) is TaggedValue:
            value = given.value
        try:
            type_ = argument.type.substitute(self.bindings) if self.bindings else argument.type
            checked = type_.check(value)
        except Mismatch as error:
            raise self._mismatch(argument, error) from None
        if argument.holds_configs:
            for config in configs_in(checked):
                self._refuse_generated(argument, config)
        stored = self.pyobject.__dict__
        if argument.type.typevars:
            self._store_generic(argument, checked)
        stored[name] = checked
        if type(given) is TaggedValue:
            self.own_tags[name] = (given.value, given.location)
            self.value_tags |= {name}
        elif name in self.value_tags:
            self.forget_value_tag(name)
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
        kind = error.value.__xpm__.type.name if is_config(error.value) else type(error.value).__qualname__
        if type(error.value) is TaggedValue:
            error.hint = "a tag is for the whole value of a parameter, or config.tag(name, value)"
        hint = f"; {error.hint}" if error.hint else ""
        return ParameterValueError(
            f"{where} must be {error.expected}, not {short(error.value)} ({kind}){at(user_location())}{hint}"
        )

    def _refuse_generated(self, argument: Argument, config: Any) -> None:
        info: ConfigInformation = config.__xpm__
        if not info.sealed or info.output_of is not None or info.job is not None:
            return
        from xpm_tasks.seal import generated_paths, summary_of

        if not summary_of(config).has_generated:
            return

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

    @property
    def original_identifier(self) -> ObjectIdentifier:
        """The identifier it had before any class was deprecated: the name of the folder of older results."""
        from xpm_tasks.identifier import ObjectIdentifier, compute_original

        return ObjectIdentifier(compute_original(self.pyobject))

    def tags(self) -> dict[str, Any]:
        """The tags of the tree below."""
        from xpm_tasks.tagging import tags

        return dict(tags(self.pyobject))

    def add_tag(self, name: str, value: Any, location: Location | None) -> None:
        """Tag the object."""
        self.own_tags[name] = (value, location)
        self.value_tags -= {name}
        self.tag_cache = None

    def forget_value_tag(self, name: str) -> None:
        """The value that a tag told of is not there any more."""
        if name in self.value_tags:
            self.value_tags -= {name}
            del self.own_tags[name]
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

    # --- Other processes ---

    def __getstate__(self) -> dict[str, Any]:
        # What belongs to the experiment stays in its process; the class knows its own description; a type
        # variable may have no name to be found by.
        local = ("type", "bindings", "job", "summary", "resources", "watched", "completed")
        return {name: value for name, value in self.__dict__.items() if name not in local}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.type = type(self.pyobject).__xpmtype__

    def __repr__(self) -> str:
        return f"<information on {self.type.name}{', sealed' if self.sealed else ''}>"


def unknown_parameter(type_: ObjectType, name: str) -> UnknownParameterError:
    """Say that there is no such parameter, and what may have been meant."""
    from difflib import get_close_matches
    from inspect import get_annotations

    known = list(type_.arguments)
    close = get_close_matches(name, known, 1, 0.6)
    if any(name in get_annotations(base) for base in type_.config_class.__mro__):
        hint = f"the class only has an annotation of that name; a parameter is declared as {name}: Param[...]"
    elif close:
        hint = f"did you mean {close[0]!r}?"
    elif known:
        hint = f"its parameters are {', '.join(known)}"
    else:
        hint = "it has none"
    return UnknownParameterError(f"{type_.name} has no parameter {name!r}{at(user_location())}: {hint}")
