"""Configurations as JSON objects: the part shared by ``params.json``, saved folders and ``objects.jsonl``.

Objects come in dependency order, numbered as they appear; a reference to one is ``{"type": "python",
"value": id}``. The same configuration always gives the same bytes.
"""

from __future__ import annotations

import math
import os
import sys
from contextlib import suppress
from enum import Enum
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from xpm_tasks.errors import ConfigurationError, IdentifierError
from xpm_tasks.identifier import compute
from xpm_tasks.locations import at
from xpm_tasks.types.base import short
from xpm_tasks.walk import children, is_config, ordered_set

if TYPE_CHECKING:
    from collections.abc import Callable

    from xpm_tasks.arguments import Argument
    from xpm_tasks.config import Config
    from xpm_tasks.information import ConfigInformation

#: The version of the format.
VERSION = 3

_ROOT: Any = object()


class Bases:
    """The folders that paths are written relative to."""

    def __init__(self, job: Path | None = None, workspace: Path | None = None) -> None:
        self.job = job
        self.workspace = workspace

    def encode(self, path: PurePath) -> dict[str, Any]:
        """Write a path."""
        for name, base in (("job", self.job), ("workspace", self.workspace)):
            if base is not None and path.is_absolute():
                try:
                    return {"type": "path", "value": path.relative_to(base).as_posix(), "base": name}
                except ValueError:
                    continue
        return {"type": "path", "value": path.as_posix()}


