"""From files and command line to a merged configuration, then to an object of the user's class."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from xpm_config import show
from xpm_config.convert import Converter
from xpm_config.defaults import lay_defaults
from xpm_config.errors import OptionError, OverrideError, SchemaError, UnknownKeyError
from xpm_config.fields import describe, is_structured
from xpm_config.files import INHERITANCE_KEYS, FileLayers, find_yaml
from xpm_config.grid_block import read_grid_block
from xpm_config.grid_search import LOAD_INFO, GenericParams
from xpm_config.interpolation import Resolution, resolve
from xpm_config.merge import merge_all
from xpm_config.node import Node, check_size, dotted, find, to_plain, walk
from xpm_config.options import BASE_OPTIONS, BaseOptions, missing_id, read_options
from xpm_config.origins import Origin
from xpm_config.overrides import Override, apply_override, parse_override
from xpm_config.suggest import did_you_mean

T = TypeVar("T")

#: Values in all the files together.
MAX_MERGED_NODES = 200_000


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
    #: Dotted key -> where its value was written.
    origins: Mapping[str, Origin]
    #: Values to explore, by dotted key.
    grid: Mapping[str, GenericParams[Any]]


class MergedConfiguration:
    """YAML files and command line, merged; nothing of the user's code was imported.

    Attributes:
        path: The main YAML file.
        files: All files read, in merge order.
        options: The options of Experimaestro, checked.
        tree: The merged values (`xpm_config.node.Node`), interpolations as written.
    """

    def __init__(
        self,
        path: Path,
        files: tuple[Path, ...],
        layers: Node,
        overrides: tuple[Override, ...],
        own: dict[str, Node],
    ) -> None:
        self.path = path
        self.files = files
        self._layers = layers
        self._overrides = overrides
        self._own = own
        self.tree = self._with_overrides(layers)
        check_size(self.tree, MAX_MERGED_NODES)
        self._resolution = resolve(self.tree)
        self.options = read_options(self._resolution.tree, path, self._resolution.pending)

    def _with_overrides(self, tree: Node) -> Node:
        for override in self._overrides:
            tree = apply_override(tree, override)
        return tree

    def show(self, *, origin: bool = False) -> Any:
        """Return the merged configuration as a JSON document (see `xpm_config.show.document`).

        Interpolations that depend on the schema are left as they are written.
        """
        return show.document(self._resolution.tree, origin=origin)

    def show_json(self, *, origin: bool = False) -> str:
        """Return `show` as text: what ``experimaestro run-experiment --show`` prints."""
        return json.dumps(self.show(origin=origin), indent=2, ensure_ascii=False)

    def origin(self, key: str) -> Origin | None:
        """Return where the value at a dotted key was written (None: nowhere)."""
        node = find(self.tree, tuple(key.split(".")))
        return node.origin if node is not None else None

    def to(self, schema: type[T]) -> T:
        """Return the configuration as an object of `schema`.

        Raises:
            ConfigurationError: It does not fit.
        """
        return self.load(schema).value

    def load(self, schema: type[T]) -> Loaded[T]:
        """As `to`, with the options, the origins and the grid search that go with the object.

        Args:
            schema: A `@configuration` class, a dataclass, an attrs class, or `dict`.

        Raises:
            ConfigurationError: The configuration does not fit the schema.
        """
        return _Load(self, schema).run()

    @cached_property
    def _for_schema(self) -> Node:
        """The layers, with the `parent` and `imports` that the main file itself wrote."""
        return replace(self._layers, value={**self._layers.value, **self._own})


class _Load(Generic[T]):
    """One application of a schema."""

    def __init__(self, merged: MergedConfiguration, schema: type[T]) -> None:
        self._merged = merged
        self._schema = schema
        self._structured = is_structured(schema)
        if not self._structured and schema is not dict and schema is not cast(Any, Any):
            name = getattr(schema, "__name__", str(schema))
            raise SchemaError(
                f"{name} cannot be the class of a configuration",
                hint="use @configuration, a dataclass, an attrs class or dict",
            )

    def run(self) -> Loaded[T]:
        resolution = self._resolved()
        tree = resolution.tree
        if self._structured:
            self._check_root(tree)
        options = read_options(tree, self._merged.path, {})
        if options.id is None:
            raise missing_id(self._merged.path)
        grid, tree = read_grid_block(tree, self._schema)
        visible = self._visible(tree)
        for error in resolution.pending.values():
            raise error
        value: Any = Converter().convert(visible, self._schema, ())
        origins = {dotted(path): node.origin for path, node in walk(tree) if path}
        if self._structured:
            _attach(value, LoadInfo(origins, grid))
        return Loaded(value, options, origins, grid)

    def _resolved(self) -> Resolution:
        tree = self._merged._for_schema
        if self._structured:
            tree = lay_defaults(tree, self._schema)
        tree = self._merged._with_overrides(tree)
        if self._structured:
            tree = lay_defaults(tree, self._schema)  # an override may have opened a nested configuration
        return resolve(tree)

    def _check_root(self, tree: Node) -> None:
        fields = describe(self._schema).fields
        for name, child in tree.value.items():
            if name not in fields and name not in BASE_OPTIONS:
                own = [f.name for f in fields.values() if f.settable and f.name not in BASE_OPTIONS]
                hint = did_you_mean(name, [*own, *BASE_OPTIONS])
                raise UnknownKeyError(
                    f"{self._schema.__name__} has no such key", child.origin, key=name, hint=hint
                )

    def _visible(self, tree: Node) -> Node:
        """Return the tree without the options that the class does not declare."""
        if not self._structured:
            return tree
        fields = describe(self._schema).fields
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


def read(
    path: str | os.PathLike[str],
    *,
    pre_yaml: Iterable[str | os.PathLike[str]] = (),
    post_yaml: Iterable[str | os.PathLike[str]] = (),
    overrides: Iterable[str] = (),
    file: str | os.PathLike[str] | None = None,
    module: str | None = None,
) -> MergedConfiguration:
    """Read and merge a configuration; nothing of the user's code is imported.

    Later wins: `pre_yaml` files, then the main file, then `post_yaml` files (each laid over what it inherits
    from), then `overrides`.

    Args:
        path: The main YAML file; its suffix may be left out.
        pre_yaml: Files merged before the main one.
        post_yaml: Files merged after the main one.
        overrides: ``KEY=VALUE`` texts, as given with ``-c``.
        file: Python file that replaces both `file` and `module` of the YAML, relative to the current folder.
        module: Python module that replaces both `file` and `module` of the YAML.

    Raises:
        ConfigurationError: Something in there is wrong; ``str(error)`` says what and where, in one line.
    """
    layers = FileLayers()
    main = find_yaml(path)
    before, after = list(pre_yaml), list(post_yaml)
    trees = [layers.load(find_yaml(p)) for p in (*before, main, *after)]
    merged = merge_all(trees)
    changes = [parse_override(text) for text in overrides]
    changes += _replaced_code(file, module)
    for change in changes:
        _refuse_inheritance(change)
    own = {key: node for key, node in layers.inheritance[main].items() if key in INHERITANCE_KEYS}
    root = replace(merged, origin=Origin(file=main))
    return MergedConfiguration(main, tuple(layers.files), root, tuple(changes), own)


def _replaced_code(file: str | os.PathLike[str] | None, module: str | None) -> list[Override]:
    if file is not None and module is not None:
        raise OptionError(
            f"both --file and --module-name are given ({os.fspath(file)}, {module})", hint="keep one"
        )
    given: list[tuple[str, str | None, Origin]] = []
    if file is not None:
        origin = Origin(text=f"--file {os.fspath(file)}")
        given = [("file", os.path.abspath(file), origin), ("module", None, origin)]
    elif module is not None:
        origin = Origin(text=f"--module-name {module}")
        given = [("module", module, origin), ("file", None, origin)]
    return [Override(path=(name,), value=Node(value, origin), origin=origin) for name, value, origin in given]


def _refuse_inheritance(override: Override) -> None:
    if override.path[0] in INHERITANCE_KEYS:
        raise OverrideError(
            f"'{override.path[0]}' cannot be changed from the command line",
            override.origin,
            hint="use --pre-yaml FILE",
        )


def plain(merged: MergedConfiguration) -> Any:
    """Return the merged values as plain Python values, interpolations resolved where they can be."""
    return to_plain(merged._resolution.tree)
