"""Outputs that a task announces while it runs: checkpoints, for instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xpm_tasks.errors import ConfigurationError
from xpm_tasks.instance import is_instance
from xpm_tasks.locations import at, user_location
from xpm_tasks.runtime import origin_of, require_runtime
from xpm_tasks.types.base import short
from xpm_tasks.walk import is_config

if TYPE_CHECKING:
    from collections.abc import Callable

    from xpm_tasks.submission import WatchedOutput


def output_key(identifier: str, method: str) -> str:
    """What names an output in files: the configuration and its method."""
    return f"{identifier}/{method}"


def watch(task: Any, method: Callable[..., Any], callback: Callable[[Any], Any]) -> None:
    """Record a callback on a task: see `Task.watch_output`."""
    from xpm_tasks.config import information_of
    from xpm_tasks.submission import WatchedOutput
    from xpm_tasks.tasks import ResumableTask

    info = information_of(task, "watch_output")
    if not isinstance(task, ResumableTask):
        raise ConfigurationError(
            f"{info.type.name} is not a ResumableTask{at(user_location())}: it has no outputs to watch"
        )
    config: Any = getattr(method, "__self__", None)
    name = getattr(method, "__name__", None)
    if not is_config(config) or name is None:
        raise ConfigurationError(
            f"watch_output takes the method of a configuration, not {short(method)}{at(user_location())}"
        )
    info.watched = (*info.watched, WatchedOutput(config, name, callback))


def watched_key(watched: WatchedOutput) -> str:
    """The key under which the job registers what is watched."""
    return output_key(watched.config.__identifier__().hex(), watched.method)


def register(method: Callable[..., Any], values: dict[str, Any]) -> None:
    """Announce an output: see `ResumableTask.register_task_output`."""
    owner = getattr(method, "__self__", None)
    if not (is_config(owner) or is_instance(owner)):
        raise ConfigurationError(
            f"register_task_output takes a method: self.{getattr(method, '__name__', '...')}"
        )
    runtime = require_runtime("register_task_output")
    runtime.register_output(output_key(origin_of(owner).identifier, method.__name__), values)


def dispatch(task: Any, watched: WatchedOutput, payload: dict[str, Any]) -> Any:
    """Call back for one output.

    Args:
        task: The task whose job registered it.
        watched: What was declared with `watch_output`.
        payload: The values given to `register_task_output`.

    Returns:
        What was given to the callback: the result of the method, called with a marker and the values.
    """
    from xpm_tasks.generators import GenerationContext
    from xpm_tasks.seal import seal
    from xpm_tasks.submitting import mark_output

    marked: list[Any] = []

    def dep(config: Any, /) -> Any:
        mark_output(task, config)
        marked.append(config)
        return config

    result = getattr(watched.config, watched.method)(dep, **payload)
    for config in marked:
        seal(config, GenerationContext(task.__xpm__.job.path if task.__xpm__.job else None))
    watched.callback(result)
    return result
