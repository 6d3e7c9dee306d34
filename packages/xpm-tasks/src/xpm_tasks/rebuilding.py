"""From JSON objects back to configurations: not sealed, so that they can be put into new ones."""

from __future__ import annotations

import warnings
from typing import Any

from xpm_tasks.errors import LoadError, XpmTasksError
from xpm_tasks.loading import fields_of, find_class, init_tasks_of
from xpm_tasks.reading import Reader, Source


class Rebuilder:
    """Makes configurations; objects that share parts share them again.

    Args:
        source: What values are read against.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self._reader = Reader(source)

    def add(self, objects: list[dict[str, Any]]) -> None:
        """Make the configurations of some objects. They may refer to each other in any order."""
        made = self._reader.made
        for item in objects:
            number, cls = find_class(item, self.source)
            if number in made:
                self.source.fail(f"object {number}", "another object has the same number")
            made[number] = _blank(cls)
        for item in objects:
            self._fill(made[item["id"]], item)
        for item in objects:
            self._mark(made[item["id"]], item)

    def value(self, value: Any, where: str) -> Any:
        """Read a value that refers to them."""
        try:
            return self._reader.value(value, where)
        except RecursionError:
            self.source.fail(where, "it is nested too deeply")

    def _fill(self, config: Any, item: dict[str, Any]) -> None:
        info = config.__xpm__
        where = f"object {item['id']} ({info.type.name})"
        for name, value in fields_of(item, self.source).items():
            argument = info.type.arguments.get(name)
            if argument is None:
                warnings.warn(
                    f"{self.source.name}: {where}: the class has no parameter {name!r} any more: its "
                    "value is dropped",
                    UserWarning,
                    stacklevel=4,
                )
                continue
            read = self.value(value, f"{where}, field {name!r}")
            if argument.constant:
                # What it was when it was saved: this is what the identifier was made from.
                config.__dict__[name] = read
                continue
            try:
                info.store(argument, read)
            except LoadError:
                raise
            except (XpmTasksError, TypeError) as error:
                raise LoadError(f"{self.source.name}: {where}: {error}") from error

    def _mark(self, config: Any, item: dict[str, Any]) -> None:
        info = config.__xpm__
        where = f"object {item['id']} ({info.type.name})"
        meta = item.get("meta")
        if meta is not None and not isinstance(meta, bool):
            self.source.fail(where, "meta was expected to be true or false")
        info.meta = meta
        tasks = [self._reader.reference(number, where) for number in init_tasks_of(item, self.source)]
        info.init_tasks = tuple(tasks)
        generated = item.get("generated", [])
        if not isinstance(generated, list):
            self.source.fail(where, "generated was expected to be a list of fields")
        names = frozenset(
            name for name in info.type.arguments if name in generated and name in config.__dict__
        )
        # A factory gave them; only paths belong to one task.
        info.defaulted = frozenset(name for name in names if info.type.arguments[name].generator is None)
        info.generated = names - info.defaulted
        if item.get("task") is not None:
            info.output_of = self._reader.reference(item["task"], where)

    def mark(self, output: Any, task: Any) -> None:
        """Say that a configuration is made by a task, both given by their numbers."""
        maker = self._reader.reference(task, f"output {output!r}")
        self._reader.reference(output, f"output {output!r}").__xpm__.output_of = maker

    def close(self, objects: list[dict[str, Any]]) -> None:
        """Give the tasks that made some objects the identifiers they had: those name their folders.

        They cannot be computed again, since what a task makes may be part of it.
        """
        from xpm_tasks.seal import NOTHING

        for item in objects:
            task = self._reader.made[item["id"]].__xpm__.output_of
            if task is not None and not task.__xpm__.sealed:
                task.__xpm__.sealed = True
                task.__xpm__.summary = NOTHING
        for item in objects:
            info = self._reader.made[item["id"]].__xpm__
            if info.sealed:
                info.digest = _digest(item)


def _digest(item: dict[str, Any]) -> bytes | None:
    identifier = item.get("identifier")
    try:
        digest = bytes.fromhex(identifier) if isinstance(identifier, str) else b""
    except ValueError:
        return None
    return digest if len(digest) == 32 else None


def _blank(cls: Any) -> Any:
    from xpm_tasks.information import ConfigInformation
    from xpm_tasks.locations import user_location

    made = object.__new__(cls.XPMConfig)
    made.__dict__["__xpm__"] = ConfigInformation(made, cls.__xpmtype__, user_location())
    return made
