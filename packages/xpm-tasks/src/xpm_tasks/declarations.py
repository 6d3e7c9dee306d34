"""Parameters as they stand in a class statement, before their types are known."""

from __future__ import annotations

import sys
from typing import Any, ForwardRef, Literal

from xpm_tasks.annotations import Help, ParameterKind
from xpm_tasks.errors import DeclarationError
from xpm_tasks.fields import MISSING, Field
from xpm_tasks.generators import Generator


class Declaration:
    """One parameter as it stands in the class, before its type is known."""

    __slots__ = ("annotation", "field", "kind")

    def __init__(self, kind: ParameterKind, annotation: Any, field: Field) -> None:
        #: How it counts.
        self.kind = kind
        #: What stands after the colon: an object, or a string.
        self.annotation = annotation
        #: What stands after the equals sign.
        self.field = field


class Unresolved(Exception):
    """An annotation names what does not exist yet: tried again later."""


def names_of_module(module_name: str) -> dict[str, Any]:
    """The names that a module has now; none when it is not loaded."""
    module = sys.modules.get(module_name)
    return vars(module) if module else {}


def evaluate(annotation: Any, cls: type, namespace: dict[str, Any] | None) -> Any:
    """Replace strings and forward references in an annotation.

    Args:
        annotation: What stands after the colon.
        cls: The class.
        namespace: The names visible where the class was made, for a class inside a function.

    Raises:
        Unresolved: it names what does not exist yet.
        DeclarationError: it is not an annotation.
    """
    if not isinstance(annotation, str) and not _has_forward_reference(annotation):
        return annotation
    import typing
    from types import SimpleNamespace

    names = names_of_module(cls.__module__)
    local = dict(namespace or ())
    local.setdefault(cls.__name__, cls)
    try:
        if isinstance(annotation, str):
            annotation = eval(annotation, names, local)
            if not isinstance(annotation, str) and not _has_forward_reference(annotation):
                return annotation
        # Names in quotes inside: much slower, and each job declares its classes again.
        holder: Any = SimpleNamespace(__annotations__={"it": annotation})
        return typing.get_type_hints(holder, names, local, include_extras=True)["it"]
    except (NameError, AttributeError) as error:
        shown = annotation if isinstance(annotation, str) else repr(annotation)
        raise Unresolved(f"the annotation {shown} cannot be read: {error}") from None
    except (SyntaxError, TypeError) as error:
        raise DeclarationError(f"the annotation {annotation!r} cannot be read: {error}") from None


def _has_forward_reference(annotation: Any) -> bool:
    """Look for a name in quotes inside ``list["Model"]``."""
    stack = [annotation]
    while stack:
        item = stack.pop()
        if isinstance(item, (str, ForwardRef)):
            return True
        if getattr(item, "__metadata__", None) is not None:
            stack.append(item.__origin__)
        elif getattr(item, "__origin__", None) is not Literal:
            stack.extend(getattr(item, "__args__", ()) or ())
    return False


def with_metadata(options: Field, annotation: Any) -> Field:
    """Add what the annotation itself says: ``help(...)``, an old ``pathgenerator(...)``."""
    for item in getattr(annotation, "__metadata__", ()):
        if isinstance(item, Help) and options.help is None:
            options.help = item.text
        elif isinstance(item, Generator) and options.factory is None and options.default is MISSING:
            options.factory = item
    return options
