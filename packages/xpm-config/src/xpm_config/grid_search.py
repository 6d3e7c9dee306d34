"""Grid search: fields with several values, and the configurations made of all their combinations."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import math
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Generic, TypeVar

from xpm_config.convert import Converter
from xpm_config.errors import ConfigurationError, GridError
from xpm_config.fields import describe, is_structured
from xpm_config.leaves import Mismatch
from xpm_config.node import Node, Path, dotted
from xpm_config.origins import Origin

T = TypeVar("T")

#: Values of one parameter.
MAX_VALUES = 10_000
#: Configurations of one grid.
MAX_CONFIGURATIONS = 100_000

#: Name of the attribute that keeps what `xpm_config` knows about an object that it loaded.
LOAD_INFO = "__xpm_load__"


@dataclasses.dataclass(frozen=True)
class GenericParams(Generic[T]):
    """The values that a grid search explores for one parameter."""

    values: tuple[T, ...]

    def __init__(self, values: Iterator[T] | list[T] | tuple[T, ...]) -> None:
        object.__setattr__(self, "values", tuple(values))
        if not self.values:
            raise GridError("a grid search needs at least one value")

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[T]:
        return iter(self.values)


class _GridMark:
    """Marks a field that may have several values."""

    def __repr__(self) -> str:
        return "grid search"

    def __xpm_convert__(self, converter: Converter, node: Node, kind: Any, path: Path) -> Any:
        """Read one value, a list of values, or a description of values."""
        values = grid_values(node, path)
        if values is None or (isinstance(node.value, list) and _fits(converter, node, kind, path)):
            return converter.value(node, kind, path)
        return GenericParams([converter.convert(v, kind, (*path, i)) for i, v in enumerate(values)])


def _fits(converter: Converter, node: Node, kind: Any, path: Path) -> bool:
    """Whether a list is one value of `kind` (as for ``GridSearch[list[int]]``) rather than several."""
    if kind is Any:
        return False
    try:
        converter.value(node, kind, path)
    except (Mismatch, ConfigurationError):
        return False
    return True


#: Annotation of a field that a YAML file may give several values to: `lr: GridSearch[float] = 1e-3`.
GridSearch = Annotated[T, _GridMark()]


def grid(*values: T) -> T:
    """Return several values, as the default of a `GridSearch` field: ``grid(0.1, 0.2)``."""
    return GenericParams(values)  # type: ignore[return-value]


def grid_values(node: Node, path: Path) -> list[Node] | None:
    """Return the values that a node describes; None if it is a single value.

    Raises:
        GridError: The description is wrong.
    """
    if isinstance(node.value, GenericParams):
        return [Node(value, node.origin) for value in node.value]
    if isinstance(node.value, list):
        if not node.value:
            raise GridError("a grid search needs at least one value", node.origin, key=dotted(path))
        return _bounded(list(node.value), node, path)
    if is_description(node):
        name, child = _description(node, path)
        return _bounded(_DESCRIPTIONS[name](child, (*path, name)), child, (*path, name))
    return None


def is_description(node: Node) -> bool:
    """Whether a mapping describes values (and is not one more level of keys)."""
    return isinstance(node.value, dict) and bool(node.value) and node.value.keys() <= _DESCRIPTIONS.keys()


def _description(node: Node, path: Path) -> tuple[str, Node]:
    """The one that counts: a file may have inherited another, and set it to null."""
    given = {name: child for name, child in node.value.items() if child.value is not None}
    if not given:
        raise GridError("no values are given", node.origin, key=dotted(path))
    forms = list(given.items())
    (first, old), (last, new) = forms[0], forms[-1]
    if first != last:
        where = f" ({old.origin})" if old.origin else ""
        raise GridError(
            f"both `{first}`{where} and `{last}` are given",
            new.origin,
            key=dotted(path),
            hint=f"keep one of them, or set {dotted((*path, first))} to null",
        )
    return first, old


def _bounded(values: list[Node], node: Node, path: Path) -> list[Node]:
    if len(values) > MAX_VALUES:
        raise GridError(f"more than {MAX_VALUES} values", node.origin, key=dotted(path))
    return values


def _numbers(node: Node, path: Path, form: str, sizes: tuple[int, ...]) -> list[Any]:
    values = [child.value for child in node.value] if isinstance(node.value, list) else []
    numbers = all(
        isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v) for v in values
    )
    if len(values) not in sizes or not numbers:
        raise GridError(f"expected {form}, all numbers", node.origin, key=dotted(path))
    return values


def _values_list(node: Node, path: Path) -> list[Node]:
    if not isinstance(node.value, list) or not node.value:
        raise GridError("expected a list of values", node.origin, key=dotted(path))
    return list(node.value)


def _values_range(node: Node, path: Path) -> list[Node]:
    start, stop, *rest = _numbers(node, path, "[start, stop] or [start, stop, step]", (2, 3))
    step = rest[0] if rest else 1
    if step == 0:
        raise GridError("the step is 0", node.origin, key=dotted(path))
    # The stop is excluded, also when rounding errors reach it.
    count = max(0, math.ceil((stop - start) / step - 1e-9))
    if count == 0:
        raise GridError(
            "the range holds no value", node.origin, key=dotted(path), hint="the stop is excluded"
        )
    if count > MAX_VALUES:
        raise GridError(f"more than {MAX_VALUES} values", node.origin, key=dotted(path))
    return [_number(start + i * step, node) for i in range(count)]


def _values_mult(node: Node, path: Path) -> list[Node]:
    start, count, factor = _numbers(node, path, "[start, number of values, factor]", (3,))
    if not isinstance(count, int) or not 1 <= count <= MAX_VALUES:
        raise GridError(
            f"the number of values has to be an integer between 1 and {MAX_VALUES}",
            node.origin,
            key=dotted(path),
        )
    try:
        values = [_number(start * factor**i, node) for i in range(count)]
    except OverflowError:
        raise GridError("the values become too large", node.origin, key=dotted(path)) from None
    return values


def _number(value: float, node: Node) -> Node:
    # 12 digits: 1e-3 * 0.1 is 1e-4, not 0.00010000000000000002.
    return Node(float(f"{value:.12g}") if isinstance(value, float) else value, node.origin)


_DESCRIPTIONS: dict[str, Callable[[Node, Path], list[Node]]] = {
    "values": _values_list,
    "values_list": _values_list,
    "range": _values_range,
    "values_range": _values_range,
    "range_mult": _values_mult,
    "values_mult": _values_mult,
}


def discover_grid_params(cfg: Any) -> dict[str, GenericParams[Any]]:
    """Return the parameters of a configuration that have several values, by dotted key.

    First the fields, in order of declaration, then the entries of ``grid_search`` that are not fields with
    several values already.
    """
    found = {dotted(path): params for path, params in _walk(cfg, ())}
    found.update(_block(cfg))
    return found


def _block(cfg: Any) -> dict[str, GenericParams[Any]]:
    block = getattr(cfg, "grid_search", None)
    if block is None:
        block = getattr(getattr(cfg, LOAD_INFO, None), "grid", None)
    entries = block if isinstance(block, dict) else {}
    found = {}
    for key, value in entries.items():
        if not isinstance(value, GenericParams):
            value = GenericParams(value if isinstance(value, (list, tuple)) else [value])
        found[key] = value
    return found


def _walk(value: Any, path: Path) -> Iterator[tuple[Path, GenericParams[Any]]]:
    if isinstance(value, GenericParams):
        yield path, value
    elif is_structured(type(value)):
        for name in describe(type(value)).fields:
            if not (path == () and name == "grid_search"):
                yield from _walk(getattr(value, name, None), (*path, name))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _walk(item, (*path, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(item, (*path, key))


def generate_grid(cfg: T) -> tuple[list[T], list[dict[str, Any]]]:
    """Return one configuration per combination of the values to explore.

    Args:
        cfg: A configuration object; it is left as it is.

    Returns:
        The configurations, and for each of them the values that make it different (dotted key -> value): use
        them as tags. The last parameter varies fastest. Without grid search: one copy, and no tags.

    Raises:
        GridError: Too many combinations, or a key that the configuration does not have.
    """
    params = discover_grid_params(cfg)
    total = math.prod(len(p) for p in params.values())
    if total > MAX_CONFIGURATIONS:
        raise GridError(f"the grid has {total} configurations, more than {MAX_CONFIGURATIONS}")
    configurations, tags = [], []
    for combination in itertools.product(*params.values()):
        chosen = dict(zip(params, combination, strict=True))
        configurations.append(_with_values(cfg, chosen))
        tags.append(chosen)
    return configurations, tags


def _with_values(cfg: T, chosen: dict[str, Any]) -> T:
    used: set[str] = set()
    result = _rebuild(cfg, (), chosen, used)
    for key in chosen:
        if key not in used:
            raise GridError("the configuration has no such key", Origin(text="grid_search"), key=key)
    info = getattr(cfg, LOAD_INFO, None)
    if info is not None:
        object.__setattr__(result, LOAD_INFO, dataclasses.replace(info, grid={}))
    return result  # type: ignore[no-any-return]


def _rebuild(value: Any, path: Path, chosen: dict[str, Any], used: set[str]) -> Any:
    """Copy `value` with the chosen values; classes on the way are constructed again with them."""
    key = dotted(path)
    if path and key in chosen:
        used.add(key)
        return copy.deepcopy(chosen[key])
    if is_structured(type(value)):
        return _rebuild_object(value, path, chosen, used)
    if isinstance(value, dict):
        return {k: _rebuild(v, (*path, k), chosen, used) for k, v in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_rebuild(v, (*path, i), chosen, used) for i, v in enumerate(value))
    return value


def _rebuild_object(value: Any, path: Path, chosen: dict[str, Any], used: set[str]) -> Any:
    fields = describe(type(value)).fields
    held = {name: getattr(value, name) for name in fields if hasattr(value, name)}
    new = {name: _rebuild(held[name], (*path, name), chosen, used) for name in held}
    if not path and "grid_search" in new and isinstance(new["grid_search"], dict):
        new["grid_search"] = {}
    prefix = dotted(path) + "." if path else ""
    touched = any(key.startswith(prefix) for key in chosen)
    if touched and all(name in new for name, field in fields.items() if field.settable):
        return type(value)(**{f.argument: new[name] for name, f in fields.items() if f.settable})
    result = copy.copy(value)
    for name, changed in new.items():
        object.__setattr__(result, name, changed)
    return result
