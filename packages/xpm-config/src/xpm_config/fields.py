"""What a configuration class declares, whatever kind of class it is (dataclass or attrs)."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import sys
import typing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from xpm_config.errors import SchemaError

#: No default: the YAML has to give the value.
REQUIRED: Any = dataclasses.MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a configuration class."""

    #: Name of the field, and key in the YAML.
    name: str
    #: Name of the argument of the constructor (attrs drops leading underscores).
    argument: str
    #: Resolved annotation.
    type: Any
    #: Makes a default value; None when the field is required, or when only the class can compute it.
    make_default: typing.Callable[[], Any] | None
    #: Whether a value has to be given.
    required: bool
    #: Whether the constructor takes it (False for `field(init=False)`).
    settable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The fields of a class, in order of declaration."""

    cls: type
    fields: dict[str, Field]


def is_structured(cls: Any) -> bool:
    """Whether a type is a class with declared fields (a dataclass or an attrs class)."""
    return isinstance(cls, type) and (dataclasses.is_dataclass(cls) or "__attrs_attrs__" in dir(cls))


def describe(cls: Any) -> Description:
    """Return the fields of a dataclass or attrs class.

    Raises:
        SchemaError: An annotation cannot be understood.
    """
    return _describe(cls)


@lru_cache(maxsize=1024)
def _describe(cls: Any) -> Description:
    hints = _Hints(cls)
    if dataclasses.is_dataclass(cls):
        found = [_dataclass_field(f, hints) for f in _with_init_only(cls)]
    else:
        found = [_attrs_field(a, hints) for a in cls.__attrs_attrs__]
    return Description(cls=cls, fields={field.name: field for field in found})


def _with_init_only(cls: Any) -> list[dataclasses.Field[Any]]:
    everything: dict[str, dataclasses.Field[Any]] = cls.__dataclass_fields__
    kinds = (dataclasses._FIELD, dataclasses._FIELD_INITVAR)  # type: ignore[attr-defined]
    return [f for f in everything.values() if f._field_type in kinds]  # type: ignore[attr-defined]


def _dataclass_field(field: dataclasses.Field[Any], hints: _Hints) -> Field:
    make_default = None
    if field.default is not dataclasses.MISSING:
        value = field.default
        make_default = lambda: value  # noqa: E731
    elif field.default_factory is not dataclasses.MISSING:
        make_default = field.default_factory
    return Field(
        name=field.name,
        argument=field.name,
        type=hints.of(field.name),
        make_default=make_default,
        required=make_default is None,
        settable=field.init,
    )


def _attrs_field(attribute: Any, hints: _Hints) -> Field:
    attr: Any = importlib.import_module("attr")  # attrs made the class: it is there
    default = attribute.default
    make_default = None
    if isinstance(default, attr.Factory):
        make_default = None if default.takes_self else default.factory
    elif default is not attr.NOTHING:
        make_default = lambda: default  # noqa: E731
    return Field(
        name=attribute.name,
        argument=getattr(attribute, "alias", None) or attribute.name.lstrip("_"),
        type=hints.of(attribute.name, attribute.type),
        make_default=make_default,
        required=default is attr.NOTHING,
        settable=attribute.init,
    )


class _Hints:
    """Resolved annotations of a class."""

    def __init__(self, cls: type) -> None:
        self._cls = cls
        try:
            self._hints = _type_hints(cls)
        except (NameError, TypeError, SyntaxError, AttributeError) as error:
            raise SchemaError(
                f"an annotation of {cls.__qualname__} ({_place(cls)}) cannot be understood: {error}",
                hint="import the name at run time (not under TYPE_CHECKING), at the top level of the module",
            ) from error

    def of(self, name: str, fallback: Any = None) -> Any:
        hint = self._hints.get(name, fallback if fallback is not None else Any)
        return hint.type if isinstance(hint, dataclasses.InitVar) else hint


def _type_hints(cls: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except TypeError:
        # Python 3.10 refuses `InitVar[int]` when it is written as text.
        if sys.version_info >= (3, 11):
            raise
    hints: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        names = dict(vars(sys.modules.get(base.__module__, typing)))
        for name, hint in inspect.get_annotations(base).items():
            hints[name] = eval(hint, names, dict(vars(base))) if isinstance(hint, str) else hint
    return hints


def _place(cls: type) -> str:
    module = sys.modules.get(cls.__module__)
    return getattr(module, "__file__", None) or cls.__module__
