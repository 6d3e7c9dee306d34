"""The merged configuration as one JSON document, with or without the place that wrote each value."""

from __future__ import annotations

import enum
import math
from typing import Any

from xpm_config.node import Node, to_plain


def document(tree: Node, *, origin: bool = False) -> Any:
    """Return the tree as values that JSON has.

    Args:
        tree: The merged tree.
        origin: Replace each value by ``{"value": ..., "origin": "file:line"}``; mappings and lists stay.
    """
    if not origin:
        return to_plain(tree, lambda node: _json(node.value))
    return to_plain(tree, lambda node: {"value": _json(node.value), "origin": str(node.origin)})


def _json(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return _json(value.value)
    if isinstance(value, float) and not math.isfinite(value):
        return "." + str(value) if value >= 0 or math.isnan(value) else "-.inf"  # as in YAML: JSON has none
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return str(value)
