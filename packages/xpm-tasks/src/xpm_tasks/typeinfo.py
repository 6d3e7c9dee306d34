"""What is known of one configuration class: its name, its parameters, the class of its instances."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from xpm_tasks.declarations import Declaration, Unresolved
from xpm_tasks.errors import DeclarationError
from xpm_tasks.locations import Location, at
from xpm_tasks.naming import Identifier, shown_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xpm_tasks.arguments import Argument
    from xpm_tasks.config import Config
    from xpm_tasks.deprecation import Deprecation
    from xpm_tasks.hooks import SubmitHook
    from xpm_tasks.slots import Slot


class ObjectType:
    """The description of a configuration class (`Model.__xpmtype__`)."""

    def __init__(
        self,
        config_class: type[Config],
        declarations: dict[str, Declaration],
        location: Location | None,
        namespace: dict[str, Any] | None,
    ) -> None:
        self.config_class = config_class
        #: The parameters the class itself declares.
        self.declarations = declarations
        #: Where the class statement is.
        self.location = location
        self.deprecation: Deprecation | None = None
        #: The submit hooks of the class itself.
        self.hooks: tuple[SubmitHook, ...] = ()
        #: Deprecated parameters: a function that sets the new ones.
        self.deprecated_parameters: dict[str, Any] = {}
        #: Names visible where the class was made that its module may not have, or not any more.
        self._namespace = namespace
        self._arguments: dict[str, Argument] | None = None
        self._value_class: type[Any] | None = None
        self._identifier: str | None = None

    # --- Parameters ---

    @property
    def arguments(self) -> dict[str, Argument]:
        """All parameters by name, those of the parents first."""
        if self._arguments is None:
            try:
                self._resolve()
            except Unresolved as error:
                raise DeclarationError(f"{self.label}: {error}") from None
        assert self._arguments is not None
        return self._arguments

    def declared_names(self) -> Iterator[str]:
        """The names of all parameters, some more than once; their annotations need not be known for it."""
        for base in self.config_class.__mro__:
            info: ObjectType | None = base.__dict__.get("__xpmtype__")
            if info is not None:
                yield from info.declarations

    def try_resolve(self) -> None:
        """Resolve at once if all names are known, so that a mistake is told at the class statement."""
        with suppress(Unresolved):
            self._resolve()

    def _resolve(self) -> None:
        # Imported when first needed: most jobs do not need it.
        from xpm_tasks.collecting import collect

        self._arguments = collect(self, self._namespace)
        self._namespace = None

    @property
    def label(self) -> str:
        """For messages: the full name of the class, and where it is."""
        return f"{self.config_class.__module__}.{self.config_class.__qualname__}{at(self.location)}"

    @cached_property
    def plan(self) -> tuple[Slot, ...]:
        """The parameters in the order and form that the identifier needs."""
        from xpm_tasks.slots import make_plan

        return make_plan(self.arguments)

    @cached_property
    def holders(self) -> tuple[Argument, ...]:
        """The parameters whose values may hold configurations."""
        return tuple(argument for argument in self.arguments.values() if argument.holds_configs)

    @cached_property
    def to_fill(self) -> tuple[Argument, ...]:
        """The parameters to look at when an object is sealed: without default, or with one of their own."""
        return tuple(
            argument
            for argument in self.arguments.values()
            if argument.generator is None and not argument.shared_default
        )

    @cached_property
    def generators(self) -> tuple[Argument, ...]:
        """The parameters whose values are generated when an object is sealed."""
        return tuple(argument for argument in self.arguments.values() if argument.generator is not None)

    @cached_property
    def validates(self) -> bool:
        """The class has a ``__validate__`` of its own."""
        from xpm_tasks.config import Config

        return self.config_class.__validate__ is not Config.__validate__

    @cached_property
    def is_prepare(self) -> bool:
        """The class is to be prepared."""
        from xpm_tasks.config import Prepare

        return issubclass(self.config_class, Prepare)

    @cached_property
    def all_hooks(self) -> tuple[SubmitHook, ...]:
        """The submit hooks of the class and of its parents; the nearest wins."""
        found: dict[Any, SubmitHook] = {}
        for base in self.config_class.__mro__:
            info: ObjectType | None = base.__dict__.get("__xpmtype__")
            for hook in info.hooks if info is not None else ():
                found.setdefault((type(hook), hook.spec()), hook)
        return tuple(found.values())

    def deprecated_setter(self, name: str) -> Any:
        """What sets a deprecated parameter, or None."""
        for base in self.config_class.__mro__:
            info: ObjectType | None = base.__dict__.get("__xpmtype__")
            if info is not None and name in info.deprecated_parameters:
                return info.deprecated_parameters[name].__xpm_deprecated_parameter__
        return None

    # --- Names ---

    @property
    def typename(self) -> str:
        """The name of the type as declared: ``__xpmid__``, or ``module.qualname``."""
        if self.deprecation is not None and self.deprecation.inherits:
            parent: str = _first_config_base(self.config_class).__xpmtype__.typename
            return parent
        return self.original_typename

    @property
    def original_typename(self) -> str:
        """The same, whatever the class stands for now."""
        cls = self.config_class
        own = cls.__dict__.get("__xpmid__")
        if isinstance(own, (str, Identifier)):
            return str(own)
        if own is not None and not isinstance(own, classmethod):
            raise DeclarationError(f"{self.label}: __xpmid__ must be a string or a class method")
        inherited = getattr(cls, "__xpmid__", None)
        if callable(inherited):
            return str(inherited())
        return f"{cls.__module__}.{cls.__qualname__}"

    @property
    def identifier(self) -> str:
        """The name of the type in identifiers and folders: lower-case."""
        if self._identifier is None:
            self._identifier = self.typename.lower()
        return self._identifier

    @property
    def original_identifier(self) -> str:
        """The name that the type had in identifiers before it was deprecated."""
        return self.original_typename.lower()

    @property
    def name(self) -> str:
        """The name shown to people."""
        return shown_name(self.config_class)

    def renamed(self) -> None:
        """Forget the name: the class was just deprecated."""
        self._identifier = None

    # --- Classes ---

    @property
    def value_class(self) -> type[Any]:
        """The class of the instances."""
        if self._value_class is None:
            from xpm_tasks.meta import make_value_class

            self._value_class = make_value_class(self)
        return self._value_class

    def register_value_class(self, value_class: type[Any]) -> None:
        """Use another class for instances.

        Raises:
            DeclarationError: it does not derive from the configuration class, or not from the value class of
                a parent.
        """
        if not issubclass(value_class, self.config_class):
            raise DeclarationError(
                f"{value_class.__qualname__} must derive from {self.config_class.__qualname__}"
            )
        for base in self.config_class.__bases__:
            parent = getattr(base, "__xpmtype__", None)
            if parent is not None and not issubclass(value_class, parent.value_class):
                raise DeclarationError(
                    f"{value_class.__qualname__} must derive from {parent.value_class.__qualname__}, "
                    f"the value class of {base.__qualname__}"
                )
        if value_class.__xpmtype__.declarations:
            names = ", ".join(value_class.__xpmtype__.declarations)
            raise DeclarationError(
                f"the value class {value_class.__qualname__} declares parameters ({names}): "
                f"declare them in {self.config_class.__qualname__}"
            )
        self._value_class = value_class
        value_class.__xpmtype__ = self

    # --- Deprecation ---

    def convert_for(self, value: Any, wanted: type[Any]) -> Any:
        """The converted form of a deprecated configuration when it is a `wanted`, else None."""
        if self.deprecation is None or not self.deprecation.converts:
            return None
        forms = self.deprecation.conversions(value)
        return next((form for form in forms if isinstance(form, wanted)), None)

    # --- Documentation ---

    @property
    def title(self) -> str:
        """The first line of the class's documentation."""
        return (self.config_class.__doc__ or "").strip().partition("\n")[0] or self.identifier

    @property
    def description(self) -> str:
        """The class's documentation, as written."""
        return (self.config_class.__doc__ or "").strip()

    def __repr__(self) -> str:
        return f"<type {self.identifier}>"


def _first_config_base(cls: type[Any]) -> Any:
    return next(base for base in cls.__bases__ if hasattr(base, "__xpmtype__"))
