"""`experimaestro experiments sync`."""

from __future__ import annotations

import time

import click

from xpm_cli.output import say
from xpm_cli.workspace_options import chosen_layout, workspace_options

#: Another command keeps the index for a moment only; a scheduler or a monitor, for as long as it lives.
_PATIENCE_S = 3.0


@click.command()
@workspace_options
@click.option("--full", is_flag=True, help="Forget the index and build it again.")
def sync(full: bool) -> None:
    """Bring the index up to date with the files of the workspace.

    Other commands do so by themselves, for what changed; this one looks at every job folder.
    """
    from xpm_workspace.index.indexer import Indexer

    layout = chosen_layout().require()
    deadline = time.monotonic() + _PATIENCE_S
    while (indexer := Indexer.open(layout)) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if indexer is None and full:
        raise click.ClickException("another process keeps the index: end it, or build the index again later")
    if indexer is None:
        say("another process keeps the index up to date; nothing to do")
        return
    with indexer:
        indexer.sync(full=full, deep=True)
    say(f"the index of {layout.root} is up to date")
