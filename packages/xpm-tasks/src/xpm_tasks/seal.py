"""Sealing: validate a configuration and all it holds, give it its paths, and let nothing change any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from xpm_tasks.errors import ConfigurationError, MissingParameterError, ValidationError
from xpm_tasks.frozen import freeze_values
from xpm_tasks.generators import EmptyContext, GenerationContext
from xpm_tasks.locations import at
from xpm_tasks.types.base import Mismatch
from xpm_tasks.walk import Steps, children, show_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xpm_tasks.config import Config, Prepare
    from xpm_tasks.hooks import SubmitHook
    from xpm_tasks.information import ConfigInformation
    from xpm_tasks.tasks import Task


class Summary(NamedTuple):
    """What the tree below a sealed configuration needs. Those of the parts are shared as much as possible."""

    #: Submitted tasks that must be done first.
    dependencies: tuple[Task, ...] = ()
    #: What must be prepared first.
    prepares: tuple[Prepare, ...] = ()
    #: Submit hooks, one per specification.
    hooks: tuple[SubmitHook, ...] = ()
    #: What was given to `add_dependencies`.
    resources: tuple[object, ...] = ()
    #: Some path was generated for one task.
    has_generated: bool = False


NOTHING = Summary()


class Node:
    """A configuration met while walking, and how it was reached."""

    __slots__ = ("config", "holder", "pending", "steps", "validated")

    def __init__(self, config: Any, holder: Node | None, steps: Steps) -> None:
        self.config = config
        self.holder = holder
        #: The steps from the holder.
        self.steps = steps
        self.validated = False
        #: What is still to be visited below.
        self.pending = iter(children(config))

    def way(self) -> Steps:
        """The steps from the root."""
        steps: list[Steps] = []
        node: Node | None = self
        while node is not None:
            steps.append(node.steps)
            node = node.holder
        return tuple(step for part in reversed(steps) for step in part)

    def shown(self) -> str:
        """The way, for people."""
        node = self
        while node.holder is not None:
            node = node.holder
        return show_path(node.config, self.way())


# --- Walking ---


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
            if _validate(node):  # it may have set parameters: look again at what it holds
                node.pending = iter(children(node.config))
            else:
                done.append(stack.pop())
    return done


def _enter(config: Any, holder: Node | None, steps: Steps) -> Node:
    """Give a configuration its defaults, and check that nothing is missing."""
    info: ConfigInformation = config.__xpm__
    values = config.__dict__
    for argument in info.type.to_fill:
        if argument.name in values:
            continue
        if argument.required:
            raise MissingParameterError(
                f"{Node(config, holder, steps).shown()} has no value for {argument.name!r} "
                f"({argument.type}): "
                f"this {info.type.name} was made without it{at(info.location)}"
            )
        info.materialize(argument)
    return Node(config, holder, steps)


def _validate(node: Node) -> bool:
    """Run the ``__validate__`` of a configuration, once. Tells whether it has run."""
    info: ConfigInformation = node.config.__xpm__
    if node.validated or not info.type.validates:
        return False
    node.validated = True
    try:
        node.config.__validate__()
    except Exception as error:
        reason = str(error) or type(error).__name__
        where = f" (made {at(info.location)[2:]}" if info.location else ""
        raise ValidationError(f"{node.shown()} is not valid: {reason}{where}") from error
    return True


def validate(root: Config) -> None:
    """Check a configuration and what it holds; nothing is sealed."""
    visit(root)


# --- Sealing ---


def seal(
    root: Config,
    context: GenerationContext | None = None,
    place: Callable[[bytes], GenerationContext] | None = None,
) -> bytes:
    """Seal a configuration and what it holds.

    Args:
        root: The configuration. Sealing it again does nothing.
        context: Where generated paths go.
        place: Gives that context from the identifier, when it depends on it.

    Returns:
        The identifier.
    """
    from xpm_tasks.identifier import compute

    info: ConfigInformation = root.__xpm__
    if info.sealed:
        return compute(root)
    nodes = visit(root)
    memo: dict[int, bytes] = {}
    digest = compute(root, memo=memo)
    if place is not None:
        context = place(digest)
    made = list(generate(nodes, context or EmptyContext()))
    for node, name, value in made:
        node.config.__dict__[name] = value
        node.config.__xpm__.generated |= {name}
    for node in nodes:
        node.config.__xpm__.sealed = True
        node.config.__xpm__.digest = memo.get(id(node.config))
    if info.digest is None:
        info.loop_digest = digest
    for node in nodes:
        freeze_values(node.config.__dict__)
        node.config.__xpm__.summary = _summarize(node.config)
    return digest


def generate(nodes: list[Node], context: GenerationContext) -> Iterator[tuple[Node, str, Any]]:
    """Make the values of generators, without storing them."""
    context.root = nodes[-1].config if nodes else None
    for node in nodes:
        info: ConfigInformation = node.config.__xpm__
        for argument in info.type.generators:
            if argument.name in node.config.__dict__:
                continue
            assert argument.generator is not None
            context.config_path = tuple(_file_name(step) for step in node.way())
            try:
                value = argument.type.check(argument.generator.generate(context, node.config))
            except Mismatch as error:
                raise ConfigurationError(
                    f"{node.shown()}.{argument.name}: {argument.generator!r} gave {error.value!r}, not "
                    f"{error.expected}"
                ) from None
            except ConfigurationError as error:
                raise ConfigurationError(f"{node.shown()}.{argument.name}: {error}") from None
            yield node, argument.name, value


def _file_name(step: str) -> str:
    """A step as the name of a folder. A key of a dictionary may be anything; two keys make two folders."""
    if step in ("", ".", ".."):
        return "%" + step.replace(".", "%2E")
    return step.replace("%", "%25").replace("/", "%2F").replace("\0", "%00")


def generated_paths(root: Config) -> list[str]:
    """The parameters below a configuration that hold generated values, for people."""
    from xpm_tasks.walk import reachable

    found: list[str] = []
    for config in reachable(root):
        info = config.__xpm__
        if info.output_of is None and info.job is None:
            found.extend(f"{info.type.name}.{name}" for name in sorted(info.generated))
    return found


# --- Summaries ---


def summary_of(config: Config) -> Summary:
    """What the tree below a sealed configuration needs."""
    info: ConfigInformation = config.__xpm__
    if info.summary is None:
        info.summary = _summarize(config) or _summarize_loop(config)
    return info.summary


def _own(config: Any) -> Summary:
    info: ConfigInformation = config.__xpm__
    task = info.output_of
    if task is None and not (info.generated or info.resources or info.type.all_hooks or info.type.is_prepare):
        return NOTHING
    return Summary(
        # A task that was loaded from a file has no job: there is nothing to wait for.
        dependencies=(task,) if task is not None and task.__xpm__.job is not None else (),
        prepares=(config,) if info.type.is_prepare else (),
        hooks=info.type.all_hooks,
        resources=info.resources,
        has_generated=bool(info.generated) and task is None,
    )


def _seen_from_above(config: Any) -> Summary | None:
    """What a part adds to what holds it; None when it is not known yet (a loop)."""
    info: ConfigInformation = config.__xpm__
    return Summary(dependencies=(config,)) if info.job is not None else info.summary


def _summarize(config: Any) -> Summary | None:
    result = _own(config)
    below = NOTHING
    for _, child in children(config):
        part = _seen_from_above(child)
        if part is None:
            return None
        below = merge(below, part)
    return merge(result, _without_redundant(config, below))


def _without_redundant(config: Any, below: Summary) -> Summary:
    """For the output of a task: drop the dependencies that the task itself has already."""
    task = config.__xpm__.output_of
    if task is None:
        return below
    known = {id(task), *(id(item) for item in summary_of(task).dependencies)}
    kept = tuple(item for item in below.dependencies if id(item) not in known)
    return below._replace(dependencies=kept, has_generated=False, prepares=(), hooks=(), resources=())


def _summarize_loop(root: Any) -> Summary:
    """The slow way, for a configuration that holds itself: go through everything below."""
    result = NOTHING
    seen = {id(root)}
    stack = [root]
    while stack:
        config = stack.pop()
        result = merge(result, _own(config))
        for _, child in reversed(children(config)):
            if id(child) in seen:
                continue
            seen.add(id(child))
            part = _seen_from_above(child)
            if part is None:
                stack.append(child)
            else:
                result = merge(result, part)
    return _without_redundant(root, result) if root.__xpm__.output_of is None else result


def merge(first: Summary, second: Summary) -> Summary:
    """Put two summaries together; the result is one of them whenever possible."""
    if second is NOTHING or first is second:
        return first
    if first is NOTHING:
        return second
    return Summary(
        _distinct(first.dependencies, second.dependencies),
        _distinct(first.prepares, second.prepares),
        _distinct_hooks(first.hooks, second.hooks),
        _distinct(first.resources, second.resources),
        first.has_generated or second.has_generated,
    )


def _distinct(first: tuple[Any, ...], second: tuple[Any, ...]) -> tuple[Any, ...]:
    if not second or first is second:
        return first
    if not first:
        return second
    return tuple({id(item): item for item in (*first, *second)}.values())


def _distinct_hooks(first: tuple[Any, ...], second: tuple[Any, ...]) -> tuple[Any, ...]:
    if not second or first is second:
        return first
    return tuple({(type(hook), hook.spec()): hook for hook in (*second, *first)}.values())
