"""The options of Experimaestro itself, split off from the merged tree and checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from xpm_config.base import ConfigurationBase, DirtyGitAction
from xpm_config.convert import convert
from xpm_config.errors import InterpolationError, OptionError, shown
from xpm_config.node import Node
from xpm_config.origins import Origin, display_path
from xpm_config.paths import default_pythonpath, is_python_file, resolve_path, resolve_python_file

#: Names of the options; a configuration class that does not declare them does not see them.
BASE_OPTIONS: tuple[str, ...] = tuple(f.name for f in fields(ConfigurationBase))

#: File systems allow 255, and a date may be appended.
MAX_ID_BYTES = 200

#: These decide what is imported: they cannot wait for the schema to be resolved.
_BEFORE_IMPORT = ("file", "module", "pythonpath", "pre_experiment")


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseOptions:
    """What the YAML says about the experiment, with absolute paths."""

    #: The main YAML file.
    main: Path
    #: Identifier of the experiment; None when nothing gives it (the schema may have a default).
    id: str | None
    #: Python file with the `run` function, or None when `module` is given. It may not exist.
    file: Path | None
    #: Python module with the `run` function, or None.
    module: str | None
    #: Folders to add to the Python path, in order.
    pythonpath: tuple[Path, ...]
    #: Python file to execute first, or None. It may not exist.
    pre_experiment_file: Path | None
    #: Python module to import first, or None.
    pre_experiment_module: str | None
    title: str
    subtitle: str
    description: str
    #: Source paper.
    paper: str
    #: Whether to append the date and time to `id`.
    add_timestamp: bool
    #: `ignore`, `warn` or `error`.
    dirty_git: str
    #: Where each option was written; options left to their default are not in it.
    origins: Mapping[str, Origin]

    def experiment_id(self, now: datetime) -> str:
        """Return the identifier of the experiment, with ``-YYYYMMDD-HHMM`` if ``add_timestamp`` is set.

        Raises:
            OptionError: There is no `id`.
        """
        if self.id is None:
            raise missing_id(self.main)
        return f"{self.id}-{now:%Y%m%d-%H%M}" if self.add_timestamp else self.id

    def check_files(self) -> None:
        """Check that the files and folders exist.

        Raises:
            OptionError: One of them does not; the message says where it is written.
        """
        if self.file is not None and not os.path.isfile(self.file):
            by_default = "" if "file" in self.origins else " (the default of `file`)"
            raise self._absent("file", self.file, by_default, "set `file` or `module`")
        if self.pre_experiment_file is not None and not os.path.isfile(self.pre_experiment_file):
            raise self._absent(
                "pre_experiment", self.pre_experiment_file, "", "paths are relative to this YAML file"
            )
        for folder in self.pythonpath if "pythonpath" in self.origins else ():
            if not os.path.exists(folder):
                raise self._absent("pythonpath", folder, "", "paths are relative to this YAML file")

    def _absent(self, option: str, path: Path, note: str, hint: str) -> OptionError:
        origin = self.origins.get(option, Origin(file=self.main))
        what = "is a folder" if os.path.isdir(path) else "does not exist"
        return OptionError(f"{display_path(path)} {what}{note}", origin, key=option, hint=hint)


def read_options(tree: Node, main: Path, pending: Mapping[Any, InterpolationError]) -> BaseOptions:
    """Check and return the options written at the root of the (resolved) tree.

    Args:
        tree: The merged tree, interpolations resolved.
        main: The main YAML file; what does not come from a file is relative to its folder.
        pending: Interpolations that are not resolved yet.

    Raises:
        OptionError: An option has a wrong type or value, or `file` and `module` are both given.
        InterpolationError: An option that is needed now depends on the schema.
    """
    return _Options(tree, main, pending).read()


class _Options:
    def __init__(self, tree: Node, main: Path, pending: Mapping[Any, InterpolationError]) -> None:
        self._main = main
        self._given: dict[str, Node] = {}
        self._defaults: set[str] = set()
        for name in BASE_OPTIONS:
            node = tree.value.get(name)
            # `module: null` is the same as no `module`, for instance to undo what the parent says.
            if node is None or node.value is None or node.is_missing:
                continue
            if node.default:
                # What is imported was decided before the schema was known.
                if name in _BEFORE_IMPORT:
                    continue
                node = replace(node, default=False)
                self._defaults.add(name)
            waiting = [error for path, error in pending.items() if path[0] == name]
            if waiting and name in _BEFORE_IMPORT:
                raise waiting[0]
            if not waiting:
                self._given[name] = node

    def read(self) -> BaseOptions:
        module = self._text("module")
        file = self._text("file")
        if module is not None and file is not None:
            raise OptionError(
                f"both `file` ({self._given['file'].origin}) and `module` are given",
                self._given["module"].origin,
                hint="remove one of them (or set it to null)",
            )
        if module is not None and not all(part.isidentifier() for part in module.split(".")):
            raise self._error("module", f"'{module}' is not the name of a Python module", "write a.b.c")
        path = None
        if module is None:
            path = resolve_python_file(file or ConfigurationBase.file, self._folder("file"))
        pre_file, pre_module = self._pre_experiment()
        return BaseOptions(
            main=self._main,
            id=self._id(),
            file=path,
            module=module,
            pythonpath=self._pythonpath(path, module),
            pre_experiment_file=pre_file,
            pre_experiment_module=pre_module,
            title=self._text("title", "") or "",
            subtitle=self._text("subtitle", "") or "",
            description=self._text("description", "") or "",
            paper=self._text("paper", "") or "",
            add_timestamp=self._convert("add_timestamp", bool, False),
            dirty_git=self._convert("dirty_git", DirtyGitAction, DirtyGitAction.WARN).value,
            origins={n: node.origin for n, node in self._given.items() if n not in self._defaults},
        )

    def _id(self) -> str | None:
        name = self._text("id")
        if name is None:
            return None
        too_long = len(name.encode()) > MAX_ID_BYTES
        if not name.strip() or name in (".", "..") or "/" in name or not name.isprintable() or too_long:
            hint = f"it names a folder: no '/', not '.', not empty, at most {MAX_ID_BYTES} bytes"
            raise self._error("id", f"{shown(name)} cannot be the identifier of an experiment", hint)
        return name

    def _pythonpath(self, file: Path | None, module: str | None) -> tuple[Path, ...]:
        node = self._given.get("pythonpath")
        if node is None:
            if module is not None:
                return (default_pythonpath(module, self._folder("module")),)
            assert file is not None
            return (file.parent,)
        if not isinstance(node.value, list):
            raise self._error("pythonpath", "expected a list of folders", "write `pythonpath: [..]`")
        names = self._convert("pythonpath", list[str], [])
        # `-c pythonpath.0=x` changes one entry: each has its own origin.
        folders = [self._folder_of(child) for child in node.value]
        return tuple(resolve_path(name, folder) for name, folder in zip(names, folders, strict=True))

    def _pre_experiment(self) -> tuple[Path | None, str | None]:
        name = self._text("pre_experiment")
        if name is None:
            return None, None
        if is_python_file(name):
            return resolve_python_file(name, self._folder("pre_experiment")), None
        if not all(part.isidentifier() for part in name.split(".")):
            hint = "write a path that ends in .py, or the name of a module"
            raise self._error("pre_experiment", f"'{name}' is neither a file nor a module", hint)
        return None, name

    def _text(self, name: str, default: str | None = None) -> str | None:
        text: str | None = self._convert(name, str, default)
        if text is not None and name in ("file", "module", "pre_experiment") and not text.strip():
            raise self._error(name, "it is empty", "remove it, or write null")
        return text

    def _convert(self, name: str, kind: Any, default: Any) -> Any:
        node = self._given.get(name)
        if node is None:
            return default
        return convert(node, kind, (name,), error_class=OptionError)

    def _folder(self, name: str) -> Path:
        node = self._given.get(name)
        return self._main.parent if node is None else self._folder_of(node)

    def _folder_of(self, node: Node) -> Path:
        return node.origin.folder or self._main.parent

    def _error(self, name: str, problem: str, hint: str) -> OptionError:
        return OptionError(problem, self._given[name].origin, key=name, hint=hint)


def missing_id(main: Path) -> OptionError:
    """Return the error for a configuration without `id`."""
    problem = "the identifier of the experiment is missing"
    return OptionError(problem, Origin(file=main), key="id", hint=f"add `id: {main.stem}`")
