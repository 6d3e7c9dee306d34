"""The values of JSON objects: paths, enumerations, containers, references.

Nothing is ever unpickled, and whatever the file holds, what is raised is a `LoadError`.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from xpm_tasks.errors import LoadError, MissingClassError

if TYPE_CHECKING:
    from pathlib import Path

    #: A path, or its text.
    Folder = str | os.PathLike[str]


class Source:
    """What the values of a document are read against.

    Args:
        name: For messages: the file.
        job: The folder that paths with base "job" are relative to.
        workspace: The same for "workspace".
        data: The folder that holds saved files, or a function from a relative path to the path of a saved
            file.
    """

    def __init__(
        self, name: object, *, job: Folder | None = None, workspace: Folder | None = None, data: Any = None
    ) -> None:
        self.name = name
        self.job = job
        self.workspace = workspace
        self.data = data

    def fail(self, where: str, problem: str) -> NoReturn:
        """Say what is wrong with the document."""
        raise LoadError(f"{self.name}: {where}: {problem}")

    def path(self, value: dict[str, Any], where: str) -> Path:
        """Read a path."""
        from pathlib import Path

        text, base = value.get("value"), value.get("base")
        if not isinstance(text, str) or "\0" in text:
            self.fail(where, f"a path was expected, not {text!r}")
        if base is None:
            return Path(text)
        folder = {"job": self.job, "workspace": self.workspace}.get(base) if isinstance(base, str) else None
        if folder is None:
            self.fail(where, f"the path {text!r} is relative to {base!r}, which is not known here")
        return Path(folder, text)

    def data_path(self, value: dict[str, Any], where: str) -> Path:
        """Read the path of a file that travels with the document."""
        from pathlib import Path

        text = value.get("value")
        if not isinstance(text, str) or "\0" in text:
            self.fail(where, f"a path was expected, not {text!r}")
        relative = Path(text)
        if relative.is_absolute() or ".." in relative.parts:
            self.fail(where, f"the path {text!r} leaves the folder")
        if self.data is None:
            self.fail(where, f"the file {text!r} is not here")
        return Path(self.data(relative)) if callable(self.data) else Path(self.data) / relative


class Reader:
    """Reads values; references are looked up in `made`, by number."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.made: dict[int, Any] = {}

    def value(self, value: Any, where: str) -> Any:
        """Read a value."""
        if isinstance(value, list):
            return [self.value(item, where) for item in value]
        if not isinstance(value, dict):
            return value
        kind = value.get("type")
        if "type" not in value:
            return {key: self.value(item, where) for key, item in value.items()}
        read = _READERS.get(kind) if isinstance(kind, str) else None
        if read is None:
            self.source.fail(where, f"a value of type {kind!r} is not known")
        return read(self, value, where)

    def reference(self, number: Any, where: str) -> Any:
        """Read a reference to an object."""
        if not isinstance(number, int) or number not in self.made:
            self.source.fail(where, f"there is no object {number!r}")
        return self.made[number]

    def items(self, value: dict[str, Any], where: str) -> list[Any]:
        """Read what a container holds."""
        items = value.get("items")
        if not isinstance(items, list):
            self.source.fail(where, 'a list was expected under "items"')
        return [self.value(item, where) for item in items]

    def _python(self, value: dict[str, Any], where: str) -> Any:
        return self.reference(value.get("value"), where)

    def _path(self, value: dict[str, Any], where: str) -> Path:
        return self.source.path(value, where)

    def _data(self, value: dict[str, Any], where: str) -> Path:
        return self.source.data_path(value, where)

    def _enum(self, value: dict[str, Any], where: str) -> Any:
        from enum import Enum, Flag

        name = value.get("value")
        enum = find_object(value.get("module"), value.get("enum"), None, self.source, where)
        if not (isinstance(enum, type) and issubclass(enum, Enum)):
            self.source.fail(where, f"{value.get('module')}.{value.get('enum')} is not an enumeration")
        if name == "" and issubclass(enum, Flag):
            return enum(0)  # no flag at all: it has no name
        parts = name.split("|") if isinstance(name, str) else []
        if not parts or not all(part in enum.__members__ for part in parts):
            self.source.fail(where, f"{enum.__qualname__} has no member {name!r}")
        result: Any = enum[parts[0]]
        for part in parts[1:]:
            try:
                result = result | enum[part]
            except TypeError:
                self.source.fail(where, f"{enum.__qualname__} has no member {name!r}")
        return result

    def _set(self, value: dict[str, Any], where: str) -> Any:
        try:
            return set(self.items(value, where))
        except TypeError as error:
            self.source.fail(where, str(error))

    def _tuple(self, value: dict[str, Any], where: str) -> Any:
        return tuple(self.items(value, where))

    def _dict(self, value: dict[str, Any], where: str) -> Any:
        items = self.items(value, where)
        try:
            return {key: item for key, item in items}  # noqa: C416 - the shape of each pair is checked here
        except (TypeError, ValueError) as error:
            self.source.fail(where, f"pairs were expected: {error}")

    def _float(self, value: dict[str, Any], where: str) -> float:
        try:
            return float(value["value"])
        except (KeyError, TypeError, ValueError):
            self.source.fail(where, f"{value.get('value')!r} is not a number")


