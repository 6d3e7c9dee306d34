"""What the user writes after the equals sign: ``x: Param[int] = field(default=2)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from xpm_tasks.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xpm_tasks.partials import ParameterGroup

T = TypeVar("T")


class _Missing:
    """No value: None is one."""

    def __repr__(self) -> str:
        return "<no value>"

    def __bool__(self) -> bool:
        return False


MISSING: Any = _Missing()


class Field:
    """The options of one parameter."""

    __slots__ = (
        "bare",
        "default",
        "factory",
        "groups",
        "help",
        "ignore_default",
        "ignore_generated",
        "overrides",
    )

    def __init__(
        self,
        default: Any = MISSING,
        factory: Any = None,
        *,
        ignore_default: bool = False,
        ignore_generated: bool = False,
        overrides: bool = False,
        groups: Sequence[ParameterGroup] = (),
        help: str | None = None,
        bare: str = "",
    ) -> None:
        self.default = default
        self.factory = factory
        self.ignore_default = ignore_default
        self.ignore_generated = ignore_generated
        self.overrides = overrides
        self.groups = tuple(groups)
        self.help = help
        #: The old form it was written in, to be warned about; "" when there is nothing to say.
        self.bare = bare


@overload
def field(
    *,
    default: T,
    ignore_default: bool = ...,
    overrides: bool = ...,
    groups: Sequence[ParameterGroup] = ...,
    help: str | None = ...,
) -> T: ...
@overload
def field(
    *,
    default_factory: Callable[[], T],
    ignore_default: bool = ...,
    ignore_generated: bool = ...,
    overrides: bool = ...,
    groups: Sequence[ParameterGroup] = ...,
    help: str | None = ...,
) -> T: ...
@overload
def field(
    *,
    ignore_default: Any = ...,
    overrides: bool = ...,
    groups: Sequence[ParameterGroup] = ...,
    help: str | None = ...,
) -> Any: ...
def field(
    *,
    default: Any = MISSING,
    default_factory: Any = None,
    ignore_default: Any = MISSING,
    ignore_generated: bool = False,
    overrides: bool = False,
    groups: Sequence[ParameterGroup] = (),
    help: str | None = None,
) -> Any:
    """Describe a parameter.

    Args:
        default: The value when none is given.
        default_factory: Called without arguments when none is given. A `PathGenerator` gives, when the
            configuration is sealed, a path in the folder of the task.
        ignore_default: Leave the parameter out of the identifier while it has its default value: this is how
            a parameter is added to a class without losing earlier results.
        ignore_generated: Leave it out when the value came from `default_factory`.
        overrides: The parameter redefines the one of a parent, on purpose.
        groups: Groups of parameters, for partial identifiers.
        help: What the parameter is for.

    Raises:
        DeclarationError: options that contradict each other.
    """
    if default is not MISSING and default_factory is not None:
        raise DeclarationError("field() takes `default` or `default_factory`, not both")
    if default_factory is not None and not callable(default_factory):
        raise DeclarationError("default_factory is not callable: give a function, such as `lambda: [1, 2]`")
    if not hasattr(groups, "__iter__"):
        raise DeclarationError("groups is a list: field(groups=[group])")
    bare = ""
    if ignore_default is MISSING:
        ignore_default = False
    elif default is MISSING and default_factory is None:
        # 2.x: the default itself was given here, also when it is True or False.
        default, ignore_default, bare = ignore_default, True, f"field(ignore_default={ignore_default!r})"
    elif not isinstance(ignore_default, bool):
        raise DeclarationError("with a default, `ignore_default` is True or False")
    return Field(
        default,
        default_factory,
        ignore_default=ignore_default,
        ignore_generated=ignore_generated,
        overrides=overrides,
        groups=groups,
        help=help,
        bare=bare,
    )


def as_field(value: Any) -> Field:
    """Read what stands after the equals sign, in any of its forms."""
    if isinstance(value, Field):
        return value
    if value is MISSING:
        return Field()
    return Field(value, ignore_default=True, bare=f"= {value!r}")
