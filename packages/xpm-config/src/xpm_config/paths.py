"""Paths of the experiment: pure functions that the command line builds on."""

from __future__ import annotations

import os
from pathlib import Path


def resolve_path(name: str, folder: Path) -> Path:
    """Return the absolute path of `name`, relative to the folder of the YAML file that wrote it."""
    return Path(os.path.abspath(folder / os.path.expanduser(name)))


def resolve_python_file(name: str, folder: Path) -> Path:
    """Return the path of a Python file given with or without ``.py``.

    The path that is returned may not exist: it is then the name with ``.py``, the one to show in a message.
    """
    path = resolve_path(name, folder)
    if path.suffix == ".py" or os.path.isfile(path):
        return path
    return path.with_name(path.name + ".py")


def is_python_file(name: str) -> bool:
    """Whether ``pre_experiment: NAME`` is a file (it has a ``/`` or ends in ``.py``) and not a module."""
    return "/" in name or os.sep in name or name.endswith(".py")


def default_pythonpath(module: str, folder: Path) -> Path:
    """Return the folder to import `module` from, when the YAML file is next to the module.

    ``first_stage.experiment`` described in ``first_stage/full.yaml`` needs the folder that holds
    ``first_stage``: one folder up for each package of the dotted name.

    Args:
        module: Dotted name of the module.
        folder: Folder of the YAML file that wrote `module`.
    """
    return Path(os.path.abspath(folder.joinpath(*[".."] * module.count("."))))