_READERS = {
    "python": Reader._python,
    "path": Reader._path,
    "path.serialized": Reader._data,
    "enum": Reader._enum,
    "set": Reader._set,
    "tuple": Reader._tuple,
    "dict": Reader._dict,
    "float": Reader._float,
}


# --- Classes ---


def find_object(module: Any, qualname: Any, file: Any, source: Source, where: str) -> Any:
    """Find a class by the name of its module, or in its file.

    Raises:
        MissingClassError: it is not there.
    """
    if not isinstance(module, str) or not isinstance(qualname, str) or not module or not qualname:
        source.fail(where, "a module and a type were expected")
    place = f"{source.name}: {where}: {module}.{qualname}"
    looked = f"in {file}" if isinstance(file, str) else f"in the module {module}"
    try:
        found: Any = _module(module, file)
    except ModuleNotFoundError as error:
        missing = error.name or module
        raise MissingClassError(
            f"{place} cannot be loaded: there is no module {missing!r} (looked {looked}, "
            f"and in {len(sys.path)} folders of the Python path)"
        ) from error
    except Exception as error:  # importing runs the user's code: anything may be raised
        raise MissingClassError(
            f"{place} cannot be loaded {looked}: {type(error).__name__}: {error}"
        ) from error
    for part in qualname.split("."):
        if part == "<locals>":
            raise MissingClassError(
                f"{place} was made inside a function: a job cannot import it; move the class to the top "
                "of its module"
            )
        found = getattr(found, part, None)
        if found is None:
            raise MissingClassError(f"{place} is not there any more (looked {looked})")
    return found


def _module(name: str, file: Any) -> Any:
    if not isinstance(file, str):
        return importlib.import_module(name)
    # The program itself is loaded under another name, so that its main part does not run.
    alias = "__xpm_main__" if name == "__main__" else name
    loaded = sys.modules.get(alias)
    if loaded is not None and (name == "__main__" or _same_file(getattr(loaded, "__file__", None), file)):
        return loaded
    if name == "__main__":
        running = sys.modules.get("__main__")
        if _same_file(getattr(running, "__file__", None), file):
            return running
    return _load_file(alias, file)


def _same_file(one: Any, other: str) -> bool:
    return isinstance(one, str) and os.path.abspath(one) == os.path.abspath(other)


def _load_file(name: str, file: str) -> Any:
    from importlib.util import module_from_spec, spec_from_file_location

    if not os.path.isfile(file):
        raise ImportError(f"the file {file} does not exist")
    spec = spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"the file {file} is not a Python module")
    folder = os.path.dirname(file) or os.curdir
    if folder not in sys.path:
        # As Python does for the program it is given: its neighbours can be imported.
        sys.path.insert(0, folder)
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
