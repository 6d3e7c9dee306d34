"""Instances: from a configuration, the object that does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xpm_tasks.generators import EmptyContext, GenerationContext
from xpm_tasks.runtime import Origin
from xpm_tasks.walk import is_config, postorder, replace

if TYPE_CHECKING:
    from xpm_tasks.config import Config


class ObjectStore:
    """Instances already made, so that later calls of `instance()` share them."""

    def __init__(self) -> None:
        # The configuration is kept too: its id must stay its own.
        self._made: dict[int, tuple[Any, Any]] = {}

    def get(self, config: Any) -> Any | None:
        """The instance of a configuration, if it was made."""
        found = self._made.get(id(config))
        return found[1] if found is not None else None

    def add(self, config: Any, made: Any) -> None:
        """Remember the instance of a configuration."""
        self._made[id(config)] = (config, made)

    def __contains__(self, config: Any) -> bool:
        return id(config) in self._made

    def __len__(self) -> int:
        return len(self._made)


def instantiate(
    root: Config,
    context: GenerationContext | None = None,
    *,
    objects: ObjectStore | None = None,
    keep: bool = True,
) -> Any:
    """Make the instance of a configuration, and of all it holds: each once.

    The configuration itself does not change: it is validated, but not sealed.

    Raises:
        ConfigurationError: a value is missing, or the configuration is refused.
    """
    from xpm_tasks.seal import generate, visit

    store = objects if objects is not None else ObjectStore()
    generated: dict[int, dict[str, Any]] = {}
    for node, name, value in generate(visit(root), context or EmptyContext()):
        generated.setdefault(id(node.config), {})[name] = value
    fresh = [config for config in postorder(root) if config not in store]
    for config in fresh:
        store.add(config, _make(config, keep))
    for config in fresh:
        made = store.get(config)
        for argument, value in config.__xpm__.xpmvalues():
            setattr(made, argument.name, replace(value, store.get))
        for name, value in generated.get(id(config), {}).items():
            setattr(made, name, value)
    for config in fresh:
        store.get(config).__post_init__()  # type: ignore[union-attr]
    for config in fresh:
        # The init tasks of another task belong to the job of that task.
        if config is root or config.__xpm__.job is None:
            for task in config.__xpm__.init_tasks:
                store.get(task).execute()  # type: ignore[union-attr]
    return store.get(root)


def _make(config: Any, keep: bool) -> Any:
    info = config.__xpm__
    value_class = info.type.value_class
    made = value_class.__new__(value_class)
    made.__init__()
    origin = Origin(info.type.identifier, config=config if keep else None)
    if not keep:
        origin = Origin(info.type.identifier, _identifier(config))
    object.__setattr__(made, "__xpm_origin__", origin)
    if keep:
        object.__setattr__(made, "xpmconfig", config)
    return made


def _identifier(config: Any) -> str | None:
    from xpm_tasks.errors import XpmTasksError
    from xpm_tasks.identifier import compute

    try:
        return compute(config).hex()
    except XpmTasksError:
        return None


def is_instance(value: Any) -> bool:
    """Tell whether a value is an instance made from a configuration."""
    return not is_config(value) and hasattr(value, "__xpm_origin__")
