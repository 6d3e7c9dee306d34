"""`experimaestro refactor`: rewriting the source code of tasks."""

from __future__ import annotations

import click

from xpm_cli.lazy import LazyGroup

_COMMANDS = {
    "default-values": (
        "xpm_cli.refactor.default_values:default_values",
        "Say of each default whether it counts.",
    ),
}


@click.group(cls=LazyGroup, lazy=_COMMANDS)
def refactor() -> None:
    """Rewrite the source code of tasks, keeping all identifiers."""
