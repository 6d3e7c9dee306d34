"""From JSON objects back to configurations or instances.

This is on the way of every job: it imports little, and makes instances directly, without configurations.
Nothing is ever unpickled, and whatever the file holds, what is raised is a `LoadError`.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any, NoReturn

from xpm_tasks.errors import LoadError, MissingClassError, VersionError
from xpm_tasks.fields import MISSING
from xpm_tasks.runtime import Origin

#: The newest version that can be read.
VERSION = 3


def check_document(document: Any, source: object) -> list[dict[str, Any]]:
    """Check the outside of a document, and give its objects.

    Raises:
        LoadError: it is not such a document.
    """
    if not isinstance(document, dict):
        raise LoadError(f"{source}: an object was expected, with a version and objects")
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise LoadError(f"{source}: it has no version")
    if version > VERSION:
        raise VersionError(
            f"{source}: it has version {version}, written by experimaestro "
            f"{document.get('experimaestro', '?')}; "
            f"this one reads up to version {VERSION}: upgrade"
        )
    if version < 2:
        raise LoadError(f"{source}: it has version {version}, which is no longer read")
    objects = document.get("objects")
    if not isinstance(objects, list) or not objects or not all(isinstance(item, dict) for item in objects):
        raise LoadError(f'{source}: a list of objects was expected under "objects"')
    return objects


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        LoadError: it cannot be read, or is not JSON.
    """
    import json

    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise LoadError(f"{path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise LoadError(f"{path}: it is not JSON: {error}") from None


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
        self, name: object, *, job: Path | None = None, workspace: Path | None = None, data: Any = None
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
        text, base = value.get("value"), value.get("base")
        if not isinstance(text, str) or "\0" in text:
            self.fail(where, f"a path was expected, not {text!r}")
        if base is None:
            return Path(text)
        folder = {"job": self.job, "workspace": self.workspace}.get(base) if isinstance(base, str) else None
        if folder is None:
            self.fail(where, f"the path {text!r} is relative to {base!r}, which is not known here")
        return folder / text

    def data_path(self, value: dict[str, Any], where: str) -> Path:
        """Read the path of a file that travels with the document."""
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
        from enum import Enum

        name = value.get("value")
        enum = find_object(value.get("module"), value.get("enum"), None, self.source, where)
        if not (isinstance(enum, type) and issubclass(enum, Enum)):
            self.source.fail(where, f"{value.get('module')}.{value.get('enum')} is not an enumeration")
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
    except (ImportError, OSError, SyntaxError, ValueError) as error:
        raise MissingClassError(f"{place} cannot be loaded {looked}: {error}") from error
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
    return isinstance(one, str) and Path(one).absolute() == Path(other).absolute()


def _load_file(name: str, file: str) -> Any:
    from importlib.util import module_from_spec, spec_from_file_location

    path = Path(file)
    if not path.is_file():
        raise ImportError(f"the file {file} does not exist")
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"the file {file} is not a Python module")
    folder = str(path.parent)
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


def find_class(item: dict[str, Any], source: Source) -> tuple[int, Any]:
    """The number of an object, and its class."""
    number = item.get("id")
    where = f"object {number!r}"
    if not isinstance(number, int):
        source.fail(where, "an object has a number as its id")
    found = find_object(item.get("module"), item.get("type"), item.get("file"), source, where)
    if not (isinstance(found, type) and hasattr(found, "__xpmtype__")):
        source.fail(where, f"{item.get('module')}.{item.get('type')} is not a configuration class")
    return number, found


def fields_of(item: dict[str, Any], source: Source) -> dict[str, Any]:
    """The values of an object."""
    fields = item.get("fields", {})
    if not isinstance(fields, dict):
        source.fail(f"object {item.get('id')!r}", "its fields were expected to be an object")
    return fields


# --- Instances ---


def load_instances(objects: list[dict[str, Any]], source: Source) -> tuple[Any, list[Any]]:
    """Make the instance of the last object, and of those it holds.

    Returns:
        The instance, and those of the init tasks to run before it is used.
    """
    reader = Reader(source)
    needed = _needed(objects, source)
    root = needed[-1]
    for item in needed:
        number, cls = find_class(item, source)
        reader.made[number] = _blank(cls, item, source)
    for item in needed:
        _fill(item, reader)
    for item in needed:
        reader.made[item["id"]].__post_init__()
    init_tasks = [
        reader.made[number]
        for item in needed
        if item is root or not _is_task(reader, item)
        for number in _init_tasks(item, source)
    ]
    return reader.made[root["id"]], init_tasks


def _is_task(reader: Reader, item: dict[str, Any]) -> bool:
    """The init tasks of another task belong to its own job."""
    from xpm_tasks.config import Task

    return isinstance(reader.made[item["id"]], Task)


def _needed(objects: list[dict[str, Any]], source: Source) -> list[dict[str, Any]]:
    """The objects that the last one holds, in order: those that only made one of them are not made."""
    by_id = {}
    for item in objects:
        number = item.get("id")
        if not isinstance(number, int) or number in by_id:
            source.fail(f"object {number!r}", "an object has a number of its own as its id")
        by_id[number] = item
    wanted: set[int] = set()
    stack = [objects[-1]["id"]]
    while stack:
        number = stack.pop()
        if number in wanted:
            continue
        if number not in by_id:
            source.fail(f"object {number!r}", "there is no such object")
        wanted.add(number)
        item = by_id[number]
        stack.extend(_references(fields_of(item, source)))
        stack.extend(_init_tasks(item, source))
    return [item for item in objects if item["id"] in wanted]


def _references(value: Any) -> list[int]:
    """The numbers of the objects that a value holds."""
    found = []
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            if item.get("type") == "python" and isinstance(item.get("value"), int):
                found.append(item["value"])
            else:
                stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return found


def _init_tasks(item: dict[str, Any], source: Source) -> list[int]:
    numbers = item.get("init-tasks", [])
    if not isinstance(numbers, list) or not all(isinstance(number, int) for number in numbers):
        source.fail(f"object {item.get('id')!r}", "its init tasks were expected to be numbers")
    return numbers


def _blank(cls: Any, item: dict[str, Any], source: Source) -> Any:
    value_class = cls.__xpmtype__.value_class
    try:
        made = value_class.__new__(value_class)
        made.__init__()
    except TypeError as error:
        source.fail(
            f"object {item['id']}", f"{value_class.__qualname__} cannot be made without arguments: {error}"
        )
    identifier = item.get("identifier")
    origin = Origin(
        str(item.get("typename", "")).lower(), identifier if isinstance(identifier, str) else None
    )
    object.__setattr__(made, "__xpm_origin__", origin)
    return made


def _fill(item: dict[str, Any], reader: Reader) -> None:
    made = reader.made[item["id"]]
    fields = fields_of(item, reader.source)
    info = type(made).__xpmtype__
    for name, value in fields.items():
        where = f"object {item['id']} ({info.name}), field {name!r}"
        try:
            read = reader.value(value, where)
        except RecursionError:
            reader.source.fail(where, "it is nested too deeply")
        setattr(made, name, read)
    for name, argument in info.arguments.items():
        if name not in fields and not argument.required and argument.generator is None:
            # Added to the class since.
            value = argument.fresh_default() if argument.factory is not None else argument.default
            if value is not MISSING and not hasattr(type(value), "__xpm_made__"):
                setattr(made, name, value)
