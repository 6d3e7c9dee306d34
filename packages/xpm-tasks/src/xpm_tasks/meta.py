"""The metaclass: it reads declarations, and keeps configurations and instances apart.

Three classes come from one statement ``class Model(Config)``:

* ``Model`` itself, which the user names everywhere;
* ``Model.XPMConfig`` (what ``Model.C`` gives), the class of configuration objects: a subclass of ``Model``,
  made when first needed, whose objects store, check and seal parameters;
* ``Model.XPMValue``, the class of instances: ``Model``, unless another one was registered.
"""

from __future__ import annotations

import sys
import warnings
from abc import ABCMeta
from types import FunctionType
from typing import TYPE_CHECKING, Annotated, Any, ForwardRef

from xpm_tasks.annotations import ParameterKind, kind_of
from xpm_tasks.declarations import Declaration, names_of_module
from xpm_tasks.errors import DeclarationError, DirectCallError
from xpm_tasks.fields import MISSING, Field, as_field
from xpm_tasks.locations import Location, user_location
from xpm_tasks.runtime import current_runtime
from xpm_tasks.typeinfo import ObjectType

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What every configuration class has.
_RESERVED = {"C", "XPMConfig", "XPMValue"}


class ConfigMeta(ABCMeta):
    """The class of configuration classes. It is an `ABCMeta`, so that they may have abstract methods."""

    __xpmtype__: ObjectType

    def __new__(
        mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], /, **options: Any
    ) -> ConfigMeta:
        """Read a class statement."""
        if any(type(base) is MadeMeta for base in bases) and mcls is not MadeMeta:
            made = next(base for base in bases if type(base) is MadeMeta)
            raise DeclarationError(
                f"derive from {made.__name__}, not from {made.__name__}.XPMConfig or {made.__name__}.C"
            )
        location = user_location(2)
        declarations, namespace = _read_declarations(name, bases, namespace)
        cls = super().__new__(mcls, name, bases, namespace, **options)
        if mcls is not MadeMeta:
            in_job = current_runtime() is not None
            names = _local_names(namespace)
            if in_job:
                names = {**_names_in(declarations, cls), **(names or {})}
            info = ObjectType(cls, declarations, location, names)  # type: ignore[arg-type]
            cls.__xpmtype__ = info
            for value in namespace.values():
                if type(value) is FunctionType and hasattr(value, "__xpm_deprecated_parameter__"):
                    info.deprecated_parameters[value.__name__] = value
            _warn_about_bare(cls, declarations, location)
            # A job comes after the experiment that has read these classes; most of them it does not need.
            if not in_job:
                info.try_resolve()
        return cls

    def _refuse_call(cls, /, *args: Any, **kwargs: Any) -> Any:
        """Refuse ``Model(...)``: it would be neither a configuration nor an instance."""
        shown = ", ".join([*("..." for _ in args), *(f"{name}=..." for name in kwargs)])
        raise DirectCallError(
            f"{cls.__qualname__}({shown}) makes nothing: write {cls.__name__}.C({shown}) for a "
            "configuration, "
            f"and {cls.__name__}.C({shown}).instance() for an instance of it"
        )

    def _subscript(cls, arguments: Any) -> Any:
        """``Box[int]``: what `typing` gives, with a ``C`` that holds to the types."""
        from xpm_tasks.generics import BoundClass

        if not hasattr(cls, "__class_getitem__"):
            raise TypeError(f"{cls.__qualname__} is not a generic class: write {cls.__name__} alone")
        alias = cls.__class_getitem__(arguments)
        alias.__dict__["C"] = alias.__dict__["XPMConfig"] = BoundClass(alias)
        return alias

    if not TYPE_CHECKING:
        # Checkers must not see them: they would take the signature for that of the class.
        __call__ = _refuse_call
        __getitem__ = _subscript


