"""The parameters of a job, read from `params.json` without importing any of the user's code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from xpm_tasks.errors import LoadError
from xpm_tasks.loading import check_document, read_json
from xpm_workspace.layout import JobLayout

#: Stands for a parameter that one of two configurations does not have.
ABSENT = "(absent)"

#: Configurations nested deeper than this are neither shown nor compared.
_MAX_DEPTH = 100


class ConfigObject(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration in a parameter file."""

    #: Its number in the file.
    number: int
    #: Name of its class, with the module.
    type: str
    #: What distinguishes it, if that was written.
    identifier: str | None = None
    #: Whether it is outside of all identifiers (`setmeta`).
    meta: bool = False
    #: Number of the task that made it.
    task: int | None = None
    #: Numbers of its init tasks.
    init_tasks: tuple[int, ...] = ()
    #: Values as they stand in the file.
    fields: dict[str, Any] = {}

    @property
    def short(self) -> str:
        """Name of its class, without the module."""
        return self.type.rpartition(".")[2]


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a parameter file."""

    #: Configurations by number.
    objects: dict[int, ConfigObject]
    #: Number of the task.
    root: int

    @property
    def task(self) -> ConfigObject:
        """The task itself."""
        return self.objects[self.root]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter, for display."""

    #: From the task on: `model.layers`, `data[0]`, `options{a}`.
    path: str
    #: Its value as text; for a configuration, the name of its class.
    value: str


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter that two jobs do not share."""

    #: From the task on.
    path: str
    #: Its value in the first job.
    a: str
    #: Its value in the second one.
    b: str
    #: Whether it makes the identifiers differ: `None` when the file does not tell.
    in_identifier: bool | None = None


def read_parameters(job: JobLayout) -> Parameters:
    """Read the parameters of a job.

    Raises:
        LoadError: the file is missing, or cannot be understood.
    """
    return parse_parameters(read_json(job.params), job.params)


def parse_parameters(document: Any, source: object) -> Parameters:
    """Take in the content of a parameter file.

    Args:
        document: the content, as JSON values.
        source: its name, for messages.

    Raises:
        LoadError: it cannot be understood.
    """
    items = check_document(document, source)
    objects = {}
    for item in items:
        read = _read_object(item)
        if read is None:
            raise LoadError(f"{source}: object {item.get('id')!r} cannot be understood")
        objects[read.number] = read
    return Parameters(objects=objects, root=items[-1]["id"])


def _read_object(item: dict[str, Any]) -> ConfigObject | None:
    number, task, fields = item.get("id"), item.get("task"), item.get("fields", {})
    identifier = item.get("identifier")
    init_tasks = item.get("init-tasks", [])
    if not isinstance(number, int) or not isinstance(fields, dict) or not isinstance(init_tasks, list):
        return None
    if _is_too_deep(fields):
        return None
    return ConfigObject(
        number=number,
        type=_type_name(item),
        identifier=identifier if isinstance(identifier, str) else None,
        meta=item.get("meta") is True,
        task=task if isinstance(task, int) else None,
        init_tasks=tuple(n for n in init_tasks if isinstance(n, int)),
        fields=fields,
    )


def _type_name(item: dict[str, Any]) -> str:
    name, module, short = item.get("typename"), item.get("module"), item.get("type")
    if isinstance(name, str):
        return name
    return f"{module}.{short}" if isinstance(module, str) and isinstance(short, str) else "?"


def _is_too_deep(value: Any) -> bool:
    """Whether walking down a value would take more stack than is sensible."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner += item.values()
            elif isinstance(item, list):
                inner += item
        if not inner:
            return False
        level = inner
    return True


# --- Showing ---


def lines(parameters: Parameters) -> Iterator[Line]:
    """Yield the parameters of the task and of what it holds; what was shown before is referred to.

    What other tasks made is named and not opened: those are jobs of their own.
    """
    yield from _object_lines(parameters, parameters.root, "", {}, 0)


