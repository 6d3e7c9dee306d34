"""A plugin for mypy that does nothing: the classes are typed by themselves (`dataclass_transform`).

It is there so that a `mypy.ini` with `plugins = experimaestro.mypy` still loads; the line can be removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy.plugin import Plugin


def plugin(version: str) -> type[Plugin]:
    """Return a plugin without any hook.

    Args:
        version: the version of mypy.
    """
    from mypy.plugin import Plugin

    return Plugin


__all__ = ["plugin"]