class MadeMeta(ConfigMeta):
    """The class of ``Model.XPMConfig``: calling it makes a configuration object."""

    def _make(cls, /, *args: Any, **kwargs: Any) -> Any:
        """Make a configuration object."""
        if args:
            name = cls.__name__
            raise DirectCallError(f"{name}.C takes its parameters by name: {name}.C(parameter=value)")
        from xpm_tasks.making import make_config

        return make_config(cls, kwargs)

    if not TYPE_CHECKING:
        __call__ = _make


def config_class(cls: ConfigMeta) -> type[Any]:
    """The class of configuration objects (`Model.C`), made when first asked for."""
    if type(cls) is MadeMeta:
        return cls
    made = cls.__dict__.get("_xpm_config_class")
    if made is None:
        made = _make_config_class(cls)
        type.__setattr__(cls, "_xpm_config_class", made)
    return made


def _make_config_class(cls: ConfigMeta) -> type[Any]:
    """Make ``Model.XPMConfig``: our behaviour first, then the user's class."""
    parents = tuple(config_class(base) for base in cls.__bases__ if isinstance(base, ConfigMeta))
    if not parents:
        from xpm_tasks.making import ConfigMixin

        parents = (ConfigMixin,)
    namespace = {
        "__module__": cls.__module__,
        "__qualname__": f"{cls.__qualname__}.XPMConfig",
        "__doc__": cls.__doc__,
        "__xpm_made__": True,
    }
    made = MadeMeta(cls.__name__, (*parents, cls), namespace)
    # Abstract methods are for instances: an abstract class may have a concrete value class.
    made.__abstractmethods__ = frozenset()
    return made


def make_value_class(info: ObjectType) -> type[Any]:
    """The class of instances: the class itself, mixed with the value classes registered for its parents."""
    cls = info.config_class
    parents: list[type[Any]] = []
    for base in cls.__bases__:
        parent: ObjectType | None = getattr(base, "__xpmtype__", None)
        if parent is not None and parent.value_class is not base:
            parents.append(parent.value_class)
    if not parents:
        return cls
    namespace = {
        "__module__": cls.__module__,
        "__qualname__": f"{cls.__qualname__}.XPMValue",
        "__doc__": cls.__doc__,
    }
    made: Any = ConfigMeta(cls.__name__, (cls, *parents), namespace)
    made.__xpmtype__ = info
    return made  # type: ignore[no-any-return]


# --- Reading a class statement ---


def _read_declarations(
    class_name: str, bases: tuple[type, ...], namespace: dict[str, Any]
) -> tuple[dict[str, Declaration], dict[str, Any]]:
    """Take the parameters out of the namespace of a class.

    Their defaults are taken out too: reading ``Model.x`` on the class has no meaning.
    """
    annotations = _annotations(namespace)
    if not annotations:
        for name, value in namespace.items():
            if isinstance(value, Field):
                raise DeclarationError(
                    f"{class_name}.{name} = field(...) has no annotation: write {name}: Param[...]"
                )
        return {}, namespace
    declarations: dict[str, Declaration] = {}
    remaining = dict(namespace)
    unread = any(isinstance(item, (str, ForwardRef)) for item in annotations.values())
    scopes = _scopes(namespace) if unread else {}
    for name, annotation in annotations.items():
        kind = _kind(annotation, scopes)
        value = namespace.get(name, MISSING)
        if kind is None:
            if isinstance(value, Field):
                raise DeclarationError(
                    f"{class_name}.{name} has a field(...) but is not a parameter: write {name}: Param[...]"
                )
            continue
        if name.startswith("__") or name in _RESERVED or _is_descriptor(bases, name):
            raise DeclarationError(f"{class_name}: {name!r} cannot be the name of a parameter: it is taken")
        remaining.pop(name, None)
        declarations[name] = Declaration(kind, annotation, as_field(value))
    for name, value in namespace.items():
        if isinstance(value, Field) and name not in annotations:
            raise DeclarationError(
                f"{class_name}.{name} = field(...) has no annotation: write {name}: Param[...]"
            )
    return declarations, remaining


