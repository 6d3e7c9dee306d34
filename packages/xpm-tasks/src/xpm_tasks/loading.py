"""From JSON objects back to configurations or instances.

This is on the way of every job: it imports little, and makes instances directly, without configurations.
Nothing is ever unpickled, and whatever the file holds, what is raised is a `LoadError`.
"""

from __future__ import annotations

import os
from typing import Any

from xpm_tasks.errors import LoadError, VersionError
from xpm_tasks.fields import MISSING
from xpm_tasks.reading import Reader, Source, find_object
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


def read_json(path: str | os.PathLike[str]) -> Any:
    """Read a JSON file.

    Raises:
        LoadError: it cannot be read, or is not JSON.
    """
    import json

    try:
        with open(path, "rb") as file:
            return json.loads(file.read())
    except OSError as error:
        raise LoadError(f"{path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise LoadError(f"{path}: it is not JSON: {error}") from None


def source_of(document: Any, params: str | os.PathLike[str]) -> Source:
    """What the values of a job's `params.json` are read against."""
    workspace = document.get("workspace") if isinstance(document, dict) else None
    return Source(
        params, job=os.path.dirname(params), workspace=workspace if isinstance(workspace, str) else None
    )


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


def load_instances(objects: list[dict[str, Any]], source: Source, data: Any = None) -> tuple[Any, list[Any]]:
    """Make the instances of objects.

    Args:
        objects: The objects of a document.
        source: What values are read against.
        data: The value to make from them; by default, the last object.

    Returns:
        What was made, and the instances of the init tasks to run before it is used.
    """
    reader = Reader(source)
    if data is None:
        data = {"type": "python", "value": objects[-1].get("id")}
    needed = _needed(objects, data, source)
    for item in needed:
        number, cls = find_class(item, source)
        reader.made[number] = _blank(cls, item, source)
    for item in needed:
        _fill(item, reader)
    made = _value(reader, data, "data")
    for item in needed:
        reader.made[item["id"]].__post_init__()
    init_tasks = [
        reader.reference(number, "init-tasks")
        for item in needed
        # The init tasks of another task belong to the job of that task.
        if reader.made[item["id"]] is made or not _is_task(reader, item)
        for number in init_tasks_of(item, source)
    ]
    return made, init_tasks


def _value(reader: Reader, value: Any, where: str) -> Any:
    try:
        return reader.value(value, where)
    except RecursionError:
        reader.source.fail(where, "it is nested too deeply")


def _is_task(reader: Reader, item: dict[str, Any]) -> bool:
    from xpm_tasks.tasks import Task

    return isinstance(reader.made[item["id"]], Task)


def _needed(objects: list[dict[str, Any]], data: Any, source: Source) -> list[dict[str, Any]]:
    """The objects that a value holds, in order: tasks that only made one of them are left out."""
    by_id = {}
    for item in objects:
        number = item.get("id")
        if not isinstance(number, int) or number in by_id:
            source.fail(f"object {number!r}", "an object has a number of its own as its id")
        by_id[number] = item
    wanted: set[int] = set()
    stack = _references(data)
    while stack:
        number = stack.pop()
        if number in wanted:
            continue
        if number not in by_id:
            source.fail(f"object {number!r}", "there is no such object")
        wanted.add(number)
        item = by_id[number]
        stack.extend(_references(fields_of(item, source)))
        stack.extend(init_tasks_of(item, source))
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


def init_tasks_of(item: dict[str, Any], source: Source) -> list[int]:
    """The numbers of the init tasks of an object."""
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
        setattr(made, name, _value(reader, value, where))
    if all(name in fields for name in info.declared_names()):
        return  # no need to read the annotations
    for name, argument in info.arguments.items():
        if name not in fields and not argument.required and argument.generator is None:
            # Added to the class since.
            value = argument.fresh_default() if argument.factory is not None else argument.default
            if value is not MISSING and not hasattr(type(value), "__xpm_made__"):
                setattr(made, name, value)
