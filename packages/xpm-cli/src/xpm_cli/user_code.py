"""Bringing the user's modules in: python path, pre-experiment, the module with `run`, and its schema."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
import traceback
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from xpm_cli import exit_codes
from xpm_cli.helper import DecoratedRun, ExperimentHelper
from xpm_config import BaseOptions, ConfigurationBase

_OUR_FOLDER = os.path.dirname(os.path.abspath(__file__))


class UserCodeError(Exception):
    """The user's code is wrong: it raised, or `run` is not there or not as expected.

    Attributes:
        frames: where, in the user's own files only; empty when the place is in the message.
        exit_code: what the command exits with.
    """

    def __init__(self, message: str, *, frames: str = "", exit_code: int = exit_codes.WRONG_USE) -> None:
        super().__init__(message)
        self.frames = frames
        self.exit_code = exit_code


@dataclass(frozen=True)
class UserExperiment:
    """The function that describes an experiment, and the class of its configuration."""

    #: `run(helper, cfg)`.
    run: Callable[[Any, Any], Any]
    #: Class of `cfg`.
    schema: type
    #: Makes the helper.
    make_helper: Callable[[], ExperimentHelper]


def load_experiment(options: BaseOptions) -> UserExperiment:
    """Import the user's experiment: python path, then pre-experiment, then the module with `run`.

    Raises:
        ConfigurationError: a file is not there.
        UserCodeError: a module raised, or has no fitting `run`.
    """
    options.check_files()
    for folder in reversed(options.pythonpath):
        if str(folder) in sys.path:
            sys.path.remove(str(folder))
        sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    if options.pre_experiment_file is not None:
        with guarded(f"the pre-experiment {options.pre_experiment_file}"):
            _import_file(options.pre_experiment_file, "__xpm_pre_experiment__")
    elif options.pre_experiment_module is not None:
        with guarded(f"the pre-experiment {options.pre_experiment_module}"):
            importlib.import_module(options.pre_experiment_module)
    if options.module is not None:
        with guarded(f"the module {options.module}"):
            module = importlib.import_module(options.module)
    else:
        assert options.file is not None
        module = _import_experiment_file(options.file)
    return _find_run(module)


@contextmanager
def guarded(
    what: str,
    *,
    exit_code: int = exit_codes.WRONG_USE,
    passing: tuple[type[BaseException], ...] = (),
) -> Iterator[None]:
    """Turn whatever the user's code raises into one line and the user's own frames.

    Args:
        what: the code, for the message.
        exit_code: what the command exits with.
        passing: exceptions that mean something else than a mistake.

    Raises:
        UserCodeError: the code raised.
    """
    try:
        yield
    except (KeyboardInterrupt, UserCodeError):
        raise
    except passing:
        raise
    except SystemExit as error:
        raise UserCodeError(f"{what} called sys.exit({error.code!r})", exit_code=exit_code) from error
    except BaseException as error:
        frames = user_frames(error)
        raise UserCodeError(
            f"{what} failed: {type(error).__name__}: {error}", frames=frames, exit_code=exit_code
        ) from error


def user_frames(error: BaseException) -> str:
    """Format where an error comes from, without our frames and those of the import system."""
    stack = traceback.extract_tb(error.__traceback__)
    kept = [f for f in stack if not f.filename.startswith((_OUR_FOLDER, "<frozen importlib"))]
    lines = traceback.format_list(kept)
    if isinstance(error, SyntaxError):
        lines += traceback.format_exception_only(type(error), error)[:-1]
    return "".join(lines)


def _import_experiment_file(path: Path) -> ModuleType:
    """Import `path` under the name of its file, the one under which a job process finds it again."""
    name = path.stem
    known = sys.modules.get(name)
    other = getattr(known, "__file__", None)
    if name in sys.stdlib_module_names or (known is not None and (not other or Path(other) != path)):
        raise UserCodeError(f"{path} has the name of another module, {name!r}: rename the file")
    with guarded(f"the file {path}"):
        return _import_file(path, name)


def _import_file(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None, path
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
        raise UserCodeError(f"{where} has no function `run`: write `def run(helper, cfg): ...`")
    if isinstance(run, DecoratedRun):
        return UserExperiment(run.function, _schema(run.function, where)[1], run.make_helper)
    if not callable(run):
        raise UserCodeError(f"`run` in {where} is not a function: write `def run(helper, cfg): ...`")
    helper_class, schema = _schema(run, where)
    return UserExperiment(run, schema, lambda: helper_class(run))


def _schema(run: Callable[..., Any], where: str) -> tuple[type[ExperimentHelper], type]:
    """The classes of the two parameters of `run`, from their annotations."""
    required = [
        p
        for p in inspect.signature(run).parameters.values()
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    positional = [p for p in required if p.kind is not p.KEYWORD_ONLY]
    if len(required) != 2 or len(positional) != 2:
        raise UserCodeError(
            f"`run` in {where} takes {len(required)} parameters instead of two: `def run(helper, cfg): ...`"
        )
    try:
        hints = typing.get_type_hints(run)
    except Exception as error:
        raise UserCodeError(
            f"the annotations of `run` in {where} cannot be read: {type(error).__name__}: {error}"
        ) from error
    helper, configuration = (hints.get(p.name) for p in required)
    if not (isinstance(helper, type) and issubclass(helper, ExperimentHelper)):
        helper = ExperimentHelper
    if configuration is None:
        configuration = ConfigurationBase
    elif configuration in (Any, object) or typing.get_origin(configuration) is dict:
        configuration = dict
    if not isinstance(configuration, type):
        raise UserCodeError(
            f"`run` in {where}: the annotation of {required[1].name!r} is not a configuration class"
        )
    return helper, configuration
