"""One parameter of one class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xpm_tasks.errors import DeclarationError
from xpm_tasks.fields import MISSING, Field
from xpm_tasks.generators import Generator
from xpm_tasks.types.base import Mismatch, Type, short
from xpm_tasks.walk import configs_in

if TYPE_CHECKING:
    from xpm_tasks.annotations import ParameterKind


def _may_change(value: Any) -> bool:
    """Tell whether a default must be copied, so that changing it in one object does not change others."""
    return isinstance(value, (list, dict, set)) or bool(configs_in(value))


class Argument:
    """A parameter: what it is called, what it may be, and how it enters the identifier."""

    __slots__ = (
        "_help",
        "constant",
        "data",
        "default",
        "factory",
        "generator",
        "groups",
        "holds_configs",
        "ignore_default",
        "ignore_generated",
        "ignored",
        "name",
        "optional",
        "overrides",
        "owner",
        "shared_default",
        "type",
    )

    def __init__(self, name: str, type_: Type, kind: ParameterKind, options: Field, owner: type) -> None:
        self.name = name
        self.type = type_
        #: The class that declares it.
        self.owner = owner
        self.constant = kind.constant
        self.data = kind.data
        #: Left out of the identifier.
        self.ignored = kind.ignored or type_.is_path
        self.holds_configs = type_.holds_configs
        self.groups = options.groups
        self.overrides = options.overrides
        self.ignore_default = options.ignore_default
        self.ignore_generated = options.ignore_generated
        #: Makes the value when the configuration is sealed.
        self.generator: Generator | None = options.factory if isinstance(options.factory, Generator) else None
        #: Makes the value when it is needed.
        self.factory = None if self.generator else options.factory
        #: None is the value when there is none, and it does not count.
        self.optional = type_.optional and options.default is MISSING and options.factory is None
        self._help = options.help
        self.default = self._checked_default(options.default)
        #: The default can be given as it is: nobody can change it.
        self.shared_default = self.default is not MISSING and not _may_change(self.default)

    def _checked_default(self, default: Any) -> Any:
        if default is MISSING:
            return None if self.optional else MISSING
        if self.type.typevars:
            return default
        try:
            return self.type.check(default)
        except Mismatch as error:
            raise DeclarationError(
                f"the default of {self.owner.__qualname__}.{self.name} must be {error.expected}, not "
                f"{short(error.value)}"
            ) from None

    @property
    def required(self) -> bool:
        """A value must be given."""
        return self.default is MISSING and self.factory is None and self.generator is None

    @property
    def help(self) -> str:
        """What it is for: from `field(help=)`, ``Annotated[..., help()]``, or the class's documentation."""
        if self._help is None:
            from xpm_tasks.documentation import parameter_help

            self._help = parameter_help(self.owner, self.name)
        return self._help

    def fresh_default(self) -> Any:
        """The default as a new value, so that changing it changes one object only."""
        if self.factory is not None:
            try:
                return self.type.check(self.factory())
            except Mismatch as error:
                raise DeclarationError(
                    f"the default_factory of {self.owner.__qualname__}.{self.name} gave "
                    f"{short(error.value)}: "
                    f"expected {error.expected}"
                ) from None
        if self.shared_default:
            return self.default
        from xpm_tasks.copying import clone_value

        return self.type.check(clone_value(self.default))

    def __repr__(self) -> str:
        return f"{self.name}: {self.type}"