def _object_lines(
    parameters: Parameters, number: int, path: str, shown: dict[int, str], depth: int
) -> Iterator[Line]:
    shown[number] = path
    config = parameters.objects[number]
    for name, value in config.fields.items():
        yield from _value_lines(parameters, value, f"{path}.{name}" if path else name, shown, depth)
    for position, task in enumerate(config.init_tasks):
        yield from _value_lines(parameters, _to(task), f"{path}<init task {position}>", shown, depth)


def _value_lines(
    parameters: Parameters, value: Any, path: str, shown: dict[int, str], depth: int
) -> Iterator[Line]:
    number = _reference(parameters, value)
    if number is not None:
        config = parameters.objects[number]
        if number in shown:
            yield Line(path=path, value=f"{config.short}, as {shown[number] or 'the task'}")
        elif config.task is not None and config.task in parameters.objects:
            shown[number] = path
            maker = parameters.objects[config.task]
            yield Line(path=path, value=f"{config.short}, made by {_job_name(maker)}")
        else:
            yield Line(path=path, value=config.short)
            if depth < _MAX_DEPTH:
                yield from _object_lines(parameters, number, path, shown, depth + 1)
        return
    items = _items(value)
    if items is None or not any(_holds_config(parameters, item) for _, item in items):
        yield Line(path=path, value=text(value))
        return
    for key, item in items:
        yield from _value_lines(parameters, item, path + key, shown, depth)


def _job_name(config: ConfigObject) -> str:
    return config.type.lower() + (f"/{config.identifier[:8]}" if config.identifier else "")


def text(value: Any) -> str:
    """Return a value of a parameter file as people would write it."""
    if isinstance(value, dict) and isinstance(value.get("type"), str):
        kind, inner = value["type"], value.get("value")
        if kind in ("path", "path.serialized"):
            base = value.get("base")
            return f"{inner}" if base is None else f"{inner} (in the {base} folder)"
        if kind == "enum":
            return f"{str(value.get('enum')).rpartition('.')[2]}.{inner}"
        if kind in ("set", "tuple") and isinstance(value.get("items"), list):
            items = ", ".join(text(item) for item in value["items"])
            return f"{{{items}}}" if kind == "set" else f"({items})"
        if kind == "float":
            return str(inner)
        if kind == "dict" and (pairs := _pairs(value)) is not None:
            return f"{{{', '.join(f'{text(key)}: {text(item)}' for key, item in pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(text(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {text(item)}' for key, item in value.items())}}}"
    return json.dumps(value, ensure_ascii=False)


# --- Comparing ---


def compare(a: Parameters, b: Parameters) -> list[Difference]:
    """Return the parameters in which two jobs differ.

    Those that make the identifiers differ are told from the others as far as the files tell: what is inside
    of two configurations with the same identifier does not count, and a single difference must be the one
    that counts.
    """
    comparison = _Comparison(a, b)
    comparison.objects(a.root, b.root, "", True)
    found = comparison.found
    open_ = [number for number, difference in enumerate(found) if difference.in_identifier is None]
    if len(open_) == 1:
        found[open_[0]] = msgspec.structs.replace(found[open_[0]], in_identifier=True)
    return found


