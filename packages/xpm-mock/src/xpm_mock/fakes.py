"""Fakes: what one finds inside a mocked module.

A fake is an instance, not a class: it becomes a class only as a base of one, see `bases`. It keeps what it
was asked for in its own dictionary, so that the same path is the same object.
"""

from __future__ import annotations

import sys
import types

from xpm_mock.aliases import FakeAlias, is_type_like, union
from xpm_mock.bases import FakeBase
from xpm_mock.decorators import NoOp, is_definition, noop_decorator
from xpm_mock.names import COMPANIONS, availability_target, is_hidden, last_part, split_path
from xpm_mock.operators import Arithmetic, Comparisons, Container

TYPE_CHECKING = False  # see decorators.py
if TYPE_CHECKING:
    from typing import Any

    from xpm_mock.factory import FakeFactory


class FakeType(type):
    """Metaclass of fakes, for `class Meta(type(nn.Module), ABCMeta)`: there, it means `type`."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> Any:
        if str(namespace.get("__module__")).startswith("xpm_mock."):
            return super().__new__(mcs, name, bases, namespace)
        real = tuple(base for base in bases if not isinstance(base, FakeType))
        real = real if any(issubclass(base, type) for base in real) else (*real, type)
        return types.new_class(name, real, options, lambda body: body.update(namespace))


class FakeObject(Arithmetic, Comparisons, Container, metaclass=FakeType):
    """Something of a mocked library: class, function, constant or the outcome of a call; it does for all.

    Several methods take more arguments than usual, because a fake also stands for a class:
    `nn.Module.__init__(self)` calls `__init__` of the fake, with somebody else as an argument.
    """

    __slots__ = ("__dict__", "__weakref__", "_xpm_factory", "_xpm_path", "_xpm_shared", "_xpm_truth")

    _xpm_factory: FakeFactory
    #: Dotted path, `torch.nn.Module`; with `()` where there was a call.
    _xpm_path: str
    #: Whether the path alone leads here, so that it can be pickled by reference.
    _xpm_shared: bool
    #: What `bool()` gives; None: ask the name.
    _xpm_truth: bool | None

    __test__ = False
    __bases__ = (object,)

    def __new__(cls: Any, *args: Any, **kwargs: Any) -> Any:
        if issubclass(cls, FakeBase):
            return FakeBase.__new__(cls, *args, **kwargs)
        if isinstance(cls, FakeType):  # `type(tensor)(3)`: all fakes have the same type
            from xpm_mock.factory import restore

            return restore("fake()")
        return object.__new__(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        # `singledispatch` registers classes only, and `@show.register(torch.Tensor)` is common. Everybody
        # else gets the truth: who is told that this is a class goes on to `issubclass(this, SomeABC)`,
        # which fails.
        if sys._getframe(1).f_globals.get("__name__") == "functools":
            return type
        return FakeObject

    @property
    def __mro__(self) -> tuple[Any, ...]:
        return (self, object)

    @property
    def __version__(self) -> str:
        return self._xpm_factory.version(self._xpm_path)

    def __subclasses__(self) -> list[Any]:
        found: list[Any] = []
        for base in self._xpm_factory.known_bases(self._xpm_path):
            found += base.__subclasses__()
        return found

    def __getattr__(self, name: str, *rest: Any) -> Any:
        if rest:  # nn.Module.__getattr__(instance, name)
            name = rest[0]
        if is_hidden(name):
            raise AttributeError(f"the mock of {self._xpm_path!r} has no attribute {name!r}")
        path = f"{self._xpm_path}.{name}"
        child = (
            self._xpm_factory.shared(path) if self._xpm_shared else self._xpm_factory.make(path, shared=False)
        )
        return self.__dict__.setdefault(name, child)

    def __setattr__(self, name: Any, value: Any, *rest: Any) -> None:
        if rest:  # nn.Module.__setattr__(instance, name, value)
            object.__setattr__(name, value, rest[0])
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self, name: Any, *rest: Any) -> None:
        if rest:
            object.__delattr__(name, rest[0])
        else:
            self.__dict__.pop(name, None)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and is_definition(args[0]):
            return self._xpm_decorate(args[0])
        made = self._xpm_value("()", truth=None)
        target = availability_target(made._xpm_path, args[0] if len(args) == 1 else None)
        if target is not None:
            made._xpm_truth = self._xpm_factory.is_available(target)
        return made

    def __getitem__(self, item: Any) -> Any:
        me: Any = self  # the stubs know no alias of an instance
        return FakeAlias(me, item) if self._xpm_shared else self._xpm_value()

    def __or__(self, other: Any, *rest: Any) -> Any:
        if self._xpm_shared and (is_type_like(other) or (_is_class_like(self) and _is_class_like(other))):
            return union(self, other, self)
        return self._xpm_value()

    def __ror__(self, other: Any, *rest: Any) -> Any:
        return union(other, self, self) if self._xpm_shared and is_type_like(other) else self._xpm_value()

    def __bool__(self) -> bool:
        if self._xpm_truth is None:
            target = availability_target(self._xpm_path)
            return target is None or self._xpm_factory.is_available(target)
        return self._xpm_truth

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        base = self._xpm_factory.base_for(self, bases)
        return () if base is None else (base,)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._xpm_factory.known_bases(self._xpm_path))

    def __subclasscheck__(self, cls: Any) -> bool:
        return cls is self or (
            isinstance(cls, type) and issubclass(cls, self._xpm_factory.known_bases(self._xpm_path))
        )

    def __repr__(self, *rest: Any) -> str:
        return object.__repr__(rest[0]) if rest else self._xpm_path

    def __format__(self, spec: str) -> str:
        return self._xpm_path

    def __fspath__(self) -> str:
        # `os.path.join(torch.hub.get_dir(), "models")` at import is common; nothing can be created below
        # /dev/null.
        return f"/dev/null/{self._xpm_path}"

    def __copy__(self) -> FakeObject:
        return self

    def __deepcopy__(self, memo: object) -> FakeObject:
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        if self._xpm_shared:
            return split_path(self._xpm_path)[1]  # by reference: the real thing where it is read
        from xpm_mock.factory import restore

        return restore, (self._xpm_path,)

    def _xpm_value(self, suffix: str = "", truth: bool | None = True) -> Any:
        """Return a new fake for the outcome of an operation on this one."""
        suffix = suffix or ("" if self._xpm_path.endswith(")") else "()")
        made = self._xpm_factory.make(self._xpm_path + suffix, shared=False)
        made._xpm_truth = truth
        return made

    def _xpm_decorate(self, thing: Any) -> Any:
        for name in COMPANIONS.get(last_part(self._xpm_path), ()):
            try:
                setattr(thing, name, getattr(self, name))
            except (AttributeError, TypeError):  # a property, a bound method
                break
        return thing

    def _xpm_operate(self, operator: str, operands: tuple[Any, ...]) -> Any:
        return self._xpm_value()

    def _xpm_answer(self, truth: bool) -> Any:
        return self._xpm_value(truth=truth)

    def _xpm_item(self, index: int) -> Any:
        return self._xpm_value()


class FakeDecorator(FakeObject):
    """A fake that was listed as a decorator: it returns anything callable as it is, models too."""

    __slots__ = ()

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        outcome = noop_decorator(*args, **kwargs)
        if isinstance(outcome, NoOp):
            outcome = self._xpm_factory.make(f"{self._xpm_path}()", shared=False, kind=FakeDecorator)
        elif outcome is not self and is_definition(outcome):
            outcome = self._xpm_decorate(outcome)
        return outcome


def _is_class_like(thing: object) -> bool:
    return isinstance(thing, FakeObject) and thing._xpm_shared and not last_part(thing._xpm_path).isupper()
