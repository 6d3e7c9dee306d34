"""Bringing the user's modules in: python path, environment, pre-experiment, the module with `run`."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from xpm_cli.helper import DecoratedRun, ExperimentHelper
from xpm_cli.user_errors import UserCodeError, guarded
from xpm_cli.user_run import read_signature
from xpm_config import BaseOptions

__all__ = ["UserCodeError", "UserExperiment", "guarded", "load_experiment"]

_NO_RUN = "write `def run(helper, cfg): ...`"


@dataclass(frozen=True)
class UserExperiment:
    """The function that describes an experiment, and the class of its configuration."""

    #: `run(helper, cfg)`.
    run: Callable[[Any, Any], Any]
    #: Class of `cfg`.
    schema: type
    #: Makes the helper.
    make_helper: Callable[[], ExperimentHelper]
    #: Folder of the module with `run`.
    folder: Path


def load_experiment(options: BaseOptions, environ: Mapping[str, str] | None = None) -> UserExperiment:
    """Import the user's experiment: python path, environment, pre-experiment, the module with `run`.

    Args:
        options: what the YAML says.
        environ: variables to set before anything of the user's is imported.

    Raises:
        ConfigurationError: a file is not there.
        UserCodeError: a module raised, or has no fitting `run`.
    """
    options.check_files()
    _leave_logging_to_the_user()
    _set_python_path(options)
    os.environ.update(environ or {})
    if options.pre_experiment_file is not None:
        with guarded(f"the pre-experiment {options.pre_experiment_file}", hint=_import_hint):
            _import_file(options.pre_experiment_file, "__xpm_pre_experiment__")
    elif options.pre_experiment_module is not None:
        _import_module("pre-experiment", options.pre_experiment_module, options)
    if options.module is not None:
        module = _import_module("module", options.module, options)
    else:
        assert options.file is not None
        module = _import_experiment_file(options.file)
    return _find_run(module)


def _leave_logging_to_the_user() -> None:
    """Let `logging.basicConfig` of the user's code work: it does nothing when there is a handler already.

    Until there is one, messages look as in the other commands.
    """
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if type(handler) is logging.StreamHandler:  # that of `log.set_up_logging`
            root.removeHandler(handler)
            logging.lastResort = handler


def _set_python_path(options: BaseOptions) -> None:
    """Put the folders first, in order; that of the experiment's file last if it is not among them.

    A job process imports the tasks of that file by its name.
    """
    for folder in reversed(options.pythonpath):
        if str(folder) in sys.path:
            sys.path.remove(str(folder))
        sys.path.insert(0, str(folder))
    if options.file is not None and str(options.file.parent) not in sys.path:
        sys.path.append(str(options.file.parent))
    importlib.invalidate_caches()


def _import_module(what: str, name: str, options: BaseOptions) -> ModuleType:
    def hint(error: BaseException) -> str:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if missing is None or not f"{name}.".startswith(f"{missing}."):
            return _import_hint(error)
        # The module itself is not found: say where it was looked for.
        package = sys.modules.get(missing.rpartition(".")[0])
        folders = getattr(package, "__path__", options.pythonpath)
        where = f"it is not in {', '.join(map(str, folders))}" + ("" if package else ", nor installed")
        return f"; {where}: correct the name, or set `pythonpath`"

    with guarded(f"the {what} {name}", hint=hint):
        return importlib.import_module(name)


def _import_hint(error: BaseException) -> str:
    """What to do about a module that the user's code imports."""
    if isinstance(error, ModuleNotFoundError):
        return "; install it, or add the folder where it is to `pythonpath`"
    return ""


def _import_experiment_file(path: Path) -> ModuleType:
    """Import `path` under the name of its file, the one under which a job process finds it again."""
    name = path.stem
    if "." in name:  # a job process would look for a module in a package
        raise UserCodeError(f"{path} cannot be imported, its name has a dot: rename it")
    known = sys.modules.get(name)
    other = getattr(known, "__file__", None)
    if name in sys.stdlib_module_names or (known is not None and (not other or Path(other) != path)):
        raise UserCodeError(f"{path} has the name of another module, {name!r}: rename the file")

    def hint(error: BaseException) -> str:
        relative = isinstance(error, ImportError) and "relative import" in str(error)
        return (
            f"; in a package, set `module: {path.parent.name}.{name}` instead of `file`" if relative else ""
        )

    with guarded(f"the file {path}", hint=hint):
        return _import_file(path, name)


def _import_file(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UserCodeError(f"{path} is not a Python file: its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _find_run(module: ModuleType) -> UserExperiment:
    where = getattr(module, "__file__", None) or module.__name__
    run = getattr(module, "run", None)
    if run is None:
        raise UserCodeError(f"{where} has no function `run`: {_NO_RUN}")
    folder = Path(where).absolute().parent
    if isinstance(run, DecoratedRun):
        _, schema = read_signature(run.function, where)
        make_helper = _guarded_maker(run.make_helper, run.helper_class, where)
        return UserExperiment(run.function, schema, make_helper, folder)
    if not callable(run):
        raise UserCodeError(f"`run` in {where} is not a function: {_NO_RUN}")
    helper_class, schema = read_signature(run, where)
    return UserExperiment(run, schema, _guarded_maker(lambda: helper_class(run), helper_class, where), folder)


def _guarded_maker(
    make: Callable[[], ExperimentHelper], helper_class: type, where: str
) -> Callable[[], ExperimentHelper]:
    def make_helper() -> ExperimentHelper:
        with guarded(f"the helper {helper_class.__name__} of `run` in {where}"):
            return make()

    return make_helper
