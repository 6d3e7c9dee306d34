"""The parameters of a job as a tree, from the lines that other monitors show."""

from __future__ import annotations

from xpm_web.answers import ParameterNode, ParametersAnswer
from xpm_workspace.parameters import Line, Parameters, lines

#: What begins a part of a path.
_SEPARATORS = (".", "[", "{", "<")


def parameter_tree(parameters: Parameters) -> ParametersAnswer:
    """Return the tree of what a job was given."""
    children: list[ParameterNode] = []
    open_: list[tuple[str, ParameterNode]] = []
    for line in lines(parameters):
        while open_ and not _is_within(line.path, open_[-1][0]):
            open_.pop()
        node = _node(line, open_[-1][0] if open_ else "")
        (open_[-1][1].children if open_ else children).append(node)
        open_.append((line.path, node))
    return ParametersAnswer(type=parameters.task.type, children=children)


def _node(line: Line, parent: str) -> ParameterNode:
    return ParameterNode(name=line.path[len(parent) :].lstrip("."), value=line.value, children=[])


def _is_within(path: str, parent: str) -> bool:
    return path.startswith(parent) and path[len(parent) :].startswith(_SEPARATORS)
