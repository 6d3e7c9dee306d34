"""Partial identifiers: folders shared by tasks that differ only by some parameters.

A task that trains for 100 epochs can start from the checkpoint of one that trained for 50: both have the same
*partial* identifier when the number of epochs is in an excluded group.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from xpm_tasks.errors import ConfigurationError, DeclarationError

if TYPE_CHECKING:
    from pathlib import Path

    from xpm_tasks.generators import GenerationContext


class ParameterGroup:
    """A named set of parameters. Two groups with the same name are the same."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ParameterGroup) and self.name == other.name

    def __hash__(self) -> int:
        return hash((ParameterGroup, self.name))

    def __repr__(self) -> str:
        return f"param_group({self.name!r})"


def param_group(name: str) -> ParameterGroup:
    """Make a group of parameters, to be given to ``field(groups=[...])``."""
    return ParameterGroup(name)


class Partial:
    """Which parameters make a partial identifier. Made by `partial`, as an attribute of the task's class."""

    def __init__(
        self,
        exclude_groups: Iterable[ParameterGroup] = (),
        include_groups: Iterable[ParameterGroup] = (),
        exclude_no_group: bool = False,
        exclude_all: bool = False,
    ) -> None:
        self.exclude_groups = frozenset(exclude_groups)
        self.include_groups = frozenset(include_groups)
        self.exclude_no_group = exclude_no_group
        self.exclude_all = exclude_all
        #: The attribute that holds it; the name of its folder.
        self.name: str | None = None
        #: The class of that attribute.
        self.owner: type | None = None
        for group in self.exclude_groups | self.include_groups:
            if not isinstance(group, ParameterGroup):
                raise DeclarationError(
                    f"{group!r} is not a group of parameters: make one with param_group(...)"
                )

    def __set_name__(self, owner: type, name: str) -> None:
        if self.name is None:
            self.name, self.owner = name, owner

    def excludes(self, groups: tuple[ParameterGroup, ...]) -> bool:
        """Tell whether a parameter of these groups is left out. Being included wins over being excluded."""
        if not self.include_groups.isdisjoint(groups):
            return False
        if self.exclude_all:
            return True
        if not groups:
            return self.exclude_no_group
        return not self.exclude_groups.isdisjoint(groups)

    def __repr__(self) -> str:
        return f"partial {self.name}" if self.name else "partial"


def partial(
    *,
    exclude_groups: Iterable[ParameterGroup] = (),
    include_groups: Iterable[ParameterGroup] = (),
    exclude_no_group: bool = False,
    exclude_all: bool = False,
) -> Partial:
    """Say which parameters do not matter for a shared folder.

    Args:
        exclude_groups: Parameters of these groups are left out.
        include_groups: Parameters of these groups are kept, whatever else is said.
        exclude_no_group: Parameters without group are left out.
        exclude_all: All are left out, but those of `include_groups`.
    """
    return Partial(exclude_groups, include_groups, exclude_no_group, exclude_all)


def partial_folder(which: Partial, config: Any, context: GenerationContext) -> Path:
    """The folder of a partial: ``partials/<task id>/<partial name>/<partial identifier>``."""
    from xpm_tasks.identifier import compute

    if which.name is None or which.owner is None:
        raise DeclarationError(
            "a partial is an attribute of a class: checkpoints = partial(exclude_groups=[...])"
        )
    # A configuration may use the partial of the task that holds it.
    if not isinstance(config, which.owner) and isinstance(context.root, which.owner):
        config = context.root
    identifier = compute(config, partial=which).hex()
    if context.workspace is None:
        if context.path is None:
            raise ConfigurationError("a partial folder needs a workspace: submit the task, or give a context")
        root = context.path / "partials"
    else:
        root = context.workspace / "partials"
    folder: Path = root / type(config).__xpmtype__.identifier / which.name / identifier
    context.partial_folders.append(folder)
    return folder
