"""From a merged configuration to an object of the user's class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from xpm_config.convert import Converter
from xpm_config.defaults import lay_defaults
from xpm_config.errors import SchemaError, UnknownKeyError
from xpm_config.fields import describe, is_structured
from xpm_config.grid_block import read_grid_block
from xpm_config.grid_search import LOAD_INFO, GenericParams
from xpm_config.interpolation import Resolution, resolve
from xpm_config.node import Node, dotted, walk
from xpm_config.options import BASE_OPTIONS, BaseOptions, missing_id, read_options
from xpm_config.origins import Origin
from xpm_config.suggest import valid_keys

if TYPE_CHECKING:
    from xpm_config.merged import MergedConfiguration

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LoadInfo:
    """What is kept with a loaded object."""

    #: Dotted key -> where its value was written (defaults of the class included).
    origins: Mapping[str, Origin]
    #: Values to explore, by dotted key.
    grid: Mapping[str, GenericParams[Any]]


@dataclass(frozen=True, slots=True)
class Loaded(Generic[T]):
    """A configuration object, and what Experimaestro needs to know about it."""

    #: The object, of the class that was asked for.
    value: T
    #: The options of Experimaestro, with the defaults of the class.
    options: BaseOptions
    #: Dotted key -> where its value was written (defaults of the class included).
    origins: Mapping[str, Origin]
    #: Values to explore, by dotted key.
    grid: Mapping[str, GenericParams[Any]]


def load(merged: MergedConfiguration, schema: type[T]) -> Loaded[T]:
    """Apply a schema; see `MergedConfiguration.load`."""
    structured = is_structured(schema)
    if not structured and schema is not dict:
        name = getattr(schema, "__name__", str(schema))
        raise SchemaError(
            f"{name} cannot be the class of a configuration",
            hint="use @configuration, a dataclass, an attrs class or dict",
        )
    resolution = _resolved(merged, schema)
    tree = resolution.tree
    if structured:
        _check_root(tree, schema)
    for error in resolution.pending.values():
        raise error
    options = read_options(tree, merged.path, {})
    if options.id is None:
        raise missing_id(merged.path)
    grid, tree = read_grid_block(tree, schema)
    value = Converter().convert(_visible(tree, schema) if structured else tree, schema, ())
    origins = {dotted(path): node.origin for path, node in walk(tree) if path}
    if structured:
        _attach(value, LoadInfo(origins, grid))
    return Loaded(value, options, origins, grid)


def _resolved(merged: MergedConfiguration, schema: type) -> Resolution:
    tree = merged.with_overrides(lay_defaults(merged.layers_for_schema(), schema))
    # An option that is null is not given: `file: null` undoes what a parent says.
    values = {k: v for k, v in tree.value.items() if v.value is not None or k not in BASE_OPTIONS}
    # Defaults once more: an override may have opened a nested configuration.
    return resolve(lay_defaults(replace(tree, value=values), schema))


def _check_root(tree: Node, schema: type) -> None:
    fields = describe(schema).fields
    for name, child in tree.value.items():
        if name not in fields and name not in BASE_OPTIONS:
            own = [f.name for f in fields.values() if f.settable and f.name not in BASE_OPTIONS]
            hint = valid_keys(name, [*own, *BASE_OPTIONS])
            raise UnknownKeyError(f"{schema.__name__} has no such key", child.origin, key=name, hint=hint)


def _visible(tree: Node, schema: type) -> Node:
    """Return the tree without the options that the class does not declare."""
    fields = describe(schema).fields
    return replace(tree, value={name: child for name, child in tree.value.items() if name in fields})


def _attach(value: object, info: LoadInfo) -> None:
    try:
        object.__setattr__(value, LOAD_INFO, info)
    except AttributeError:  # a class with slots: `Loaded` has the same information
        return


def origin_of(cfg: object, key: str) -> Origin | None:
    """Return where a value of a loaded configuration was written.

    Args:
        cfg: An object made by `MergedConfiguration.to`.
        key: Dotted key, such as ``model.layers.0``.
    """
    info = getattr(cfg, LOAD_INFO, None)
    return info.origins.get(key) if isinstance(info, LoadInfo) else None
