"""The user's `launchers.py`: code that chooses a launcher. Read again when it changes."""

from __future__ import annotations

import hashlib
import inspect
import linecache
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from xpm_scheduler.launcherfinder.errors import LaunchersFileError
from xpm_scheduler.launcherfinder.specs import HostRequirement
from xpm_scheduler.launchers.base import Launcher

_OUR_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep
_SIGNATURE = "def find_launcher(requirements, tags=set()):"


class LaunchersFile:
    """One such file."""

    def __init__(self, path: Path) -> None:
        #: Where it is; it may not exist.
        self.path = path
        self._version: tuple[int, ...] | None = None
        self._function: Callable[[HostRequirement, set[str]], Any] | None = None
        self._lock = threading.RLock()

    def find(self, requirements: HostRequirement, tags: set[str]) -> Launcher | None:
        """Ask the user's function for a launcher.

        Raises:
            FileNotFoundError: there is no such file.
            LaunchersFileError: the file raised, or is not as expected.
        """
        function = self._load()
        with self._guarded("find_launcher failed"):
            launcher = function(requirements, tags)
        if launcher is not None and not isinstance(launcher, Launcher):
            found = f"an object of type {type(launcher).__name__}"
            if isinstance(launcher, type):
                found = f"the class {launcher.__name__}; write {launcher.__name__}()"
            raise LaunchersFileError(self.path, f"find_launcher returned {found}, not a launcher or None")
        return launcher

    def _load(self) -> Callable[[HostRequirement, set[str]], Any]:
        with self._lock:
            try:
                with open(self.path, "rb") as file:
                    status = os.fstat(file.fileno())
                    version = (status.st_ino, status.st_mtime_ns, status.st_size)
                    if self._function is not None and version == self._version:
                        return self._function
                    source = file.read()
            except FileNotFoundError:
                raise
            except OSError as error:
                raise LaunchersFileError(self.path, f"cannot be read: {error.strerror}") from error
            self._function = self._checked(self._execute(source))
            self._version = version
            return self._function

    def _execute(self, source: bytes) -> ModuleType:
        # Not through the import system: its cache in `__pycache__` takes a file that was changed twice within
        # a second for the same.
        name = f"xpm_launchers_{hashlib.sha256(os.fsencode(self.path)).hexdigest()[:8]}"
        module = ModuleType(name)
        module.__file__ = str(self.path)
        linecache.checkcache(str(self.path))
        before = sys.modules.get(name)
        sys.modules[name] = module  # dataclasses, for one, look their module up
        try:
            with self._guarded("cannot be loaded"):
                exec(compile(source, str(self.path), "exec", dont_inherit=True), module.__dict__)
        except BaseException:
            del sys.modules[name]
            if before is not None:
                sys.modules[name] = before
            raise
        return module

    def _checked(self, module: ModuleType) -> Callable[[HostRequirement, set[str]], Any]:
        function = getattr(module, "find_launcher", None)
        if not callable(function):
            raise LaunchersFileError(self.path, f"does not define find_launcher; write `{_SIGNATURE}`")
        try:
            inspect.signature(function).bind(None, None)
        except TypeError as error:
            raise LaunchersFileError(self.path, f"find_launcher: {error}; write `{_SIGNATURE}`") from None
        checked: Callable[[HostRequirement, set[str]], Any] = function
        return checked

    @contextmanager
    def _guarded(self, what: str) -> Iterator[None]:
        """Turn whatever the user's code raises into one line and the user's own frames."""
        try:
            yield
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            raised = f"{type(error).__name__}: {error}"
            if isinstance(error, SyntaxError):
                raised = f"{type(error).__name__}: {error.msg}"
            raise LaunchersFileError(self.path, f"{what}: {raised}", _user_frames(error)) from error


def _user_frames(error: BaseException) -> str:
    """Format where an error comes from, without our frames and those of the import system."""
    stack = traceback.extract_tb(error.__traceback__)
    lines = traceback.format_list([f for f in stack if not f.filename.startswith((_OUR_FOLDER, "<frozen "))])
    if isinstance(error, SyntaxError):
        lines += traceback.format_exception_only(type(error), error)[:-1]
    return "".join(lines)
