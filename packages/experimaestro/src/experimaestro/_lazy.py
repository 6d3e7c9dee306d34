"""Names that are imported when they are asked for, so that `import experimaestro` stays quick."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


def lazy(module: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], list[str]]:
    """Make the `__getattr__` and `__all__` of a module that only passes names on.

    Args:
        module: its `__name__`.
        homes: module that defines them to the names, separated by spaces.
    """
    table = {name: home for home, names in homes.items() for name in names.split()}

    def __getattr__(name: str) -> Any:
        home = table.get(name)
        if home is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        value = getattr(import_module(home), name)
        setattr(sys.modules[module], name, value)
        return value

    return __getattr__, sorted(table)


class _KeepsNames(ModuleType):
    """A package with a function or class named as one of its modules: the import of the module leaves it."""

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and name in self.__dict__.get("__all__", ()):
            return
        super().__setattr__(name, value)


def keep_names(module: str) -> None:
    """Let the names of a package win over its modules of the same name.

    `experimaestro.scheduler.experiment` is a module; `from experimaestro.scheduler import experiment` gives
    the class, whichever is imported first.
    """
    sys.modules[module].__class__ = _KeepsNames
