"""How a configuration shows itself."""

from __future__ import annotations

from typing import Any

from xpm_tasks.types.base import short
from xpm_tasks.walk import is_config

#: Configurations below that depth are shown without their parameters.
DEPTH = 3


def show(value: Any, depth: int = DEPTH) -> str:
    """Write a configuration as the call that makes it: ``Model(layers=2, encoder=Encoder(...))``."""
    if is_config(value):
        name = value.__xpm__.type.name
        if depth == 0:
            return f"{name}(...)"
        stored = value.__dict__
        shown = [
            f"{key}={show(stored[key], depth - 1)}" for key in value.__xpm__.type.arguments if key in stored
        ]
        return f"{name}({', '.join(shown)})"
    if isinstance(value, list):
        return f"[{', '.join(show(item, depth) for item in value)}]"
    if isinstance(value, tuple):
        return f"({', '.join(show(item, depth) for item in value)}{',' if len(value) == 1 else ''})"
    if isinstance(value, (set, frozenset)) and value:
        return f"{{{', '.join(show(item, depth) for item in value)}}}"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {show(item, depth)}' for key, item in value.items())}}}"
    return short(value)
