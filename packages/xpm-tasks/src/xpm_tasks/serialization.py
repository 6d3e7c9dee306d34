"""Saving configurations with their files, and loading them elsewhere.

A saved folder holds ``definition.json`` and the content of each `DataPath`, so that it can be moved, or
published.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from xpm_tasks.annotations import DataPath, Param
from xpm_tasks.config import Config, LightweightTask
from xpm_tasks.errors import ConfigurationError, LoadError
from xpm_tasks.loading import check_document, load_instances, read_json, source_of
from xpm_tasks.locations import at, user_location
from xpm_tasks.parameters import write_whole
from xpm_tasks.reading import Source

if TYPE_CHECKING:
    from xpm_tasks.arguments import Argument

#: The file of a saved folder that describes what it holds.
DEFINITION = "definition.json"


class SerializedPath(NamedTuple):
    """A file or folder that travels with a saved configuration."""

    #: Relative to the saved folder.
    path: Path
    #: It is a folder.
    is_folder: bool = False


class SerializationContext:
    """Where the files of saved configurations go. Override `serialize` to send them elsewhere.

    Args:
        save_directory: The saved folder; None to leave files where they are.
    """

    def __init__(self, save_directory: Path | str | None = None) -> None:
        self.save_directory = Path(save_directory) if save_directory is not None else None

    def serialize(self, var_path: list[str], data_path: Path) -> SerializedPath | None:
        """Copy a file or folder.

        Args:
            var_path: What it is, as folders: the number of the configuration, and the parameter.
            data_path: Where it is.

        Returns:
            Where it is in the saved folder, or None to keep the path as it is.
        """
        if self.save_directory is None:
            return None
        relative = Path("data", *var_path, data_path.name)
        target = self.save_directory / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        if data_path.is_dir():
            shutil.copytree(data_path, target, dirs_exist_ok=True)
            return SerializedPath(relative, True)
        shutil.copy2(data_path, target)
        return SerializedPath(relative, False)


class SerializationLWTask(LightweightTask):
    """An init task that gives a saved configuration its state."""

    value: Param[Config]


class PathSerializationLWTask(SerializationLWTask):
    """The same, from a file that travels with it."""

    path: DataPath


# --- Writing ---


def state_dict(context: Any, value: Any = None) -> dict[str, Any]:
    """Describe a configuration, or a list, tuple, set or dictionary of them, as JSON.

    Args:
        context: Where files go (`SerializationContext`). It may be left out: ``state_dict(value)``.
        value: What to describe.

    Returns:
        What `from_state_dict` takes.
    """
    if not isinstance(context, SerializationContext):
        context, value = SerializationContext(), context
    from xpm_tasks.__about__ import __version__
    from xpm_tasks.dump import VERSION, Dumper
    from xpm_tasks.walk import configs_in

    dumper = Dumper(data=_DataWriter(context))
    objects: list[dict[str, Any]] = []
    roots = configs_in(value)
    if not roots:
        raise ConfigurationError(f"there is no configuration to save in {value!r}{at(user_location())}")
    for root in roots:
        _complete(root)
        objects.extend(dumper.objects(root))
    return {"version": VERSION, "xpm-tasks": __version__, "objects": objects, "data": dumper.value(value)}


def _complete(root: Config) -> None:
    from xpm_tasks.seal import validate

    validate(root)


class _DataWriter:
    """Hands the files of configurations to a context, each configuration once."""

    def __init__(self, context: SerializationContext) -> None:
        self._context = context
        self._done: dict[int, tuple[Any, dict[str, Any]]] = {}

    def __call__(self, number: int, config: Config, argument: Argument, path: Path) -> Any:
        if id(config) not in self._done:
            handed = _Numbered(self._context, number)
            try:
                self._done[id(config)] = (config, config.__xpm_serialize__(handed))
            except OSError as error:
                info = config.__xpm__
                raise ConfigurationError(
                    f"{info.type.name}.{argument.name} cannot be saved: {error}{at(info.location)}"
                ) from error
        saved = self._done[id(config)][1].get(argument.name)
        if saved is None:
            return {"type": "path", "value": path.as_posix()}
        return {"type": "path.serialized", "value": saved.path.as_posix(), "is_folder": saved.is_folder}


class _Numbered(SerializationContext):
    """The context of one configuration: the folders of two never mix."""

    def __init__(self, context: SerializationContext, number: int) -> None:
        super().__init__(context.save_directory)
        self._context = context
        self._number = number

    def serialize(self, var_path: list[str], data_path: Path) -> SerializedPath | None:
        return self._context.serialize([str(self._number), *var_path], data_path)


def save(value: Any, save_directory: Path | str) -> None:
    """Save configurations, with the content of their `DataPath`.

    Args:
        value: A configuration, or a list, tuple, set or dictionary of them.
        save_directory: The folder; it is made if needed.
    """
    folder = Path(save_directory)
    folder.mkdir(parents=True, exist_ok=True)
    state = state_dict(SerializationContext(folder), value)
    write_whole(folder / DEFINITION, json.dumps(state, indent=1).encode() + b"\n")


def serialize(
    config: Config, save_directory: Path | str, *, init_tasks: Sequence[LightweightTask] = ()
) -> None:
    """Save a configuration with the init tasks that give it its state (see `deserialize`)."""
    save({"config": config, "init_tasks": list(init_tasks)}, save_directory)


# --- Reading ---


def from_state_dict(
    state: dict[str, Any],
    path: Path | str | Callable[[Path], Path] | None = None,
    *,
    as_instance: bool = False,
) -> Any:
    """Make what `state_dict` described.

    Args:
        state: The description.
        path: The folder that holds the files, or a function from their relative path to where they are.
        as_instance: Make instances instead of configurations.

    Raises:
        LoadError: the description is not right.
    """
    data = path if path is None or callable(path) else Path(path)
    return _read(state, Source("the description", data=data), as_instance)


def load(save_directory: Path | str, *, as_instance: bool = False) -> Any:
    """Load what `save` saved.

    Args:
        save_directory: The folder.
        as_instance: Make instances instead of configurations.

    Raises:
        LoadError: the folder does not hold it.
    """
    folder = Path(save_directory)
    file = folder / DEFINITION
    return _read(read_json(file), Source(file, data=folder), as_instance)


def deserialize(save_directory: Path | str, *, as_instance: bool = False) -> Any:
    """Load what `serialize` saved.

    Args:
        save_directory: The folder.
        as_instance: Make the instance, and run the init tasks.

    Returns:
        The configuration and its init tasks, to be given to ``submit(init_tasks=...)``; or the instance.
    """
    loaded = load(save_directory, as_instance=as_instance)
    if not isinstance(loaded, dict) or set(loaded) != {"config", "init_tasks"}:
        raise LoadError(f"{save_directory}: it was not written by serialize(): use load()")
    if not as_instance:
        return loaded["config"], loaded["init_tasks"]
    for task in loaded["init_tasks"]:
        task.execute()
    return loaded["config"]


def from_task_dir(path: Path | str, *, as_instance: bool = False) -> Any:
    """Load the task whose job ran in a folder.

    Args:
        path: The folder of the job.
        as_instance: Make the instance instead of the configuration.

    Raises:
        LoadError: it is not the folder of a job.
    """
    file = Path(path) / "params.json"
    document = read_json(file)
    return _read(document, source_of(document, file), as_instance)


def _read(document: Any, source: Source, as_instance: bool) -> Any:
    objects = check_document(document, source.name)
    if as_instance:
        return _instances(document, objects, source)
    from xpm_tasks.rebuilding import Rebuilder

    rebuilder = Rebuilder(source)
    rebuilder.add(objects)
    rebuilder.close(objects)
    return rebuilder.value(document.get("data", {"type": "python", "value": objects[-1]["id"]}), "data")


def _instances(document: dict[str, Any], objects: list[dict[str, Any]], source: Source) -> Any:
    data = document.get("data")
    made, init_tasks = load_instances(objects, source, data)
    for task in init_tasks:
        task.execute()
    return made
