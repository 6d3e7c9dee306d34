"""Mock heavy imports (torch, transformers, ...) so that code that uses them imports at once."""

from __future__ import annotations

from xpm_mock.__about__ import __version__

TYPE_CHECKING = False  # `typing` costs more than this whole package; checkers understand the name
if TYPE_CHECKING:
    from xpm_mock.decorators import noop_decorator
    from xpm_mock.errors import InvalidModuleName, MockError, MockWarning
    from xpm_mock.fakes import FakeObject
    from xpm_mock.finder import FakeModuleFinder, mock_modules
    from xpm_mock.modules import FakeModule

__all__ = [
    "FakeModule",
    "FakeModuleFinder",
    "FakeObject",
    "InvalidModuleName",
    "MockError",
    "MockWarning",
    "__version__",
    "mock_modules",
    "noop_decorator",
]

#: Public name -> the module that defines it, imported when the name is first asked for.
_HOMES = {
    "FakeModule": "modules",
    "FakeModuleFinder": "finder",
    "FakeObject": "fakes",
    "InvalidModuleName": "errors",
    "MockError": "errors",
    "MockWarning": "errors",
    "mock_modules": "finder",
    "noop_decorator": "decorators",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return globals().setdefault(name, getattr(import_module(f"{__name__}.{home}"), name))


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
