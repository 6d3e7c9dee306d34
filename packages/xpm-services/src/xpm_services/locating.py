"""Where the class of a service is, said so that another process finds it."""

from __future__ import annotations

import os
import sys
import sysconfig
from typing import Any

#: Entries of `sys.path` below these come with the interpreter.
_SCHEMES = ("stdlib", "platstdlib", "purelib", "platlib")


def locate(cls: type) -> dict[str, Any]:
    """Return where a class is: `class` (`module:Name`), `file` of the module, and `python_path`, folders."""
    module = sys.modules.get(cls.__module__)
    file = getattr(module, "__file__", None)
    return {
        "class": f"{cls.__module__}:{cls.__qualname__}",
        "file": None if file is None else os.path.abspath(file),
        "python_path": _own_folders(),
    }


def _own_folders() -> list[str]:
    """Folders of `sys.path` that an interpreter does not have by itself."""
    by_itself = tuple(os.path.realpath(sysconfig.get_path(name)) for name in _SCHEMES)
    folders = [os.path.abspath(entry) for entry in sys.path]
    return list(
        dict.fromkeys(
            f for f in folders if os.path.isdir(f) and not os.path.realpath(f).startswith(by_itself)
        )
    )
