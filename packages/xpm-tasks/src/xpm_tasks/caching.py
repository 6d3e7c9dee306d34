"""Methods whose result is kept: once for each object (`initializer`), or in a file (`cache`)."""

from __future__ import annotations

import functools
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from xpm_tasks.errors import ConfigurationError, NotAnInstanceError
from xpm_tasks.runtime import current_runtime, origin_of
from xpm_tasks.walk import is_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Concatenate

    from typing_extensions import ParamSpec

    P = ParamSpec("P")

T = TypeVar("T")
SelfT = TypeVar("SelfT")


def initializer(method: Callable[Concatenate[SelfT, P], T]) -> Callable[Concatenate[SelfT, P], T]:
    """Run a method once for each object: later calls give the first result."""
    name = f"__xpm_initialized_{method.__name__}__"

    @functools.wraps(method)
    def once(self: SelfT, /, *args: P.args, **kwargs: P.kwargs) -> T:
        known = self.__dict__
        if name not in known:
            known[name] = method(self, *args, **kwargs)
        result: T = known[name]
        return result

    return once


def config_only(method: Callable[Concatenate[SelfT, P], T]) -> Callable[Concatenate[SelfT, P], T]:
    """A method for configurations, that instances refuse."""

    @functools.wraps(method)
    def checked(self: SelfT, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if not is_config(self):
            raise NotAnInstanceError(
                f"{type(self).__qualname__}.{method.__name__} is for configurations: this is an instance"
            )
        return method(self, *args, **kwargs)

    return checked


def cache(
    name: str,
) -> Callable[[Callable[Concatenate[SelfT, Path, P], T]], Callable[Concatenate[SelfT, P], T]]:
    """Give a method a path where it can keep something for all jobs of the workspace.

    The path is ``config/<type>/<identifier>/<name>``; it is locked while the method runs, so that one
    process at a time makes the file, and the others find it made.

    Args:
        name: The name of the file.

    Example:
        ```python
        @cache("vocabulary.txt")
        def vocabulary(self, path: Path) -> list[str]:
            if not path.exists():
                path.write_text(expensive())
            return path.read_text().split()
        ```
    """

    def decorate(method: Callable[Concatenate[SelfT, Path, P], T]) -> Callable[Concatenate[SelfT, P], T]:
        @functools.wraps(method)
        def cached(self: SelfT, /, *args: P.args, **kwargs: P.kwargs) -> T:
            path = cache_folder(self) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with locked(path.with_name(f".{path.name}.lock")):
                return method(self, path, *args, **kwargs)

        return cached

    return decorate


def cache_folder(value: Any) -> Path:
    """The folder of a workspace that belongs to one configuration, for all jobs.

    Raises:
        ConfigurationError: there is no workspace here.
    """
    origin = origin_of(value)
    return _workspace() / "config" / origin.type_id / origin.identifier


def _workspace() -> Path:
    runtime = current_runtime()
    if runtime is not None:
        return runtime.workspace
    from xpm_tasks.submission import current_submitter

    submitter = current_submitter()
    if submitter is None:
        raise ConfigurationError("@cache needs a workspace: call the method inside a job or an experiment")
    return submitter.workspace_path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file lock; it is released if the process dies."""
    import fcntl

    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
