"""The terminal monitor: shows any `xpm_workspace.Monitor`, acts through any `Controller`.

Names are loaded when they are first used: what finds this package must not load textual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xpm_tui.__about__ import __version__

if TYPE_CHECKING:
    from xpm_tui.app import ExperimentTUI
    from xpm_tui.frontend import console

__all__ = ["ExperimentTUI", "__version__", "console"]

_MODULES = {"ExperimentTUI": "xpm_tui.app", "console": "xpm_tui.frontend"}


def __getattr__(name: str) -> Any:
    import importlib

    if name in _MODULES:
        return getattr(importlib.import_module(_MODULES[name]), name)
    raise AttributeError(f"module 'xpm_tui' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
