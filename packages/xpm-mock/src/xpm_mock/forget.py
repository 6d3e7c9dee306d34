"""Which modules must be forgotten with the mocks: those imported meanwhile that hold something fake."""

from __future__ import annotations

import sys
import types

from xpm_mock.aliases import FakeAlias
from xpm_mock.bases import FakeBase, FakeException, FakeWarning
from xpm_mock.fakes import FakeObject
from xpm_mock.modules import FakeModule

TYPE_CHECKING = False  # see decorators.py
if TYPE_CHECKING:
    from collections.abc import Iterable

_STAND_INS = (FakeBase, FakeException, FakeWarning)


def is_fake(thing: object) -> bool:
    """Tell whether something is a fake or a class made from one."""
    if isinstance(thing, type):
        return issubclass(thing, _STAND_INS)
    return isinstance(thing, (FakeObject, FakeAlias, FakeModule))


def importers_of_fakes(before: Iterable[str]) -> set[str]:
    """Return the names of the modules, not in `before`, that hold something fake, if only through another.

    They would go on giving fakes to whoever imports them once the real library is back.
    """
    new = sys.modules.keys() - set(before)
    candidates = {
        name: module
        for name in new
        if isinstance(module := sys.modules.get(name), types.ModuleType)
        and not isinstance(module, FakeModule)
    }
    found = {name for name, module in candidates.items() if any(map(is_fake, list(vars(module).values())))}
    grew = bool(found)
    while grew:
        more = {
            name
            for name, module in candidates.items()
            if name not in found and any(_comes_from(value, found) for value in list(vars(module).values()))
        }
        found |= more
        grew = bool(more)
    # A package that is imported anew does not get its old submodules back as attributes.
    return found | {name for name in candidates if any(name.startswith(f"{package}.") for package in found)}


def _comes_from(value: object, modules: set[str]) -> bool:
    if isinstance(value, types.ModuleType):
        return value.__name__ in modules
    return isinstance(value, (type, types.FunctionType)) and value.__module__ in modules
