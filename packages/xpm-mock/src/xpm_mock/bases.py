"""Real classes that stand in for fakes where Python insists on a class: bases, `except`, `raise`.

A class statement with a fake among its bases gets a plain class instead (`__mro_entries__`), whose
metaclass is `type`: there is nothing for the metaclass of another base to conflict with. The plain class
knows little and always lets real classes further on in the method resolution order go first.
"""

from __future__ import annotations

import types

from xpm_mock.decorators import is_definition
from xpm_mock.names import CLASS_METHODS, CLASS_METHODS_OF, is_dunder, is_hidden, split_path
from xpm_mock.operators import Arithmetic

TYPE_CHECKING = False  # see decorators.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class FakeBase(Arithmetic):
    """Common base of the classes that stand in for fakes."""

    #: The fake that this class stands for. No annotation: `get_type_hints` of user classes would evaluate it.
    _xpm_fake_ = None  # type: Any

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        new = super().__new__
        if new is object.__new__:
            return new(cls)
        return new(cls, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        owner = _next_owner(type(self), "__init__")
        if owner is not object and _accepts(owner, self, args, kwargs):
            super().__init__(*args, **kwargs)

    def __post_init__(self, *args: Any, **kwargs: Any) -> None:
        further = getattr(super(), "__post_init__", None)
        if further is not None:
            further(*args, **kwargs)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        owner = _next_owner(cls, "__init_subclass__")
        if owner.__module__ in ("builtins", "typing", "typing_extensions"):
            kwargs = {}  # they were for the library's own `__init_subclass__`
        super().__init_subclass__(**kwargs)
        _note_names_after_super(cls)

    def __class_getitem__(cls, item: Any) -> Any:
        further = getattr(super(), "__class_getitem__", None)
        return types.GenericAlias(cls, item) if further is None else further(item)

    def __getattr__(self, name: str) -> Any:
        further = getattr(super(), "__getattr__", None)
        if further is not None:
            try:
                return further(name)
            except AttributeError:
                pass
        if name.startswith(
            "_"
        ):  # the user's own, and their absence means something: `hasattr(self, "_cache")`
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(type(self)._xpm_fake_, name)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        further = getattr(super(), "__call__", None)  # noqa: B004  (the method is what we want)
        if further is None and hasattr(type(self), "forward"):
            further = self.forward
        if further is not None:
            return further(*args, **kwargs)
        if len(args) == 1 and is_definition(args[0]):
            return args[0]
        return type(self)._xpm_fake_(*args, **kwargs)

    def __enter__(self) -> Any:
        further = getattr(super(), "__enter__", None)
        return self if further is None else further()

    def __exit__(self, *exception: Any) -> Any:
        further = getattr(super(), "__exit__", None)
        return None if further is None else further(*exception)

    def _xpm_operate(self, operator: str, operands: tuple[Any, ...]) -> Any:
        # `Arithmetic` comes before real classes like `str` or `Counter`, whose operators must win.
        real = super(Arithmetic, self)
        if hasattr(real, operator):
            return getattr(real, operator)(*operands)
        if operator.startswith("__r") and hasattr(real, f"__{operator[3:]}"):
            return NotImplemented  # so that Python tries `str.__add__`
        return type(self)._xpm_fake_._xpm_value()


class InheritedName:
    """What `super().name` finds in a stand-in class, when no real class further on has that name.

    `super()` looks into class dictionaries only, so `__getattr__` does not help. On the class itself the
    name stays missing, unless `on_class`: dataclasses take a class attribute for a default value.
    """

    __slots__ = ("base", "name", "on_class")

    def __init__(self, base: type[FakeBase], name: str, on_class: bool) -> None:
        self.base = base
        self.name = name
        self.on_class = on_class

    def __get__(self, instance: Any, owner: type) -> Any:
        try:
            return getattr(super(self.base, owner if instance is None else instance), self.name)
        except AttributeError:
            if instance is None and not self.on_class:
                raise
        return getattr(self.base._xpm_fake_ or owner._xpm_fake_, self.name)  # type: ignore[attr-defined]


for _name in CLASS_METHODS:
    setattr(FakeBase, _name, InheritedName(FakeBase, _name, on_class=True))


class FakeException(Exception):
    """Base of the exceptions of mocked libraries: real classes, that accept any arguments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args)


class FakeWarning(UserWarning):
    """Base of the warnings of mocked libraries."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args)


def make_exception(path: str, builtin: str) -> type[BaseException]:
    """Return a real exception class for the dotted path."""
    base: type[BaseException] = FakeWarning if builtin == "UserWarning" else FakeException
    return type(_name_of(path), (base,), _namespace(path))


def make_base(fake: Any, path: str) -> type:
    """Return the class that stands for a fake among the bases of a class."""
    name = _name_of(path)
    namespace = _namespace(path)
    if name.endswith("Enum"):
        import enum

        body = {key: namespace[key] for key in ("__module__", "__qualname__", "__doc__")}
        return types.new_class(name, (enum.Enum,), exec_body=lambda members: members.update(body))
    if "TestCase" in name:
        import unittest

        return type(name, (unittest.TestCase,), namespace)
    namespace["_xpm_fake_"] = fake
    made = type(name, (FakeBase,), namespace)
    for method in CLASS_METHODS_OF.get(name, ()):
        setattr(made, method, InheritedName(made, method, on_class=True))
    return made


def make_mixin(path: str) -> type:
    """Return an empty class, for enumerations: they take any `__new__` for that of a data type."""
    return type(_name_of(path), (), _namespace(path))


def _name_of(path: str) -> str:
    return split_path(path)[1].rpartition(".")[2].replace("()", "")


def _namespace(path: str) -> dict[str, Any]:
    module, qualname = split_path(path)
    return {"__module__": module, "__qualname__": qualname.replace("()", ""), "__doc__": f"Mock of {path}."}


def _next_owner(cls: type, name: str) -> type:
    """Return the first class after the fakes in the resolution order of `cls` that defines `name`."""
    order = cls.__mro__
    for candidate in order[order.index(FakeBase) + 1 :]:
        if candidate is not Arithmetic and name in candidate.__dict__:
            return candidate
    return object


def _accepts(owner: type, instance: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Tell whether the constructor of a real class takes these arguments.

    `super().__init__(...)` may have been meant for the library alone (`nn.Module` passes nothing on) or for
    a real class behind it (`Dataset` has no constructor); that they fit is the best hint there is.
    """
    import inspect

    try:
        inspect.signature(owner.__init__).bind(instance, *args, **kwargs)  # type: ignore[misc]
    except (TypeError, ValueError):  # the second: a C function without a signature
        return False
    return True


def _note_names_after_super(cls: type) -> None:
    """Give the stand-in class the names that methods of `cls` may ask of `super()`."""
    base = next(entry for entry in cls.__mro__ if "_xpm_fake_" in entry.__dict__)
    for function, on_class in _functions(cls):
        names = function.__code__.co_names
        if "super" not in names:
            continue
        for name in names:
            if (
                name != "super"
                and not hasattr(base, name)
                and name not in base.__dict__
                and _noteworthy(name)
            ):
                setattr(base, name, InheritedName(base, name, on_class))


def _noteworthy(name: str) -> bool:
    return not (is_dunder(name) or is_hidden(name))


def _functions(cls: type) -> Iterator[tuple[types.FunctionType, bool]]:
    """Yield the functions defined in a class, and whether they are called on the class."""
    for value in list(cls.__dict__.values()):
        if isinstance(value, types.FunctionType):
            yield value, False
        elif isinstance(value, (classmethod, staticmethod)) and isinstance(
            value.__func__, types.FunctionType
        ):
            yield value.__func__, True
        elif isinstance(value, property) and isinstance(value.fget, types.FunctionType):
            yield value.fget, False