class Dumper:
    """Turns configurations into JSON objects, each once.

    Args:
        bases: The folders that paths are relative to.
        marks: Write which task makes each configuration.
        importable: Refuse classes that another process could not find.
        data: Called with the parameter and the path of each `DataPath`: gives what is written instead of the
            path.
    """

    def __init__(
        self,
        bases: Bases | None = None,
        data: Callable[[int, Config, Argument, Path], Any] | None = None,
        *,
        marks: bool = True,
        importable: bool = False,
    ) -> None:
        self.bases = bases or Bases()
        self._data = data
        self._marks = marks
        self._importable = importable
        self._not_yet: Any = None
        #: Number of each configuration, by id.
        self.ids: dict[int, int] = {}
        #: The configurations, in order: by living on, they keep their ids.
        self.written: list[Any] = []

    def objects(self, root: Config, *, maker: Any = _ROOT) -> list[dict[str, Any]]:
        """The objects needed to make `root`, last, that were not written yet.

        Args:
            root: The configuration.
            maker: What this task makes is not marked as such. By default, `root`: when it runs, it has not
                made it yet.
        """
        self._not_yet = root if maker is _ROOT else maker
        order = self._order(root)
        self.written.extend(order)
        for config in order:
            self.ids[id(config)] = len(self.ids) + 1
        return [self._object(config) for config in order]

    def forget(self, count: int) -> None:
        """Take all configurations but the first ones for not written, numbered yet or not."""
        for config in self.written[count:]:
            self.ids.pop(id(config), None)
        del self.written[count:]

    def _order(self, root: Config) -> list[Any]:
        """What is not written yet, parts first."""
        seen = {id(root)}
        done: list[Any] = []
        stack = [(root, iter(self._parts(root)))]
        while stack:
            config, pending = stack[-1]
            for child in pending:
                if id(child) not in seen and id(child) not in self.ids:
                    seen.add(id(child))
                    stack.append((child, iter(self._parts(child))))
                    break
            else:
                done.append(config)
                stack.pop()
        return [] if id(root) in self.ids else done

    def _parts(self, config: Any) -> list[Any]:
        found = [child for _, child in children(config)]
        task = self._maker(config)
        if task is not None:
            found.append(task)
        return found

    def _maker(self, config: Any) -> Any:
        """The task that makes a configuration, if that is to be written."""
        task = config.__xpm__.output_of
        return task if self._marks and task is not self._not_yet else None

    def _object(self, config: Any) -> dict[str, Any]:
        info = config.__xpm__
        cls = info.type.config_class
        written: dict[str, Any] = {
            "id": self.ids[id(config)],
            "module": cls.__module__,
            "type": cls.__qualname__,
            "typename": info.type.typename,
        }
        # A value that only the identifier refuses may still be written.
        with suppress(IdentifierError):
            written["identifier"] = compute(config).hex()
        file = module_file(cls.__module__)
        if self._importable:
            _check_importable(info, file)
        if file is not None:
            written["file"] = file
        if info.init_tasks:
            written["init-tasks"] = [self.ids[id(task)] for task in info.init_tasks]
        if info.meta is not None:
            written["meta"] = info.meta
        maker = self._maker(config)
        if maker is not None:
            written["task"] = self.ids[id(maker)]
        fields = {argument.name: self._field(config, argument, value) for argument, value in info.xpmvalues()}
        generated = info.generated | _left_out(info)
        if generated:
            written["generated"] = sorted(generated)
        written["fields"] = fields
        return written

    def _field(self, config: Any, argument: Argument, value: Any) -> Any:
        if argument.data and self._data is not None and isinstance(value, Path):
            return self._data(self.ids[id(config)], config, argument, value)
        try:
            return self.value(value)
        except ConfigurationError as error:
            info = config.__xpm__
            raise ConfigurationError(
                f"{info.type.name}.{argument.name}: {error}{at(info.location)}"
            ) from None

    def value(self, value: Any) -> Any:
        """Write a value."""
        kind = type(value)
        if value is None or kind in (bool, int, str):
            return value
        if is_config(value):
            return {"type": "python", "value": self.ids[id(value)]}
        if isinstance(value, Enum):
            return {
                "type": "enum",
                "module": kind.__module__,
                "enum": kind.__qualname__,
                "value": _name(value),
            }
        if isinstance(value, float):
            number = float(value)
            return number if math.isfinite(number) else {"type": "float", "value": repr(number)}
        if isinstance(value, PurePath):
            return self.bases.encode(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, tuple):
            return {"type": "tuple", "items": [self.value(item) for item in value]}
        if isinstance(value, (set, frozenset)):
            return {"type": "set", "items": [self.value(item) for item in ordered_set(value)]}
        if isinstance(value, dict):
            return self._dict(value)
        if isinstance(value, (int, str)):
            return int(value) if isinstance(value, int) else str.__str__(value)
        raise ConfigurationError(f"a value of type {kind.__qualname__} cannot be written: {short(value)}")

    def _dict(self, value: dict[Any, Any]) -> Any:
        if all(type(key) is str for key in value) and "type" not in value:
            return {key: self.value(item) for key, item in value.items()}
        return {"type": "dict", "items": [[self.value(key), self.value(item)] for key, item in value.items()]}


def _left_out(info: ConfigInformation) -> frozenset[str]:
    """The values that are not part of the identifier because a factory gave them."""
    return frozenset(name for name in info.defaulted if info.type.arguments[name].ignore_generated)


def _check_importable(info: ConfigInformation, file: str | None) -> None:
    cls = info.type.config_class
    problem = None
    if "<locals>" in cls.__qualname__:
        problem = "made inside a function: move it to the top of its module"
    elif cls.__module__ == "__main__" and file is None:
        problem = "made in an interactive session: put it in a file"
    if problem is not None:
        raise ConfigurationError(
            f"the class {info.type.name}{at(info.type.location)} cannot be found by a job: it was {problem}"
        )


def _name(value: Enum) -> str:
    from xpm_tasks.encoding import member_name

    return member_name(value)


def module_file(module: str) -> str | None:
    """The file of a module that cannot be imported by name: outside any package, or the program itself."""
    found = sys.modules.get(module)
    if found is None or "." in module or getattr(found, "__path__", None) is not None:
        return None
    file = getattr(found, "__file__", None)
    if not file:
        return None
    return file if os.path.isabs(file) else str(Path(file).absolute())
