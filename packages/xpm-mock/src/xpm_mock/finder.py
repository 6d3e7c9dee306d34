"""The import hook, and `mock_modules` to install it."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec

from xpm_mock.errors import InvalidModuleName, MockWarning
from xpm_mock.factory import FakeFactory
from xpm_mock.modules import FakeModule, make_module

TYPE_CHECKING = False  # see decorators.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import ModuleType
    from typing import Any

_MISSING = object()


class FakeModuleFinder:
    """Import hook that answers for the listed modules and everything below them with fakes.

    A context manager: `with FakeModuleFinder(["torch"]):` installs it and takes it out again.

    Args:
        modules: names of the modules to mock, submodules included: `["torch", "transformers"]`.
        decorators: dotted paths of decorators in these modules that must return what they decorate,
            `["torch.compile"]`. Any fake does so for functions and classes; a listed one also for models.

    Raises:
        InvalidModuleName: a name is empty, relative or not dotted identifiers.
    """

    def __init__(self, modules: Iterable[str], decorators: Iterable[str] | None = None) -> None:
        self.modules = _checked_names(modules)
        self.decorators = _checked_names(decorators or ())
        self._factory = FakeFactory(self.decorators)
        #: Listed names whose real module was there first.
        self._left_alone: frozenset[str] = frozenset()
        #: Names in `sys.modules` when the mocks came.
        self._before: frozenset[str] = frozenset()
        #: (real parent module, attribute name, value before) of each fake module set in a real one.
        self._replaced: list[tuple[ModuleType, str, Any]] = []
        #: How many calls of `mock_modules` or `install` rely on this finder.
        self._holds = 0

    @property
    def installed(self) -> bool:
        """Whether imports go through this finder."""
        return any(entry is self for entry in sys.meta_path)

    def install(self, *, _stacklevel: int = 2) -> FakeModuleFinder:
        """Put the finder before all others. Does nothing if it is there already.

        A real module that was imported before stays: references to it are all over the place. This is a
        `MockWarning`, because the mocks are then of no use.
        """
        if self.installed:
            self._holds += 1
            return self
        present = [name for name in self.modules if name in sys.modules]
        self._left_alone = frozenset(
            name for name in present if not isinstance(sys.modules[name], FakeModule)
        )
        self._warn(_stacklevel + 1)  # first, as it may raise
        self._before = frozenset(sys.modules)
        self._holds += 1
        sys.meta_path.insert(0, self)
        return self

    def uninstall(self) -> None:
        """Take the finder and its fakes out, so that the next import gets the real modules.

        Modules that were imported meanwhile and hold fakes are forgotten too; otherwise whoever imports
        them next would still get fakes. Objects that you hold go on working as they are.
        """
        if not self.installed:
            return
        from xpm_mock.forget import importers_of_fakes

        self._holds = 0
        sys.meta_path[:] = [entry for entry in sys.meta_path if entry is not self]
        mine = {name for name, module in list(sys.modules.items()) if self._made(module)}
        for name in mine | importers_of_fakes(self._before):
            module = sys.modules.pop(name)
            parent_name, _, child = name.rpartition(".")
            parent = sys.modules.get(parent_name)
            if parent is not None and name not in mine and parent.__dict__.get(child) is module:
                delattr(parent, child)
        for parent, child, value in reversed(self._replaced):
            if value is not _MISSING:
                setattr(parent, child, value)
            elif child in parent.__dict__:
                delattr(parent, child)
        self._replaced.clear()

    def __enter__(self) -> FakeModuleFinder:
        if not self.installed:
            self.install(_stacklevel=3)
        return self

    def __exit__(self, *exception: object) -> None:
        self._holds = max(self._holds - 1, 0)
        if not self._holds:
            self.uninstall()

    def __repr__(self) -> str:
        return f"FakeModuleFinder({list(self.modules)!r})"

    # -- what the import system calls

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a spec for the modules to mock, None for all others."""
        for name in self.modules:
            if fullname == name or fullname.startswith(f"{name}."):
                if name not in self._left_alone and not self._is_left_to_another(name, fullname):
                    return self._spec(fullname)
            elif name.startswith(f"{fullname}.") and not self._really_exists(fullname):
                return self._spec(fullname)  # `google` for `google.cloud.storage`
        return None

    def create_module(self, spec: ModuleSpec) -> FakeModule:
        """Return a new fake module."""
        parent_name, _, child = spec.name.rpartition(".")
        parent = sys.modules.get(parent_name)
        if parent is not None and not isinstance(parent, FakeModule):
            self._replaced.append((parent, child, parent.__dict__.get(child, _MISSING)))
        return make_module(spec.name, self._factory)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: there is no code to run."""

    # -- helpers

    def _spec(self, fullname: str) -> ModuleSpec:
        return ModuleSpec(fullname, self, origin="mocked by xpm_mock", is_package=True)  # type: ignore[arg-type]

    def _made(self, module: object) -> bool:
        return isinstance(module, FakeModule) and module.__dict__["_xpm_factory"] is self._factory

    def _lists(self, fullname: str) -> bool:
        return any(fullname == name or fullname.startswith(f"{name}.") for name in self.modules)

    def _is_left_to_another(self, name: str, fullname: str) -> bool:
        """Tell whether another finder began with the library `name` and goes on with `fullname`.

        Fakes of one library must come from one place, for the same path to be the same object.
        """
        module = sys.modules.get(name)
        if not isinstance(module, FakeModule) or self._made(module):
            return False
        finders = [entry for entry in sys.meta_path if isinstance(entry, FakeModuleFinder)]
        return any(finder._made(module) and finder._lists(fullname) for finder in finders)

    def _really_exists(self, fullname: str) -> bool:
        for finder in list(sys.meta_path):
            find_spec = getattr(finder, "find_spec", None)
            if (
                not isinstance(finder, FakeModuleFinder)
                and find_spec is not None
                and find_spec(fullname, None)
            ):
                return True
        return False

    def _warn(self, stacklevel: int) -> None:
        import warnings

        for name in sorted(self._left_alone):
            warnings.warn(
                f"{name!r} is imported already and stays as it is: call mock_modules before its first import",
                MockWarning,
                stacklevel=stacklevel,
            )
        for path in self.decorators:
            if not any(path.startswith(f"{name}.") for name in self.modules):
                warnings.warn(
                    f"decorator {path!r} is in no mocked module: add {path.partition('.')[0]!r} to them",
                    MockWarning,
                    stacklevel=stacklevel,
                )


def mock_modules(modules: Iterable[str], decorators: Iterable[str] | None = None) -> FakeModuleFinder:
    """Mock modules, submodules included, for all imports from now on.

    Heavy libraries take seconds to import, for code that only *describes* what will run elsewhere. With
    mocks in place, the description is imported at once.

    Args:
        modules: names of the modules to mock, `["torch", "transformers"]`.
        decorators: dotted paths of decorators that must return what they decorate, `["torch.compile"]`.

    Returns:
        The installed finder. Call its `uninstall()`, or use it in a `with` block, to get the real modules
        back. Asking again for the same modules gives the finder that is there.

    Raises:
        InvalidModuleName: a name is empty, relative or not dotted identifiers.
    """
    asked = FakeModuleFinder(modules, decorators)
    for entry in sys.meta_path:
        if isinstance(entry, FakeModuleFinder) and (entry.modules, entry.decorators) == (
            asked.modules,
            asked.decorators,
        ):
            return entry.install()
    return asked.install(_stacklevel=3)


def _checked_names(names: Iterable[str]) -> tuple[str, ...]:
    checked = tuple(dict.fromkeys([names] if isinstance(names, str) else names))
    for name in checked:
        if not isinstance(name, str) or not all(part.isidentifier() for part in name.split(".")):
            raise InvalidModuleName(f"{name!r} is no dotted module name, like 'torch' or 'torch.nn'")
    return tuple(sorted(checked))
