"""Old names of classes and parameters: they warn, and lead to the new ones."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any

from xpm_tasks.errors import DeclarationError
from xpm_tasks.locations import Location
from xpm_tasks.walk import is_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


class Deprecation:
    """What a deprecated class stands for."""

    def __init__(self, cls: Any, new: Any = None, replace: bool = False) -> None:
        self.cls = cls
        self.new = new
        #: ``Old.C(...)`` gives the new configuration at once.
        self.replaces = replace
        #: It says itself what it stands for.
        self.converts = hasattr(cls, "__convert__")
        #: Only the name changed.
        self.inherits = not self.converts

    def warn(self, location: Location | None) -> None:
        """Warn where the class is used."""
        new = self.new.__qualname__ if self.new is not None else _parent(self.cls).__qualname__
        _warn(f"{self.cls.__qualname__} is deprecated: use {new}", location)

    def convert(self, config: Any) -> Any:
        """Give the new form of a configuration.

        Raises:
            DeclarationError: ``__convert__`` gave something else.
        """
        converted = config.__convert__()
        if not is_config(converted) or (self.new is not None and not isinstance(converted, self.new)):
            wanted = self.new.__qualname__ if self.new is not None else "configuration"
            raise DeclarationError(
                f"{self.cls.__qualname__}.__convert__ must give a {wanted}, not {converted!r}"
            )
        return converted

    def conversions(self, config: Any) -> Iterator[Any]:
        """Give the new form of a configuration, then the form of that one if it is an old one too, and so on.

        Raises:
            DeclarationError: classes convert to each other.
        """
        seen = {self.cls}
        deprecation: Deprecation | None = self
        while deprecation is not None and deprecation.converts:
            config = deprecation.convert(config)
            yield config
            deprecation = config.__xpm__.type.deprecation
            if deprecation is not None and deprecation.cls in seen:
                raise DeclarationError(f"{self.cls.__qualname__}.__convert__ leads back to an old form")
            seen.add(type(config).__xpmtype__.config_class)


def _parent(cls: Any) -> Any:
    return next(base for base in cls.__bases__ if hasattr(base, "__xpmtype__"))


def _warn(message: str, location: Location | None) -> None:
    warnings.warn_explicit(message, DeprecationWarning, *(location or Location("<unknown>", 0)))


def deprecate(target: Any, /, *, replace: bool = False) -> Any:
    """Mark an old name.

    * ``@deprecate class Old(New): ...``: another name of `New`, with the same identifiers.
    * ``@deprecate(New) class Old(Config): def __convert__(self): return New.C(...)``: an old form of `New`;
      its identifiers are those of what it converts to. With ``replace=True``, ``Old.C(...)`` gives a `New`
      at once.
    * ``@deprecate def old(self, value): self.new = value`` in a class: an old parameter.
    """
    if not isinstance(target, type):
        return _deprecate_parameter(target)
    if not hasattr(target, "__xpmtype__"):
        raise DeclarationError(f"{target.__qualname__} is not a configuration class: it cannot be deprecated")
    # `@deprecate` has just received a class that has no name yet; in `@deprecate(New)`, `New` has one.
    if not replace and not _is_named(target, sys._getframe(1)):
        return _deprecate_class(target, None, False)
    return lambda cls: _deprecate_class(cls, target, replace)


def _is_named(cls: Any, frame: FrameType) -> bool:
    """Tell whether a class can be reached by a name already."""
    if any(value is cls for names in (frame.f_locals, frame.f_globals) for value in list(names.values())):
        return True
    found: Any = sys.modules.get(cls.__module__)
    for part in cls.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is cls


def _deprecate_class(cls: Any, new: Any, replace: bool) -> Any:
    info = cls.__dict__.get("__xpmtype__")
    if info is None:
        raise DeclarationError(f"{cls!r} is not a configuration class: it cannot be deprecated")
    if (new is not None or replace) and not hasattr(cls, "__convert__"):
        raise DeclarationError(
            f"{cls.__qualname__} is deprecated in favour of {new.__qualname__}: it needs a method "
            "__convert__(self) "
            f"that gives a {new.__qualname__}"
        )
    if new is None and not hasattr(cls, "__convert__") and _parent(cls).__module__.startswith("xpm_tasks."):
        raise DeclarationError(
            f"{cls.__qualname__} is deprecated: it must inherit from its new form, or have a __convert__ "
            "method"
        )
    info.deprecation = Deprecation(cls, new, replace)
    info.renamed()
    return cls


def _deprecate_parameter(function: Callable[[Any, Any], None]) -> Any:
    """The old parameter sets the new ones, and warns."""

    def set_parameter(config: Any, value: Any, location: Location | None) -> None:
        owner = type(config).__xpmtype__.name
        _warn(f"the parameter {owner}.{function.__name__} is deprecated", location)
        function(config, value)

    function.__xpm_deprecated_parameter__ = set_parameter  # type: ignore[attr-defined]
    return function
