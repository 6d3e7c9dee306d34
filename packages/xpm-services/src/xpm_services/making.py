"""Makes services again from what is stored of them, in a process that may know nothing of their classes."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from xpm_services.arguments import PathTranslator, call_with, decode
from xpm_services.errors import CannotMake
from xpm_services.service import Service


def make_service(content: Mapping[str, Any]) -> Service:
    """Make a service from its entry in `services.json` (`xpm_workspace.services.ServiceMaker`)."""
    return resolve_service(content)


def resolve_service(
    content: Mapping[str, Any] | str, path_translator: PathTranslator | None = None
) -> Service:
    """Make a service from what is stored of it; it is not started, and belongs to no experiment yet.

    Args:
        content: its entry in `services.json` (`ServiceRecord.content`); or `module:Class`, for one that needs
            no arguments.
        path_translator: gets each stored path as text and returns where it is today.

    Raises:
        CannotMake: its class is not found here, or not all that it needs is stored.
    """
    if isinstance(content, str):
        content = {"class": content, "arguments": {}}
    name = content.get("class")
    if not isinstance(name, str):
        raise CannotMake("it is not stored which class the service is of")
    if "not_storable" in content:
        raise CannotMake(
            f"what the constructor of {name} was given is not all stored ({content['not_storable']}): "
            "define `state_dict` in the class"
        )
    folders = content.get("python_path")
    file = content.get("file")
    cls = class_named(
        name,
        file=file if isinstance(file, str) else None,
        python_path=[f for f in folders if isinstance(f, str)] if isinstance(folders, list) else [],
    )
    arguments = content.get("arguments")
    service = make(cls, arguments if isinstance(arguments, Mapping) else {}, path_translator)
    stored = content.get("id")
    if isinstance(stored, str):
        service.id = stored  # it may have been set after the constructor
    return service


def make(cls: type[Service], data: Mapping[str, Any], path_translator: PathTranslator | None) -> Service:
    """Call the constructor of a service; see `Service.from_state_dict`."""
    try:
        made = call_with(cls, decode(data, path_translator))
    except TypeError as error:
        secret = f" (not stored: {', '.join(cls.secret_fields)})" if cls.secret_fields else ""
        raise CannotMake(f"{cls.__qualname__} cannot be made again{secret}: {error}") from error
    assert isinstance(made, Service)
    return made


def class_named(name: str, *, file: str | None = None, python_path: list[str] | None = None) -> type[Service]:
    """Import the class of a service.

    Args:
        name: `module:Class`.
        file: where the module was; another one of its name is not taken for it.
        python_path: folders where it finds its imports.

    Raises:
        CannotMake: it cannot be imported, or is no service.
    """
    module_name, _, path = name.partition(":")
    if "<locals>" in path:
        raise CannotMake(f"the class {name} is local to a function: put it at the top of a module")
    for folder in python_path or []:
        if folder not in sys.path:
            sys.path.append(folder)
    try:
        found: Any = _module(module_name, file)
        for part in path.split("."):
            found = getattr(found, part)
    except CannotMake:
        raise
    except Exception as error:  # whatever the module of a user raises
        raise CannotMake(f"{name} cannot be imported: {type(error).__name__}: {error}") from error
    if not (isinstance(found, type) and issubclass(found, Service)):
        raise CannotMake(f"{name} is not a Service")
    return found


def _module(name: str, file: str | None) -> ModuleType:
    if name == "__main__":
        return _script(file)
    if file is None or not os.path.exists(file):
        return importlib.import_module(name)
    loaded = sys.modules.get(name)
    if loaded is None:
        spec = importlib.util.find_spec(name)
        if spec is not None and _same(spec.origin, file):
            return importlib.import_module(name)
    elif _same(getattr(loaded, "__file__", None), file):
        return loaded
    if "." in name:
        raise CannotMake(
            f"another {name} than {file} is imported here: start this service from a monitor of its own"
        )
    # Every experiment has its `experiment.py`: this one's gets a name of its own.
    return _load(file)


def _script(file: str | None) -> ModuleType:
    if file is None or not os.path.exists(file):
        raise CannotMake("its class was in an interactive session or a script that is gone")
    main = sys.modules["__main__"]
    if _same(getattr(main, "__file__", None), file):
        return main
    if not _is_guarded(Path(file)):
        raise CannotMake(
            f"its class is in the script {file}, which runs the experiment when it is imported: put the "
            'class into a module of its own, or the experiment under `if __name__ == "__main__":`'
        )
    return _load(file)


def _is_guarded(script: Path) -> bool:
    """Whether a script has `if __name__ == "__main__":` at its top level."""
    tests = [node.test for node in ast.parse(script.read_bytes()).body if isinstance(node, ast.If)]
    names = {node.id for test in tests for node in ast.walk(test) if isinstance(node, ast.Name)}
    return "__name__" in names


def _load(file: str) -> ModuleType:
    name = f"_xpm_service_{hashlib.sha256(os.fsencode(os.path.realpath(file))).hexdigest()[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise CannotMake(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _same(path: str | None, other: str) -> bool:
    try:
        return path is not None and os.path.samefile(path, other)
    except OSError:
        return False
