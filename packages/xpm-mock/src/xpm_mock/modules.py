"""The fake modules that imports find."""

from __future__ import annotations

import types

from xpm_mock.decorators import is_definition
from xpm_mock.factory import FakeFactory
from xpm_mock.fakes import FakeObject
from xpm_mock.names import is_dunder, is_hidden, last_part

TYPE_CHECKING = False  # see decorators.py
if TYPE_CHECKING:
    from typing import Any


class FakeModule(types.ModuleType):
    """A module where any name can be found. Names are made when asked for, and stay the same.

    Args:
        name: full dotted name.
        factory: makes what is in the module; modules of one library share it.
    """

    def __init__(self, name: str, factory: FakeFactory) -> None:
        super().__init__(name, f"Mock of {name}.")
        self.__dict__["_xpm_factory"] = factory
        # Some code looks next to the module for data files. Nothing is there, and nothing can be created
        # there.
        self.__file__ = f"/dev/null/{name.replace('.', '/')}/__init__.py"
        self.__all__: list[str] = []
        earlier = factory.known(name)
        if isinstance(earlier, FakeObject):  # `torch.backends.cudnn` was used before it was imported
            self.__dict__.update((key, value) for key, value in vars(earlier).items() if not is_dunder(key))

    def __getattr__(self, name: str) -> Any:
        factory: FakeFactory = self.__dict__["_xpm_factory"]
        if name == "__version__":
            return factory.version(self.__name__)
        if is_hidden(name):
            raise AttributeError(f"the mock of module {self.__name__!r} has no attribute {name!r}")
        path = f"{self.__name__}.{name}"
        # pytest takes anything callable whose name starts with "test" for a test: `from torch import
        # testing`.
        child = FakeModule(path, factory) if name.startswith("test") else factory.shared(path)
        return self.__dict__.setdefault(name, child)

    def __copy__(self) -> FakeModule:
        return self

    def __deepcopy__(self, memo: object) -> FakeModule:
        return self

    def __reduce__(self) -> Any:
        from importlib import import_module

        return import_module, (self.__name__,)

    def __repr__(self) -> str:
        return f"<mocked module {self.__name__!r}>"


class CallableFakeModule(FakeModule):
    """A fake module that is also the function of the same name: `torch.multiprocessing.spawn` is both."""

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and is_definition(args[0]):
            return args[0]
        return self.__dict__["_xpm_factory"].shared(self.__name__)(*args, **kwargs)


def make_module(name: str, factory: FakeFactory) -> FakeModule:
    """Return a new fake module, callable unless pytest could take it for a test."""
    return (FakeModule if last_part(name).startswith("test") else CallableFakeModule)(name, factory)
