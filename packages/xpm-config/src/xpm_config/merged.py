"""From files and command line to a merged configuration; nothing of the user's code is imported."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from xpm_config.errors import OptionError, OverrideError
from xpm_config.files import INHERITANCE_KEYS, FileLayers, find_yaml
from xpm_config.interpolation import resolve
from xpm_config.merge import merge_all
from xpm_config.node import Node, check_size, find
from xpm_config.options import read_options
from xpm_config.origins import Origin
from xpm_config.overrides import Override, apply_override, parse_override

if TYPE_CHECKING:
    from xpm_config.loading import Loaded

T = TypeVar("T")

#: Values in all the files together.
MAX_MERGED_NODES = 200_000


class MergedConfiguration:
    """YAML files and command line, merged.

    Attributes:
        path: The main YAML file.
        files: All files read, in merge order.
        options: The options of Experimaestro, checked (`xpm_config.BaseOptions`).
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
        """Apply the overrides and check the options; use `read` to make one from files.

        Args:
            path: The main YAML file.
            files: All files read, in merge order.
            layers: Their merged trees.
            overrides: What the command line changes.
            own: `parent` and `imports` as the main file wrote them.
        """
        self.path = path
        self.files = files
        self._layers = layers
        self._overrides = overrides
        self._own = own
        self.tree = self.with_overrides(layers)
        check_size(self.tree, MAX_MERGED_NODES)
        self._resolution = resolve(self.tree)
        self.options = read_options(self._resolution.tree, path, self._resolution.pending)

    def show(self, *, origin: bool = False) -> Any:
        """Return the merged configuration as a JSON document (see `xpm_config.show.document`).

        Interpolations that depend on the schema are left as they are written.
        """
        from xpm_config.show import document

        return document(self._resolution.tree, origin=origin)

    def show_json(self, *, origin: bool = False) -> str:
        """Return `show` as text: what ``experimaestro run-experiment --show`` prints."""
        import json

        return json.dumps(self.show(origin=origin), indent=2, ensure_ascii=False, allow_nan=False)

    def origin(self, key: str) -> Origin | None:
        """Return where the value at a dotted key was written (None: nowhere)."""
        node = find(self.tree, tuple(key.split(".")))
        return node.origin if node is not None else None

    def to(self, schema: type[T]) -> T:
        """Return the configuration as an object of `schema`.

        Args:
            schema: A `@configuration` class, a dataclass, an attrs class, or `dict`.

        Raises:
            ConfigurationError: The configuration does not fit the schema.
        """
        return self.load(schema).value

    def load(self, schema: type[T]) -> Loaded[T]:
        """As `to`, with the options, the origins and the grid search that go with the object.

        Raises:
            ConfigurationError: The configuration does not fit the schema.
        """
        from xpm_config.loading import load

        return load(self, schema)

    def layers_for_schema(self) -> Node:
        """Return the merged files before any override, with the main file's own `parent` and `imports`."""
        return replace(self._layers, value={**self._layers.value, **self._own})

    def with_overrides(self, tree: Node) -> Node:
        """Return `tree` changed by the command line (also when the schema's defaults were laid under it)."""
        for override in self._overrides:
            tree = apply_override(tree, override)
        return tree


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
    merged = merge_all([layers.load(find_yaml(p)) for p in (*pre_yaml, main, *post_yaml)])
    changes = [parse_override(text) for text in overrides] + _replaced_code(file, module)
    for change in changes:
        if change.path[0] in INHERITANCE_KEYS:
            raise OverrideError(
                f"'{change.path[0]}' cannot be changed from the command line",
                change.origin,
                hint="use --pre-yaml FILE",
            )
    # Messages about the whole configuration (a key is missing) name the main file.
    root = replace(merged, origin=Origin(file=main))
    return MergedConfiguration(main, tuple(layers.files), root, tuple(changes), layers.inheritance[main])


def _replaced_code(file: str | os.PathLike[str] | None, module: str | None) -> list[Override]:
    if file is not None and module is not None:
        problem = f"both --file and --module-name are given ({os.fspath(file)}, {module})"
        raise OptionError(problem, hint="keep one of them")
    if file is not None:
        origin = Origin(text=f"--file {os.fspath(file)}")
        values = {"file": os.path.abspath(os.path.expanduser(file)), "module": None}
    elif module is not None:
        origin = Origin(text=f"--module-name {module}")
        values = {"module": module, "file": None}
    else:
        return []
    return [Override(path=(k,), value=Node(v, origin), origin=origin) for k, v in values.items()]