class _Comparison:
    """Walks down two parameter files at once."""

    def __init__(self, a: Parameters, b: Parameters) -> None:
        self.found: list[Difference] = []
        self._a, self._b = a, b
        self._seen: set[tuple[int, int]] = set()
        self._depth = 0

    def objects(self, number_a: int, number_b: int, path: str, counts: bool) -> None:
        """Compare two configurations.

        Args:
            number_a: number of the first one.
            number_b: number of the second one.
            path: from the task on.
            counts: whether what is in them can make the identifiers of the tasks differ.
        """
        if (number_a, number_b) in self._seen or self._depth > _MAX_DEPTH:
            return
        self._seen.add((number_a, number_b))
        self._depth += 1
        self._fields(self._a.objects[number_a], self._b.objects[number_b], path, counts)
        self._depth -= 1

    def _fields(self, a: ConfigObject, b: ConfigObject, path: str, counts: bool) -> None:
        same = a.identifier is not None and a.identifier == b.identifier and a.type == b.type
        counts = counts and not same and not (a.meta and b.meta)
        if a.type != b.type:
            self._differ(path or "(the task)", a.type, b.type, counts)
        for name in dict.fromkeys([*a.fields, *b.fields]):
            where = f"{path}.{name}" if path else name
            self.values(a.fields.get(name, _NOTHING), b.fields.get(name, _NOTHING), where, counts)
        for number in range(max(len(a.init_tasks), len(b.init_tasks))):
            where = f"{path}<init task {number}>"
            self.values(_nth_task(a, number), _nth_task(b, number), where, counts)
        if a.task is not None or b.task is not None:
            self.values(_maker(a), _maker(b), f"{path}<made by>", counts)

    def values(self, a: Any, b: Any, path: str, counts: bool) -> None:
        """Compare two values."""
        number_a, number_b = _reference(self._a, a), _reference(self._b, b)
        if number_a is not None and number_b is not None:
            self.objects(number_a, number_b, path, counts)
            return
        items_a, items_b = _items(a), _items(b)
        if number_a is None and number_b is None and items_a is not None and items_b is not None:
            others, own = dict(items_b), dict(items_a)
            for key in dict.fromkeys([*own, *others]):
                self.values(own.get(key, _NOTHING), others.get(key, _NOTHING), path + key, counts)
            return
        text_a, text_b = self._text(self._a, a, number_a), self._text(self._b, b, number_b)
        if text_a != text_b:
            self._differ(path, text_a, text_b, counts)

    def _differ(self, path: str, a: str, b: str, counts: bool) -> None:
        self.found.append(Difference(path=path, a=a, b=b, in_identifier=None if counts else False))

    @staticmethod
    def _text(parameters: Parameters, value: Any, number: int | None) -> str:
        if value is _NOTHING:
            return ABSENT
        return text(value) if number is None else parameters.objects[number].type


#: A parameter that is not there; `None` is a value.
_NOTHING = object()


def _nth_task(config: ConfigObject, number: int) -> Any:
    return _to(config.init_tasks[number]) if number < len(config.init_tasks) else _NOTHING


def _maker(config: ConfigObject) -> Any:
    return _NOTHING if config.task is None else _to(config.task)


def _to(number: int) -> dict[str, Any]:
    return {"type": "python", "value": number}


def _reference(parameters: Parameters, value: Any) -> int | None:
    """The number of the configuration that a value is."""
    if not isinstance(value, dict) or value.get("type") != "python":
        return None
    number = value.get("value")
    return number if isinstance(number, int) and number in parameters.objects else None


def _items(value: Any) -> list[tuple[str, Any]] | None:
    """What a container holds, each with what to add to its path."""
    if isinstance(value, dict) and value.get("type") in ("set", "tuple", "dict"):
        items = value.get("items")
        if not isinstance(items, list):
            return None
        pairs = _pairs(value)
        if value["type"] == "dict" and pairs is not None:
            return [(f"[{text(key)}]", item) for key, item in pairs]
        value = items
    if isinstance(value, list):
        return [(f"[{position}]", item) for position, item in enumerate(value)]
    if isinstance(value, dict) and "type" not in value:
        return [(f"[{json.dumps(key, ensure_ascii=False)}]", item) for key, item in value.items()]
    return None


def _pairs(value: dict[str, Any]) -> list[tuple[Any, Any]] | None:
    """The keys and values of a dictionary whose keys are not all text."""
    items = value.get("items")
    if not isinstance(items, list) or not all(isinstance(item, list) and len(item) == 2 for item in items):
        return None
    return [(key, item) for key, item in items]


def _holds_config(parameters: Parameters, value: Any) -> bool:
    if _reference(parameters, value) is not None:
        return True
    return any(_holds_config(parameters, item) for _, item in _items(value) or [])
