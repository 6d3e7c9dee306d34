"""Merging of layers: mappings merge, everything else is replaced by the later layer.

A layer that replaces a mapping by something else (``model: null``) hides the earlier layers also when a still
later layer makes it a mapping again. The merged node remembers it (`Node.replaces`); this is what makes
merging associative: ``merge(merge(a, b), c) == merge(a, merge(b, c))``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce

from xpm_config.node import Node


def merge(earlier: Node, later: Node) -> Node:
    """Return `earlier` with `later` laid over it; neither is changed."""
    if not isinstance(later.value, dict) or later.replaces:
        return later
    if not isinstance(earlier.value, dict):
        return replace(later, replaces=True)
    values = dict(earlier.value)
    for key, child in later.value.items():
        values[key] = merge(values[key], child) if key in values else child
    instance = earlier.instance if later.instance is None else later.instance
    return replace(later, value=values, replaces=earlier.replaces, instance=instance)


def merge_all(layers: Iterable[Node]) -> Node:
    """Merge layers, the first one being the weakest."""
    return reduce(merge, layers)
