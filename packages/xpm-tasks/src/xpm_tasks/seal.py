"""Sealing: validate a configuration and all it holds, give it its paths, and let nothing change any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from xpm_tasks.errors import ConfigurationError, MissingParameterError, ValidationError
from xpm_tasks.generators import DirectoryContext, EmptyContext, GenerationContext
from xpm_tasks.locations import at
from xpm_tasks.walk import Steps, children, configs_in, show_path

if TYPE_CHECKING:
    from xpm_tasks.config import Config, Prepare, Task
    from xpm_tasks.hooks import SubmitHook
    from xpm_tasks.information import ConfigInformation

_CONTAINERS = (list, dict, set, tuple)


class Summary(NamedTuple):
    """What the tree below a sealed configuration needs. Those of the parts are shared as much as possible."""

    #: Submitted tasks that must be done first.
    dependencies: tuple[Task, ...] = ()
    #: What must be prepared first.
    prepares: tuple[Prepare, ...] = ()
    #: Submit hooks, one per specification.
    hooks: tuple[SubmitHook, ...] = ()
    #: Some path was generated for one task.
    has_generated: bool = False


NOTHING = Summary()


class Node:
    """A configuration met while walking, and how it was reached."""

    __slots__ = ("config", "holder", "pending", "steps")

    def __init__(self, config: Any, holder: Node | None, steps: Steps) -> None:
        self.config = config
        self.holder = holder
        #: The steps from the holder.
        self.steps = steps
        #: What is still to be visited below.
        self.pending = iter(children(config))

    def way(self) -> Steps:
        """The steps from the root."""
        steps: list[str] = []
        node: Node | None = self
        while node is not None:
            steps[:0] = node.steps
            node = node.holder
        return tuple(steps)

    def root(self) -> Any:
        """The configuration where the walk started."""
        node = self
        while node.holder is not None:
            node = node.holder
        return node.config

    def shown(self) -> str:
        """The way, for people."""
        return show_path(self.root(), self.way())


def visit(root: Config) -> list[Node]:
    """Check the configurations below (and including) one that are not sealed yet, each once.

    Returns:
        What was met, parts before what holds them.

    Raises:
        ConfigurationError: a value is missing, or a ``__validate__`` refused.
    """
    if root.__xpm__.sealed:
        return []
    seen = {id(root)}
    done: list[Node] = []
    stack = [_enter(root, None, ())]
    while stack:
        node = stack[-1]
        for steps, child in node.pending:
            if id(child) not in seen and not child.__xpm__.sealed:
                seen.add(id(child))
                stack.append(_enter(child, node, steps))
                break
        else:
            if _run_validate(node):  # it may have set parameters
                node.pending = iter(children(node.config))
                if any(id(child) not in seen and not child.__xpm__.sealed for _, child in children(node.config)):
                    node.holder = node.holder
                    stack.extend(_late(node, seen))
                    continue
            done.append(stack.pop())
    return done


def _late(node: Node, seen: set[int]) -> list[Node]:
    raise NotImplementedError


def _enter(config: Any, holder: Node | None, steps: Steps) -> Node:
    """Give a configuration its defaults, and check that nothing is missing."""
    info: ConfigInformation = config.__xpm__
    values = config.__dict__
    for argument in info.type.to_fill:
        if argument.name in values:
            continue
        if argument.required:
            node = Node(config, holder, steps)
            raise MissingParameterError(
                f"{node.shown()} has no value for {argument.name!r} ({argument.type}): "
                f"this {info.type.name} was made without it{at(info.location)}"
            )
        if argument.generator is None:
            info.materialize(argument)
    return Node(config, holder, steps)


def _run_validate(node: Node) -> bool:
    raise NotImplementedError