def _is_descriptor(bases: tuple[type, ...], name: str) -> bool:
    """Tell whether a parent has a property of that name, which would hide the values."""
    found = next((cls.__dict__[name] for base in bases for cls in base.__mro__ if name in cls.__dict__), None)
    return hasattr(found, "__set__")


def _annotations(namespace: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = namespace.get("__annotations__", {})
    if not found and sys.version_info >= (3, 14):
        # Annotations are evaluated when asked; names not known yet are forward references.
        import annotationlib

        annotate = annotationlib.get_annotate_from_class_namespace(namespace)
        if annotate is not None:
            found = annotationlib.call_annotate_function(annotate, annotationlib.Format.FORWARDREF)
    return found


def _kind(annotation: Any, scopes: Mapping[str, Any]) -> ParameterKind | None:
    """The kind of parameter, or None for an ordinary attribute.

    Of a string only the head is evaluated, `Param` in ``"Param[Model]"``: the rest may not be there yet.
    """
    annotation = getattr(annotation, "__forward_arg__", annotation)
    if not isinstance(annotation, str):
        return kind_of(annotation)
    # A whole annotation in quotes, in a module where annotations are strings anyway, has two pairs of them.
    text = annotation.strip("\"'")
    first, *others = text.partition("[")[0].strip().split(".")
    if not all(map(str.isidentifier, (first, *others))):
        return None
    value = scopes.get(first)
    for name in others:
        value = getattr(value, name, None)
    if value is Annotated:  # the kind is further on
        try:
            value = eval(text, dict(scopes))
        except (NameError, AttributeError, TypeError, SyntaxError):  # not a parameter, or told of below
            return None
    return kind_of(value)


def _scopes(namespace: dict[str, Any]) -> dict[str, Any]:
    """The names a class statement sees: those of its module, then of the function around it."""
    return {**names_of_module(namespace.get("__module__", "")), **(_local_names(namespace) or {})}


def _local_names(namespace: dict[str, Any]) -> dict[str, Any] | None:
    """The local names around a class made inside a function."""
    if "<locals>" not in namespace.get("__qualname__", ""):
        return None
    location = user_location(2)
    frame: Any = sys._getframe(1)
    while frame is not None:
        if location and frame.f_code.co_filename == location.file:
            return dict(frame.f_locals)
        frame = frame.f_back
    return None


def _names_in(declarations: dict[str, Declaration], cls: type) -> dict[str, Any]:
    """What the names in annotations mean now: by the time they are read, the module may have changed them."""
    visible = names_of_module(cls.__module__)
    texts = [d.annotation for d in declarations.values() if isinstance(d.annotation, str)]
    names = {name for text in texts for name in _words(text)} - {cls.__name__}
    return {name: visible[name] for name in names if name in visible}


def _words(text: str) -> list[str]:
    """The names in an annotation, and more; without a regular expression, which takes a job long to make."""
    return "".join(char if char.isalnum() or char == "_" else " " for char in text).split()


def _warn_about_bare(
    cls: ConfigMeta, declarations: dict[str, Declaration], location: Location | None
) -> None:
    for name, declaration in declarations.items():
        if declaration.field.bare and not declaration.kind.constant:
            value = declaration.field.default
            warnings.warn_explicit(
                f"{cls.__qualname__}.{name} {declaration.field.bare}: write "
                f"field(default={value!r}, ignore_default=True) to keep identifiers, or "
                f"field(default={value!r})",
                DeprecationWarning,
                *(location or Location("<unknown>", 0)),
                module=cls.__module__,
                registry=_registry(cls.__module__),
            )


def _registry(module: str) -> dict[Any, Any]:
    """Where Python remembers which warnings were shown: each place warns once."""
    found = sys.modules.get(module)
    return {} if found is None else vars(found).setdefault("__warningregistry__", {})
